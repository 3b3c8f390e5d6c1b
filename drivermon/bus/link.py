"""What a client knows of the daemon: alive or silent, restarted, what was missed, what is open.

::

    WAITING ──Health──> UP ──no Health for 2 s──> LOST ──Health──> UP
    WAITING ──no Health for 2 s──> LOST

Pure: fed with envelopes and monotonic times, it has no socket and no clock.
"""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from drivermon.messages import (
    SCHEMA_VERSION,
    Alert,
    AlertEvent,
    AlertKind,
    DriverState,
    Health,
    OpenAlert,
)
from drivermon.wire import AnyEnvelope

SILENCE_S: Final = 2.0
"""The daemon sends Health once a second: one may be late, two missing ones mean that nobody watches."""

_URGENCY: Final = {kind: rank for rank, kind in enumerate(AlertKind)}


class LinkState(Enum):
    """Whether the daemon is heard."""

    WAITING = auto()
    UP = auto()
    LOST = auto()


@dataclass(frozen=True, slots=True)
class LinkLost:
    """No Health for `silent_s` seconds: nobody watches the driver, or nobody tells."""

    silent_s: float


@dataclass(frozen=True, slots=True)
class LinkRestored:
    """Health is heard again after `silent_s` seconds."""

    silent_s: float


@dataclass(frozen=True, slots=True)
class Restarted:
    """The daemon has started anew: the alerts in `voided` are void, their ids mean nothing any more."""

    boot_id: str
    voided: tuple[OpenAlert, ...]


@dataclass(frozen=True, slots=True)
class Missed:
    """`count` messages of `topic` did not arrive: this client was too slow, or the link was down."""

    topic: str
    count: int


@dataclass(frozen=True, slots=True)
class NewerSchema:
    """The daemon writes a newer schema than this client knows; what it can read, it goes on reading."""

    version: int
    known: int


LinkEvent = LinkLost | LinkRestored | Restarted | Missed | NewerSchema


class Link:
    """Follows one daemon.

    Args:
        now: monotonic seconds; silence counts from here.

    Attributes:
        state: whether the daemon is heard.
        open_alerts: all alerts that are open as far as is known, most urgent first. While the link
            is lost these are the last ones heard.

    """

    def __init__(self, now: float) -> None:
        self.state = LinkState.WAITING
        self.open_alerts: tuple[OpenAlert, ...] = ()
        self._heard_at = now
        self._boot_id: str | None = None
        self._newer = SCHEMA_VERSION
        self._sequence: dict[str, int] = {}

    @property
    def deadline(self) -> float | None:
        """Monotonic time at which `silence` is to be asked, `None` while the link is lost."""
        return None if self.state is LinkState.LOST else self._heard_at + SILENCE_S

    def silence(self, now: float) -> LinkLost | None:
        """Return that the link is lost if it just became so; to be asked when nothing is left to read."""
        if self.state is LinkState.LOST or now < self._heard_at + SILENCE_S:
            return None
        self.state = LinkState.LOST
        return LinkLost(now - self._heard_at)

    def hear(self, envelope: AnyEnvelope, now: float) -> list[LinkEvent]:
        """Take in a message; return what is to be told before it."""
        events = [*self._restart(envelope), *self._gap(envelope), *self._version(envelope)]
        if isinstance(envelope.body, Health):
            if self.state is LinkState.LOST:
                events.append(LinkRestored(now - self._heard_at))
            self.state = LinkState.UP
            self._heard_at = now
        self._follow(envelope)
        return events

    def _restart(self, envelope: AnyEnvelope) -> list[LinkEvent]:
        before, self._boot_id = self._boot_id, envelope.boot_id
        if before in (None, envelope.boot_id):
            return []
        voided, self.open_alerts = self.open_alerts, ()
        self._sequence.clear()
        self._newer = SCHEMA_VERSION
        return [Restarted(envelope.boot_id, voided)]

    def _gap(self, envelope: AnyEnvelope) -> list[LinkEvent]:
        last = self._sequence.get(envelope.topic, envelope.seq - 1)
        self._sequence[envelope.topic] = envelope.seq
        missing = envelope.seq - last - 1
        return [Missed(envelope.topic, missing)] if missing > 0 else []

    def _version(self, envelope: AnyEnvelope) -> list[LinkEvent]:
        if envelope.schema_version <= self._newer:
            return []
        self._newer = envelope.schema_version
        return [NewerSchema(envelope.schema_version, SCHEMA_VERSION)]

    def _follow(self, envelope: AnyEnvelope) -> None:
        match envelope.body:
            case DriverState(alerts=alerts):
                self.open_alerts = alerts
            case Alert() as alert:
                # the state tells as well, a moment earlier or later: whoever handles an alert finds it here
                others = [known for known in self.open_alerts if known.id != alert.id]
                if alert.event is not AlertEvent.CLEARED:
                    others.append(_opened(alert))
                self.open_alerts = tuple(sorted(others, key=lambda known: (_URGENCY[known.kind], known.id)))
            case _:
                pass


def _opened(alert: Alert) -> OpenAlert:
    return OpenAlert(
        id=alert.id,
        kind=alert.kind,
        severity=alert.severity,
        since=alert.since,
        detail=alert.evidence.detail,
    )
