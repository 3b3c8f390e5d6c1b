"""The same situations with other people, cameras and accidents, drawn by hypothesis."""

from dataclasses import replace

from hypothesis import example, given, settings
from hypothesis import strategies as st

from drivermon.config import EmotionSettings, Settings
from drivermon.events import Gap, GapCause, VehicleSignal
from drivermon.messages import Alert, AlertKind, Observation, Observed
from drivermon.simulation.play import HOG_68, USUAL, MeasurementNoise
from tests.scenarios.playing import NAMES, alerts_of, judged, observed, unmet

FPS = st.sampled_from([10, 15, 24, 30, 60])
SEEDS = st.integers(0, 10_000)
HARD = ("microsleep", "sleep", "unresponsive")
CALM = ("attentive", "talking", "mirror_scanning", "blink_storm", "eating", "laughing", "off_axis")
DARK = ("sunglasses", "sunglasses_distracted", "puts_on_sunglasses", "nobody")
TIMED = (
    "microsleep", "sleep", "nods_off", "slumps", "hand_while_asleep", "long_look", "no_return",
    "phone_in_lap", "phone_in_lap_lids_down", "narrow_eyes_asleep", "night", "off_axis_asleep",
)  # fmt: skip

people = st.builds(
    replace,
    st.just(USUAL),
    open_ratio=st.floats(0.20, 0.36),
    person_ratio=st.just(0.0),
    shut_ratio=st.floats(0.02, 0.045),
    eye_ratio=st.floats(0.0, 0.014),
    mouth_ratio=st.floats(0.0, 0.03),
    pose_deg=st.floats(0.0, 1.2),
    missed=st.floats(0.0, 0.02),
)
"""Lids from narrow to wide, and face paths from noiseless to worse than usual."""


def kinds(alerts: list[Alert]) -> set[str]:
    return {alert.kind.value for alert in alerts}


@settings(max_examples=25)
@given(st.sampled_from(TIMED), people, FPS, SEEDS, st.sampled_from([0.0, 0.1, 0.25]))
def test_timing_holds_for_other_people_rates_and_drops(
    name: str, noise: MeasurementNoise, fps: float, seed: int, dropped: float
) -> None:
    events = observed(name, fps, noise, seed, dropped)
    assert unmet(name, events, alerts_of(events), fps) == []


@settings(max_examples=15)
@given(st.sampled_from(CALM), people, FPS, SEEDS)
def test_calm_drives_stay_calm(name: str, noise: MeasurementNoise, fps: float, seed: int) -> None:
    assert alerts_of(observed(name, fps, noise, seed)) == []


@settings(max_examples=12)
@given(st.sampled_from(DARK), people, FPS, SEEDS)
def test_eyes_that_are_never_seen_are_never_asleep(
    name: str, noise: MeasurementNoise, fps: float, seed: int
) -> None:
    assert not kinds(alerts_of(observed(name, fps, noise, seed))) & set(HARD)


@settings(max_examples=12)
@given(st.sampled_from(CALM), FPS, SEEDS)
def test_the_published_face_path_raises_no_false_sleep(name: str, fps: float, seed: int) -> None:
    assert not kinds(alerts_of(observed(name, fps, HOG_68, seed))) & set(HARD)


@settings(max_examples=12)
@given(st.sampled_from(NAMES), st.sampled_from([10, 15]), SEEDS, st.floats(0.0, 1.0))
def test_a_restart_in_the_middle_changes_nothing(name: str, fps: float, seed: int, where: float) -> None:
    events = observed(name, fps, seed=seed)
    assert list(judged(events, restart_at=int(where * len(events)))) == list(judged(events))


@settings(max_examples=12)
@given(st.sampled_from(NAMES), SEEDS)
def test_without_emotion_every_other_alert_is_the_same(name: str, seed: int) -> None:
    """Identical in kind, event, severity, time, value and threshold; numbers may move."""

    def rest(alerts: list[Alert]) -> list[tuple[object, ...]]:
        return [
            (a.kind, a.event, a.severity, a.t, a.since, a.evidence.value, a.evidence.threshold)
            for a in alerts
            if a.kind is not AlertKind.EMOTION
        ]

    events = observed(name, 15, seed=seed)
    blind = [without_emotion(event) for event in events]
    off = Settings(emotion=EmotionSettings(enabled=False))
    assert rest(alerts_of(blind, off)) == rest(alerts_of(events))


def without_emotion(event: Observed) -> Observed:
    if isinstance(event, Observation) and event.face is not None:
        return event.model_copy(update={"face": event.face.model_copy(update={"probabilities": None})})
    return event


@settings(max_examples=12)
@given(
    st.sampled_from(["attentive", "talking", "long_blink", "short_look", "yawns_alone"]),
    SEEDS,
    st.floats(0.0, 1.0),
    st.floats(2.0, 1e6),
    st.booleans(),
)
@example(name="talking", seed=360, where=0.3203125, jump_s=2.0, told=True)  # in the middle of a blink
def test_a_clock_that_jumps_raises_no_alarm(
    name: str, seed: int, where: float, jump_s: float, told: bool
) -> None:
    """A silence is no time with closed eyes or away, also when the source says that it was lost."""
    events = observed(name, 15, seed=seed)
    at = int(where * len(events))
    late = [later(event, jump_s) for event in events[at:]]
    gap = [Gap(late[0].t, GapCause.LOST)] if told and late else []
    assert not kinds(alerts_of([*events[:at], *gap, *late])) - {"degraded"}


def later(event: Observed, by_s: float) -> Observed:
    t = round(event.t + by_s, 6)
    match event:
        case Observation():
            return event.model_copy(update={"t": t})
        case VehicleSignal():
            return VehicleSignal(t, event.name, event.value)
        case _:
            return Gap(t, event.cause)
