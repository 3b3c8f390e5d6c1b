"""The rows of a recorded drive: one JSON object a line, `type` first, then `t`.

`row` writes an event or a message, `drive_row` the first row of a file, `parse` reads any of
them back; `row(parse(line)) == line` for every line that `row` wrote. Unknown fields are
ignored, unknown types are not: they would be rows lost in silence.
"""

from typing import Final, TypeVar

from pydantic import ConfigDict, Field, FiniteFloat, ValidationError

from drivermon.errors import OutputError, SourceError
from drivermon.events import Gap, GapCause, VehicleSignal
from drivermon.messages import SCHEMA_VERSION, Alert, Digests, DriverState, Message, Observation, Seconds

Recordable = Observation | Gap | VehicleSignal | DriverState | Alert
"""What a row can hold, apart from the first one."""


class DriveHeader(Message):
    """The first row: what was recorded, and by which configuration and networks it was judged.

    Attributes:
        t: time of the drive's first event, or 0.
        source: name of the source, as given.
        schema_version: of all rows; `schema` in the row.
        digests: of the configuration and the networks.

    """

    model_config = ConfigDict(populate_by_name=True)

    t: Seconds
    source: str
    schema_version: int = Field(alias="schema", ge=1)
    digests: Digests


class _TypeOnly(Message):
    type: str


class _GapRow(Message):
    t: Seconds
    cause: GapCause


class _SignalRow(Message):
    t: Seconds
    name: str = Field(min_length=1)
    value: FiniteFloat | bool | str | None


_TYPES: Final[dict[str, type[Message]]] = {
    "drive": DriveHeader,
    "observation": Observation,
    "gap": _GapRow,
    "signal": _SignalRow,
    "state": DriverState,
    "alert": Alert,
}
_NAMES: Final = {model: name for name, model in _TYPES.items()}

AnyMessage = TypeVar("AnyMessage", bound=Message)


def row(item: Recordable) -> str:
    """Return `item` as one compact line of JSON, without the line feed.

    Raises:
        OutputError: a gap or signal carries a time or value that isn't a finite number.

    """
    try:
        match item:
            case Gap():
                return _line(_GapRow(t=item.t, cause=item.cause))
            case VehicleSignal():
                return _line(_SignalRow(t=item.t, name=item.name, value=item.value))
            case _:
                return _line(item)
    except ValidationError as error:
        raise OutputError(f"{item} can't be recorded: {_reason(error)}") from None


def drive_row(source: str, digests: Digests, t: float = 0.0) -> str:
    """Return the first row of a drive."""
    networks = dict(sorted(digests.networks.items()))
    return _line(
        DriveHeader(
            t=t,
            source=source,
            schema_version=SCHEMA_VERSION,
            digests=Digests(config=digests.config, networks=networks),
        )
    )


def row_type(line: str | bytes, where: str) -> str:
    """Return the `type` of a row, one of those that this version knows.

    Raises:
        SourceError: as `parse`.

    """
    name = _read(_TypeOnly, line, where).type
    if name not in _TYPES:
        raise SourceError(f"{where}: a row of unknown type {name!r}; known are {', '.join(_TYPES)}")
    return name


def parse(line: str | bytes, where: str) -> DriveHeader | Recordable:
    """Read one row.

    Args:
        line: the row, with or without its line feed.
        where: file and line number, for messages.

    Raises:
        SourceError: not JSON, a field is missing or wrong, unknown type, newer schema.

    """
    match _read(_TYPES[row_type(line, where)], line, where):
        case _GapRow(t=t, cause=cause):
            return Gap(t, cause)
        case _SignalRow(t=t, name=name, value=value):
            return VehicleSignal(t, name, value)
        case DriveHeader(schema_version=version) if version > SCHEMA_VERSION:
            raise SourceError(
                f"{where}: recorded with schema {version}, this version reads up to {SCHEMA_VERSION}; "
                "update drivermon"
            )
        case DriveHeader() | Observation() | DriverState() | Alert() as item:
            return item
        case other:
            raise AssertionError(f"no row is a {type(other).__name__}")


def parse_signal(line: str | bytes, where: str) -> VehicleSignal:
    """Read a vehicle signal from a JSON object with `t`, `name` and `value`, with or without a `type`.

    Raises:
        SourceError: not JSON, a field is missing or wrong.

    """
    signal = _read(_SignalRow, line, where)
    return VehicleSignal(signal.t, signal.name, signal.value)


def _line(message: Message) -> str:
    # every model has `t` as its first field, so the type only has to be put before it
    return f'{{"type":"{_NAMES[type(message)]}",{message.model_dump_json(by_alias=True)[1:]}'


def _read(model: type[AnyMessage], line: str | bytes, where: str) -> AnyMessage:
    try:
        return model.model_validate_json(line)
    except ValidationError as error:
        raise SourceError(f"{where}: {_reason(error)}") from None


def _reason(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    field = ".".join(str(part) for part in first["loc"])
    return f"{field}: {first['msg']}" if field else first["msg"]
