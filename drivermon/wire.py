"""The wire: the envelope round every message, which topic carries what, and vehicle signals in.

A bus message has two parts: the topic, and the envelope as UTF-8 JSON. Topics are
`alert.<kind>`, `state`, `observation` and `health`.
"""

from typing import Annotated, Final, Generic, Literal, TypeVar

from pydantic import ConfigDict, Field, FiniteFloat, StringConstraints, ValidationError

from drivermon.errors import SchemaError
from drivermon.messages import (
    SCHEMA_VERSION,
    Alert,
    AlertKind,
    DriverState,
    Health,
    Message,
    Observation,
    Seconds,
)

Clock = Literal["monotonic", "media"]

Body = TypeVar("Body", Alert, DriverState, Health, Observation)
AnyBody = Alert | DriverState | Health | Observation


class Envelope(Message, Generic[Body]):
    """What stands around every message on the bus; the topic tells the type of the body.

    Attributes:
        schema_version: of the body.
        boot_id: random at each start of the daemon; a new one voids all open alerts.
        topic: `alert.<kind>`, `state`, `observation` or `health`.
        seq: counts per topic from 1, so that a subscriber of a part sees no false gaps.
        source: name of the source.
        clock: of `t`: monotonic for a camera, media for a recording.
        t: capture time.
        published: when it was sent, on the monotonic clock of the daemon's computer, whatever
            the source's clock.
        utc: wall clock at publishing, ISO 8601, for people.
        body: the message.

    """

    schema_version: int = Field(SCHEMA_VERSION, ge=1)
    boot_id: str
    topic: str
    seq: int = Field(ge=1)
    source: str
    clock: Clock
    t: Seconds
    published: Seconds
    utc: str
    body: Body


AnyEnvelope = Envelope[Alert] | Envelope[DriverState] | Envelope[Health] | Envelope[Observation]

ENVELOPES: Final[dict[str, type[AnyEnvelope]]] = {
    "alert": Envelope[Alert],
    "state": Envelope[DriverState],
    "observation": Envelope[Observation],
    "health": Envelope[Health],
}
"""First word of a topic -> what it carries."""

TOPICS: Final = (*ENVELOPES, *(f"alert.{kind}" for kind in AlertKind))
"""What can be subscribed to; `alert` is all kinds."""


class SignalMessage(Message):
    """A vehicle signal on its way in; the daemon's clock says when it came.

    Attributes:
        schema_version: of this message.
        name: `speed`, `gear`, `turn_signal`, `steering_angle`, or another that is passed on unread.
        value: in the unit of `drivermon.events.VehicleSignal`; `None` says that it is unknown.

    """

    model_config = ConfigDict(hide_input_in_errors=True)

    schema_version: int = Field(SCHEMA_VERSION, ge=1)
    name: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    value: FiniteFloat | bool | Annotated[str, StringConstraints(max_length=256)] | None


class _VersionOnly(Message):
    schema_version: int


def topic_of(body: AnyBody) -> str:
    """Return the topic that carries `body`."""
    match body:
        case Alert():
            return f"alert.{body.kind}"
        case DriverState():
            return "state"
        case Health():
            return "health"
        case Observation():
            return "observation"


def parse_envelope(topic: str, payload: bytes) -> AnyEnvelope:
    """Read a message of the bus; fields that this version does not know are ignored.

    Raises:
        SchemaError: no such topic, not JSON, a field is missing or wrong; says whether a newer
            drivermon wrote it.

    """
    model = ENVELOPES.get(topic.partition(".")[0])
    if model is None:
        raise SchemaError(f"{topic!r} is no topic of drivermon; does another program publish there?")
    return _read(model, payload, topic)


def parse_signal_message(payload: bytes) -> SignalMessage:
    """Read a vehicle signal.

    Raises:
        SchemaError: not JSON, a field is missing or wrong, not a finite number, a newer schema.

    """
    signal = _read(SignalMessage, payload, "vehicle signal")
    if signal.schema_version > SCHEMA_VERSION:
        raise SchemaError(f"vehicle signal: {_newer(signal.schema_version)}")
    return signal


AnyModel = TypeVar("AnyModel", bound=Message)


def _read(model: type[AnyModel], payload: bytes, where: str) -> AnyModel:
    try:
        return model.model_validate_json(payload)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
    field = ".".join(str(part) for part in first["loc"])
    version = _version(payload)
    reason = _newer(version) if version > SCHEMA_VERSION else f"{field or 'message'}: {first['msg']}"
    raise SchemaError(f"{where}: {reason}")


def _version(payload: bytes) -> int:
    try:
        return _VersionOnly.model_validate_json(payload).schema_version
    except ValidationError:
        return 0


def _newer(version: int) -> str:
    return f"written with schema {version}, this version reads up to {SCHEMA_VERSION}; update drivermon"
