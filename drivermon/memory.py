"""What must survive a restart: each part keeps it in one dataclass of plain numbers.

`state()` gives it as JSON's own types, `restore()` takes it up again in a part that was made with
the same or other settings: timers, windows and numbers go on as if nothing had been.
"""

from dataclasses import asdict
from typing import Any, Generic, TypeVar

from pydantic import ConfigDict, TypeAdapter, ValidationError

from drivermon.errors import RestoreError

STRICT = ConfigDict(extra="forbid", allow_inf_nan=False)
"""What a memory's dataclass has as `__pydantic_config__`: nothing that isn't its own, no NaN."""

Memory = TypeVar("Memory")

State = dict[str, Any]
"""JSON's own types all the way down."""


class Remembering(Generic[Memory]):
    """A part whose whole memory is `_memory`, a dataclass with `STRICT` that can be read from JSON."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def state(self) -> State:
        """Return the memory."""
        return asdict(self._memory)  # type: ignore[call-overload, no-any-return]

    def restore(self, state: Any) -> None:
        """Take a memory up that `state` returned, in this process or one before.

        Raises:
            RestoreError: it is not one of this version; the part is as it was.

        """
        self._memory = read(type(self._memory), state)


def read(kind: type[Memory], state: Any) -> Memory:
    """Return `state` as a dataclass of `kind`.

    Raises:
        RestoreError: it has other fields or types.

    """
    try:
        return TypeAdapter(kind).validate_python(state)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise RestoreError(f"{kind.__module__}: {where or 'memory'}: {first['msg']}") from None


def part(state: Any, name: str) -> Any:
    """Return the part `name` of a state made of parts.

    Raises:
        RestoreError: it is not there.

    """
    if not isinstance(state, dict) or name not in state:
        raise RestoreError(f"{name}: missing in what was kept")
    return state[name]
