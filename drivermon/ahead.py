"""Stages of a stream in threads of their own, each a few items ahead of the next.

For work that lets other threads run: decoding, HOG and ONNX Runtime all release the interpreter.
"""

import threading
from collections.abc import Iterable, Iterator
from queue import Full, Queue
from typing import Generic, TypeVar

Item = TypeVar("Item")

DEPTH = 4
"""Items that may wait: enough to even out slow frames, few enough to hold no memory to speak of."""

_STOP_CHECK_S = 0.2
"""How often a stage that waits for room looks whether it is still wanted."""


class _End:
    """After the last item: how the stream ended."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


class _Stage(Generic[Item]):
    """Runs an iterator in a thread until it ends or nobody wants more."""

    def __init__(self, items: Iterable[Item], name: str) -> None:
        self._items = items
        self._queue: Queue[Item | _End] = Queue(DEPTH)
        self._unwanted = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        error: BaseException | None = None
        try:
            for item in self._items:
                if not self._put(item):
                    return
        except BaseException as raised:  # noqa: BLE001 - raised again where the items are read
            error = raised
        self._put(_End(error))

    def _put(self, item: Item | _End) -> bool:
        while not self._unwanted.is_set():
            try:
                self._queue.put(item, timeout=_STOP_CHECK_S)
            except Full:
                continue
            return True
        return False

    def read(self) -> Iterator[Item]:
        """Yield the items in order, then raise what ended them, if anything did."""
        while not isinstance(item := self._queue.get(), _End):
            yield item
        if item.error is not None:
            raise item.error

    def stop(self) -> None:
        """End the thread; it finishes the item it works on."""
        self._unwanted.set()
        self._thread.join()


def ahead(items: Iterable[Item], name: str) -> Iterator[Item]:
    """Yield `items` in order while the next ones are already worked on in a thread called `name`.

    What the iterator raises is raised here after the items before it. When this generator is
    closed, the thread has ended.
    """
    stage = _Stage(items, name)
    try:
        yield from stage.read()
    finally:
        stage.stop()
