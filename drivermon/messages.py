"""What flows out: Observation, DriverState, Alert and Health; `wire` puts the envelope round them.

Numbers only, no pixels. A thing that was not measured is `None`: never 0, never a guess.
Readers ignore fields that they do not know. An `Observation` is rounded when it is made,
before anything interprets it, so that a drive recorded as observations is judged again
byte-identically; the decimals stand beside the types.
"""

from __future__ import annotations

from enum import StrEnum
from math import isfinite
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, FiniteFloat

from drivermon.emotions import EMOTIONS, Emotion
from drivermon.events import TIME_DECIMALS, Frame, Gap, GapCause, VehicleSignal

SCHEMA_VERSION = 1


def _rounded(decimals: int) -> AfterValidator:
    # adding 0.0 turns -0.0 into 0.0, which would otherwise print differently
    return AfterValidator(lambda value: round(value, decimals) + 0.0)


def _rounded_first(decimals: int) -> BeforeValidator:
    # a softmax in single precision may come out a rounding error above 1
    return BeforeValidator(
        lambda value: round(value, decimals) + 0.0 if isinstance(value, float) and isfinite(value) else value
    )


Seconds = Annotated[FiniteFloat, _rounded(TIME_DECIMALS)]
Pixels = Annotated[FiniteFloat, _rounded(1)]
Degrees = Annotated[FiniteFloat, _rounded(2)]
Ratio = Annotated[FiniteFloat, _rounded(4)]
Probability = Annotated[FiniteFloat, Field(ge=0.0, le=1.0), _rounded_first(4)]
Share = Probability


class Message(BaseModel):
    """Immutable; unknown fields are ignored."""

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        ser_json_inf_nan="null",
        json_schema_serialization_defaults_required=True,  # what is written holds every field
    )


Box = tuple[Pixels, Pixels, Pixels, Pixels]
"""x, y of the upper left corner, width, height, in pixels of the source picture."""


class Probabilities(Message):
    """Seven class probabilities, 4 decimals; their sum is 1 within rounding."""

    anger: Probability
    disgust: Probability
    fear: Probability
    happy: Probability
    neutral: Probability
    sadness: Probability
    surprise: Probability

    @classmethod
    def from_vector(cls, vector: list[float]) -> Self:
        """Build from seven numbers in the order of `EMOTIONS`."""
        return cls(**dict(zip(EMOTIONS, vector, strict=True)))

    def vector(self) -> tuple[float, ...]:
        """Seven numbers in the order of `EMOTIONS`."""
        return tuple(getattr(self, name) for name in EMOTIONS)


class Eyes(Message):
    """One number per eye, the driver's own left and right; `None` where not measured or not usable."""

    left: Ratio | None
    right: Ratio | None


class Pose(Message):
    """Head pose against the camera's axis, degrees.

    Yaw is positive to the driver's own left, pitch positive upward, roll positive towards
    the driver's own left shoulder.
    """

    yaw: Degrees
    pitch: Degrees
    roll: Degrees


class FaceMeasurement(Message):
    """What was measured on the driver's face in this frame.

    Attributes:
        box: the face, from the middle of the forehead to the chin.
        score: the detector's own score; higher is surer, no fixed range.
        scheme: which landmarks were measured, so that priors of lids and lips can fit them.
        eyes: lid aperture; with 68 points the eye aspect ratio (Soukupova & Cech 2016).
        eyes_visible: 0 to 1, how surely each eye can be judged at all; `None` from a method
            that can't tell.
        mouth: inner-lip opening over inner-lip width.
        pose: `None` where it could not be solved.
        probabilities: `None` with the emotion network off, or where alignment failed.

    """

    box: Box
    score: Ratio | None = None
    scheme: str | None = None
    eyes: Eyes | None = None
    eyes_visible: Eyes | None = None
    mouth: Ratio | None = None
    pose: Pose | None = None
    probabilities: Probabilities | None = None


class PictureQuality(Message):
    """How much the picture shows at all, measured on its gray values (0 black to 255 white).

    Attributes:
        brightness: mean gray value.
        contrast: standard deviation of the gray values.
        detail: mean absolute Laplacian of the picture at 160 px width; low when covered or blurred.
        dark: share of pixels under 16.
        bright: share of pixels over 239.

    """

    brightness: Pixels
    contrast: Pixels
    detail: Ratio
    dark: Share
    bright: Share


class Observation(Message):
    """What one frame shows; sufficient for every decision downstream.

    Attributes:
        t: capture time.
        index: running number of the frame in its source.
        face: the driver's face, measured in this very frame, or `None`.
        track: where a face is assumed that was not measured in this frame (coasted), or `None`.
        picture: quality of the whole picture.

    """

    t: Seconds
    index: int = Field(ge=0)
    face: FaceMeasurement | None
    track: Box | None = None
    picture: PictureQuality | None = None


class Severity(StrEnum):
    """How urgent an alert is, least first."""

    NOTICE = "notice"
    WARNING = "warning"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for notice, 2 for critical."""
        return list(Severity).index(self)


class AlertKind(StrEnum):
    """What an alert is about, most urgent first."""

    UNRESPONSIVE = "unresponsive"
    SLEEP = "sleep"
    MICROSLEEP = "microsleep"
    DROWSY = "drowsy"
    DISTRACTION = "distraction"
    GLANCES = "glances"
    NOT_SEEN = "not_seen"
    DEGRADED = "degraded"
    EMOTION = "emotion"


class AlertEvent(StrEnum):
    """A step in the life of an alert."""

    RAISED = "raised"
    ESCALATED = "escalated"
    CLEARED = "cleared"


class DegradedCause(StrEnum):
    """Why the view of the driver can't be trusted."""

    STARTING = "starting"
    LOST = "lost"
    HUNG = "hung"
    FROZEN = "frozen"
    DARK = "dark"
    COVERED = "covered"
    EYES_HIDDEN = "eyes_hidden"

    @classmethod
    def from_gap(cls, cause: GapCause) -> Self:
        """Return the cause with the gap's name."""
        return cls(cause.value)


