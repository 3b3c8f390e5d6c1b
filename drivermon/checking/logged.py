"""What the rest of drivermon logs while it is tried out becomes part of the findings."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collected(name: str) -> Iterator[list[str]]:
    """Within it, warnings of the logger `name` and those below it go into the list, and nowhere else."""
    messages: list[str] = []
    logger, collector = logging.getLogger(name), _Collector(messages)
    before = logger.propagate
    logger.addHandler(collector)
    logger.propagate = False
    try:
        yield messages
    finally:
        logger.removeHandler(collector)
        logger.propagate = before


class _Collector(logging.Handler):
    def __init__(self, messages: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._messages = messages

    def emit(self, record: logging.LogRecord) -> None:
        self._messages.append(record.getMessage())
