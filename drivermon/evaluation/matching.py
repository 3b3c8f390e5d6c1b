"""Which alert answers which event."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from drivermon.config import Settings
from drivermon.evaluation.topics import TOPIC_OF, Topic
from drivermon.simulation.drive.labels import Label

TOLERANCE_S = 0.5
"""Labels are read off by eye, so an answer may come so much before an event or after it."""


@dataclass(frozen=True, slots=True)
class Signal:
    """Something that was told: an alert from raised to cleared, or a yawn that was counted.

    Attributes:
        kind: of the alert, `emotion NAME`, or `yawn`.
        severity: the highest that it reached, `None` of a yawn.
        t: when it was raised.
        end_s: when it was cleared, or the drive ended.

    """

    kind: str
    severity: str | None
    t: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Episode:
    """An event of a topic, and whether an answer to it is due."""

    topic: Topic
    start_s: float
    end_s: float
    due: bool


@dataclass(frozen=True, slots=True)
class Matched:
    """What came of it.

    Attributes:
        answers: (K,) for each episode the signals that answer it, by time.
        false: signals that neither answer an episode nor are explained by one.

    """

    episodes: tuple[Episode, ...]
    answers: tuple[tuple[Signal, ...], ...]
    false: tuple[Signal, ...]


def episodes(
    labels: Iterable[Label],
    settings: Settings,
    speeds: Callable[[float], float | None],
    tolerance_s: float = TOLERANCE_S,
) -> tuple[Episode, ...]:
    """Join labels of a topic to episodes, by start.

    An answer is due to what lasts `tolerance_s` longer than its rule asks, so that no label's imprecision
    decides, while the car is fast enough for the rule.

    Args:
        labels: of one drive; those of no topic are left out.
        settings: with the rules' thresholds.
        speeds: km/h at a time in seconds, negative for a standing car, `None` when unknown.
        tolerance_s: of the labels.

    """
    spans: dict[str, list[tuple[Topic, float, float]]] = {}
    for label in sorted(labels, key=lambda label: (label.start_s, label.end_s)):
        topic = TOPIC_OF.get(label.event)
        if topic is None:
            continue
        own = spans.setdefault(topic.name, [])
        if own and label.start_s - own[-1][2] <= topic.joins_s + 1e-9:
            own[-1] = (topic, own[-1][1], max(own[-1][2], label.end_s))
        else:
            own.append((topic, label.start_s, label.end_s))
    found = []
    for topic, start, end in (span for own in spans.values() for span in own):
        due_s = topic.due_s(settings)
        due = end - start >= due_s + tolerance_s and _fast_enough(topic, settings, speeds(start + due_s))
        found.append(Episode(topic, start, end, due))
    return tuple(sorted(found, key=lambda one: (one.start_s, one.end_s, one.topic.name)))


def match(found: Sequence[Episode], signals: Iterable[Signal], tolerance_s: float = TOLERANCE_S) -> Matched:
    """Give each signal to the one episode that it answers, is explained by, or call it false.

    A signal answers an episode of a topic of its kind if it is raised from `tolerance_s` before its start to
    `tolerance_s` after its end; of several the nearest. Several signals may answer the same one:
    a microsleep that becomes sleep is one event.
    """
    answers: list[list[Signal]] = [[] for _ in found]
    false = []
    for signal in sorted(signals, key=lambda one: (one.t, one.kind, one.end_s)):
        near = [
            (_distance_s(one, signal.t), index)
            for index, one in enumerate(found)
            if signal.kind in one.topic.answers and _distance_s(one, signal.t) <= tolerance_s
        ]
        if near:
            answers[min(near)[1]].append(signal)
        elif not any(_explains(one, signal, tolerance_s) for one in found):
            false.append(signal)
    return Matched(tuple(found), tuple(tuple(own) for own in answers), tuple(false))


def _distance_s(episode: Episode, t: float) -> float:
    return max(episode.start_s - t, t - episode.end_s, 0.0)


def _explains(episode: Episode, signal: Signal, tolerance_s: float) -> bool:
    lasts_s = episode.topic.explains.get(signal.kind)
    return lasts_s is not None and episode.start_s <= signal.t <= episode.end_s + lasts_s + tolerance_s


def _fast_enough(topic: Topic, settings: Settings, kmh: float | None) -> bool:
    return topic.least_kmh is None or kmh is None or kmh >= topic.least_kmh(settings)
