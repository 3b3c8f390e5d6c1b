"""What the matches of one drive, or of all, come to."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from drivermon.evaluation.matching import Matched
from drivermon.evaluation.rates import by_recording, poisson_upper, wilson
from drivermon.evaluation.topics import TOPICS


@dataclass(frozen=True, slots=True)
class Judged:
    """A drive of `duration_s` seconds and what was matched in it."""

    name: str
    duration_s: float
    matched: Matched

    def due(self, topic: str | None = None) -> int:
        """How many events an answer was due to, of a topic or in all."""
        return sum(one.due and topic in (None, one.topic.name) for one in self.matched.episodes)

    def answered(self, topic: str | None = None) -> int:
        """How many of them got one."""
        pairs = zip(self.matched.episodes, self.matched.answers, strict=True)
        return sum(one.due and bool(told) and topic in (None, one.topic.name) for one, told in pairs)

    def waits_s(self, topic: str | None = None) -> list[float]:
        """From the start of each event that was due an answer to the first one; below 0: before it."""
        pairs = zip(self.matched.episodes, self.matched.answers, strict=True)
        return [
            told[0].t - one.start_s
            for one, told in pairs
            if one.due and told and topic in (None, one.topic.name)
        ]


@dataclass(frozen=True, slots=True)
class Rate:
    """`count` in so many hours; `upper` is the exact one-sided 95 % bound, both an hour."""

    count: int
    per_hour: float | None
    upper: float | None


@dataclass(frozen=True, slots=True)
class Score:
    """Sensitivity, false alarms and time to alert of some drives.

    Attributes:
        name: of the drive, the topic, or `all`.
        hours: that were judged.
        due, answered: events.
        sensitivity: answered of due, `None` when none was due.
        interval: of it, 95 % after Wilson, each event for itself.
        interval_by_recording: of it, 95 %, recordings drawn again; `None` for fewer than two.
        false: alarms that nothing explains.
        false_by_kind: likewise, kinds that occurred.
        critical: likewise, those that became critical.
        wait_s, longest_wait_s: from an event's start to its first answer, median and longest.

    """

    name: str
    hours: float
    due: int
    answered: int
    sensitivity: float | None
    interval: tuple[float, float] | None
    interval_by_recording: tuple[float, float] | None
    false: Rate
    false_by_kind: dict[str, Rate]
    critical: Rate
    wait_s: float | None
    longest_wait_s: float | None


def score(name: str, drives: Sequence[Judged], topic: str | None = None) -> Score:
    """Put drives together; with a `topic` only its events, and no false alarms.

    False alarms belong to no event, so to no topic: they are counted by kind.
    """
    due = [drive.due(topic) for drive in drives]
    answered = [drive.answered(topic) for drive in drives]
    hours = sum(drive.duration_s for drive in drives) / 3600.0
    waits = [wait for drive in drives for wait in drive.waits_s(topic)]
    false = [signal for drive in drives for signal in drive.matched.false] if topic is None else []
    kinds = Counter(signal.kind for signal in false)
    return Score(
        name=name,
        hours=hours,
        due=sum(due),
        answered=sum(answered),
        sensitivity=sum(answered) / sum(due) if sum(due) else None,
        interval=wilson(sum(answered), sum(due)),
        interval_by_recording=by_recording(answered, due),
        false=_rate(len(false), hours),
        false_by_kind={kind: _rate(count, hours) for kind, count in sorted(kinds.items())},
        critical=_rate(sum(signal.severity == "critical" for signal in false), hours),
        wait_s=median(waits) if waits else None,
        longest_wait_s=max(waits, default=None),
    )


def by_topic(drives: Sequence[Judged]) -> list[Score]:
    """Return the score of each topic that an answer was due to."""
    found = [score(topic.name, drives, topic.name) for topic in TOPICS]
    return [one for one in found if one.due]


def events(drive: Judged) -> list[dict[str, Any]]:
    """Return every event of a drive and what answered it, for JSON."""
    return [
        {
            "topic": one.topic.name,
            "start_s": round(one.start_s, 3),
            "end_s": round(one.end_s, 3),
            "due": one.due,
            "answers": [{"kind": signal.kind, "t": round(signal.t, 3)} for signal in told],
        }
        for one, told in zip(drive.matched.episodes, drive.matched.answers, strict=True)
    ]


def _rate(count: int, hours: float) -> Rate:
    if hours <= 0.0:
        return Rate(count, None, None)
    return Rate(count, count / hours, poisson_upper(count) / hours)
