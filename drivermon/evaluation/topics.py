"""Which alerts answer which labelled events: the one table.

A topic is what several kinds of label and alert are about. An event of a topic is due an answer once it
has lasted as long as its rule asks; a shorter one may be answered, but need not be. An alert that neither
answers an event nor is explained by one is false.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from drivermon.config import Settings
from drivermon.emotions import EMOTIONS
from drivermon.simulation.script.verbs import VERBS

YAWN: Final = "yawn"
"""Not an alert: a yawn that the state counted."""

HEAD_LABELS_JOIN_S: Final = 0.3
"""Looks away are labelled by hand as closely as this; such a gap between two of them is none."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One line of the table.

    Attributes:
        name: for tables and pictures.
        events: kinds of label.
        answers: kinds of alert, or `YAWN`, that are right during such an event.
        due_s: how long an event lasts before an answer is due.
        least_kmh: no answer is due at a lower speed or in a standing car; `None`: at any speed.
        explains: kinds of alert that are right for so many seconds after an event of any length.
        joins_s: events with a gap up to this are one.

    """

    name: str
    events: tuple[str, ...]
    answers: tuple[str, ...]
    due_s: Callable[[Settings], float]
    least_kmh: Callable[[Settings], float] | None = None
    explains: Mapping[str, float] = field(default_factory=dict)
    joins_s: float = 0.0


def _emotion(name: str) -> Topic:
    label = f"emotion {name}"

    def due_s(settings: Settings) -> float:
        rule = settings.alerts.emotion
        return rule.sustained_s if rule.enabled and name in rule.kinds else float("inf")

    return Topic(name, events=(label,), answers=(label,), due_s=due_s)


TOPICS: Final = (
    Topic(
        "eyes closed",
        events=("eyes_closed",),
        answers=("microsleep", "sleep", "unresponsive"),
        due_s=lambda settings: settings.alerts.thresholds.microsleep_s,
        least_kmh=lambda _: 0.0,
        explains={"drowsy": 180.0},  # the longer window of PERCLOS
    ),
    Topic(
        "drowsy",
        events=("drowsy",),
        answers=("drowsy",),
        due_s=lambda _: 0.0,
        least_kmh=lambda settings: settings.alerts.thresholds.drowsy_kmh,
    ),
    Topic(
        "away",
        events=("away", "head_away", "head_down", "looking_down"),
        answers=("distraction", "unresponsive"),
        due_s=lambda settings: max(
            settings.alerts.thresholds.distraction_s, settings.alerts.thresholds.distraction_slow_s
        ),
        least_kmh=lambda settings: settings.alerts.thresholds.slow_kmh,
        explains={"glances": 30.0},  # the window of glances
        joins_s=HEAD_LABELS_JOIN_S,
    ),
    Topic(
        "not seen",
        events=("not_seen", "no_face"),
        answers=("not_seen",),
        due_s=lambda settings: settings.alerts.not_seen.notice_s,
        least_kmh=lambda _: 0.0,
        explains={"distraction": 0.0},  # who turned away until no face is found is still turned away
    ),
    Topic(
        "bad view",
        events=("camera_lost", "camera_hung", "camera_frozen", "camera_covered", "camera_dark"),
        answers=("degraded",),
        due_s=lambda settings: settings.alerts.degraded.notice_s,
    ),
    Topic(
        "eyes hidden",
        events=("eyes_hidden", "from_behind", "hand_over_face"),
        answers=("degraded", "not_seen"),
        due_s=lambda settings: settings.quality.eyes_hidden_s + settings.alerts.degraded.notice_s,
    ),
    Topic(
        "yawn",
        events=("yawn",),
        answers=(YAWN,),
        due_s=lambda settings: settings.drowsiness.yawn_s,
    ),
    *(_emotion(name) for name in EMOTIONS if name != "neutral"),
)

TOPIC_OF: Final = {event: topic for topic in TOPICS for event in topic.events}

CONTEXT: Final = ("attentive", "blink", "smile", "talking", "mouth_open_eating", "startle")
"""Kinds of label that nothing is due for: they say what an alarm would be wrong about."""


def known(event: str) -> bool:
    """Whether `event` is a kind of label: of a topic, context, or an action of a drive script."""
    return event in TOPIC_OF or event in CONTEXT or event.partition("_")[0] in VERBS