class Digests(Message):
    """SHA-256 of what decided: the effective configuration and each network, in the order of their names."""

    config: str
    networks: Annotated[dict[str, str], AfterValidator(lambda networks: dict(sorted(networks.items())))]


class Evidence(Message):
    """Why an alert was raised, escalated or cleared: a person can check it against the state.

    Attributes:
        rule: name of the rule in the table of rules.
        value: the measured quantity that crossed the threshold.
        threshold: the limit it crossed.
        unit: of value and threshold, `s` or `1`.
        window_s: the stretch of time that the value was taken over, `None` for an instant.
        detail: which emotion, which cause.
        digests: of the configuration and the networks.

    """

    rule: str
    value: Ratio
    threshold: Ratio
    unit: Literal["s", "1"]
    window_s: Seconds | None
    detail: str | None
    digests: Digests


class OpenAlert(Message):
    """An alert that has been raised and not yet cleared."""

    id: int = Field(ge=1)
    kind: AlertKind
    severity: Severity
    since: Seconds
    detail: str | None


class Alert(Message):
    """One step in the life of an alert; the same `id` from raised to cleared.

    Attributes:
        t: when this step happened.
        id: counts from 1.
        kind: what it is about.
        event: raised, escalated, cleared.
        severity: after this step.
        since: when the condition behind it began.
        evidence: rule, value, threshold, window, digests.

    """

    t: Seconds
    id: int = Field(ge=1)
    kind: AlertKind
    event: AlertEvent
    severity: Severity
    since: Seconds
    evidence: Evidence


class DriverState(Message):
    """What the driver's state is now.

    Attributes:
        t: time of the event that led to it.
        emotion: the winner under the 50 % rule, `None` when uncertain or not seen.
        probabilities: smoothed over time, `None` without a recent face.
        emotion_s: how long the emotion has held.
        seen: a face was measured at `t`.
        not_seen_s: how long no face has been measured, 0 while seen.
        degraded: why the view can't be trusted, `None` when it can.
        degraded_s: for how long, 0 when it is not.
        eyes_usable: an eye can be judged, and could for the last second; `None` without a face.
        eyes_closed_s: how long the eyes have been closed, 0 while open; goes on while a closure that
            began before is out of sight. `None` when nothing can be told.
        perclos_60, perclos_180: share of the last 60 or 180 s with eyes closed; `None` while
            less than half of the window is valid.
        yawning: a yawn is going on.
        yawns, blinks: since start; blinks `None` below 15 frames a second.
        recent_yawns: of the last 10 minutes.
        attention: where the driver looks, `None` when that can't be told.
        away_s: how long the present look away has lasted, 0 while forward.
        glances_s: repeated looks away of the last 30 s, added up.
        buffer_s: the attention buffer, 0 empty to 2 full.
        baseline: whether the driver's own normal has been learned.
        speed_kmh: as the vehicle last reported, `None` when unknown.
        standing: the car stands, by its speed or its gear; `None` when unknown.
        alerts: all open alerts, most urgent first.

    """

    t: Seconds
    emotion: Emotion | None
    probabilities: Probabilities | None
    emotion_s: Seconds
    seen: bool
    not_seen_s: Seconds
    degraded: DegradedCause | None
    degraded_s: Seconds
    eyes_usable: bool | None = None
    eyes_closed_s: Seconds | None = None
    perclos_60: Share | None = None
    perclos_180: Share | None = None
    yawning: bool | None = None
    yawns: int | None = None
    recent_yawns: int | None = None
    blinks: int | None = None
    attention: Literal["forward", "away"] | None = None
    away_s: Seconds | None = None
    glances_s: Seconds | None = None
    buffer_s: Seconds | None = None
    baseline: Literal["learning", "ready"] | None = None
    speed_kmh: FiniteFloat | None = None
    standing: bool | None = None
    alerts: tuple[OpenAlert, ...] = ()


class LatencyPercentiles(Message):
    """Milliseconds from capture to publishing over the last second."""

    p50_ms: FiniteFloat
    p95_ms: FiniteFloat
    p99_ms: FiniteFloat


class Health(Message):
    """How the daemon itself is, once a second.

    Attributes:
        t: capture clock.
        fps: frames judged in the last second.
        latency: `None` while no frame was judged.
        dropped: frames skipped since start because a newer one was there.
        camera: `ok` or the cause of the present gap.
        provider: the execution provider that the emotion network really uses, `None` when off.
        digests: of the configuration and the networks.
        lagging: frames come in faster than they are judged.
        uptime_s: since start.
        version: of drivermon.
        signals_refused: messages on the vehicle signal socket that could not be read, since start.

    """

    t: Seconds
    fps: FiniteFloat
    latency: LatencyPercentiles | None
    dropped: int = Field(ge=0)
    camera: Literal["ok"] | GapCause
    provider: str | None
    digests: Digests
    lagging: bool
    uptime_s: Seconds
    version: str
    signals_refused: int = Field(0, ge=0)


Observed = Observation | Gap | VehicleSignal
"""Everything that interpretation reads, and a recorded drive holds."""

Event = Frame | Observed
"""Everything that flows into the corridor; a recorded drive yields `Observation` in place of `Frame`."""
