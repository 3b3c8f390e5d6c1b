"""The 50 % rule and its smoothing."""

import math
from itertools import pairwise

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from drivermon.config import EmotionSettings
from drivermon.emotions import EMOTIONS, Emotion
from drivermon.interpretation.emotion import EmotionFilter
from tests.drives import probabilities

Script = list[tuple[float, Emotion, float]]
"""Piecewise constant: (start in s, emotion, share)."""

DENSE_FPS = 500.0


def sample(script: Script, t: float) -> tuple[Emotion, float]:
    """What the script says at `t`."""
    emotion, share = script[0][1], script[0][2]
    for start, name, value in script:
        if start <= t:
            emotion, share = name, value
    return emotion, share


def decisions(
    script: Script, times: list[float], gaps: list[float] | None = None
) -> list[tuple[float, Emotion | None]]:
    """Changes of the decided emotion: (time, emotion)."""
    judge = EmotionFilter(EmotionSettings())
    changes: list[tuple[float, Emotion | None]] = []
    last: Emotion | None = None
    unseen = set(gaps or ())
    for t in sorted([*times, *unseen]):
        state = judge.step(t, None if t in unseen else probabilities(*sample(script, t)))
        if state.emotion != last:
            last = state.emotion
            changes.append((t, last))
    return changes


@st.composite
def scripts(draw: st.DrawFn) -> Script:
    """Clear emotions, each held for at least 3 s: what an interval of 0.5 s can still resolve."""
    start, script = 0.0, []
    for _ in range(draw(st.integers(1, 4))):
        emotion = draw(st.sampled_from([e for e in EMOTIONS if not script or e != script[-1][1]]))
        share = draw(st.sampled_from([0.2, 0.75, 0.85, 0.95]))
        script.append((start, emotion, share))
        start += draw(st.floats(3.0, 5.0))
    return script


@st.composite
def frame_times(draw: st.DrawFn) -> tuple[list[float], list[float]]:
    """5 to 60 fps for 18 s: times of frames, one at least every 0.5 s, and of gaps in their place."""
    fps = draw(st.floats(5.0, 60.0))
    keep = draw(st.floats(0.3, 1.0))
    random = draw(st.randoms(use_true_random=False))
    times, gaps = [0.0], []
    for index in range(1, int(18 * fps)):
        t = index / fps
        if random.random() < keep or t + 1 / fps - times[-1] > 0.5:
            times.append(t)
        elif random.random() < 0.5:
            gaps.append(t)
    return times, gaps


@settings(phases=[Phase.explicit, Phase.generate], max_examples=60)  # shrinking drives takes minutes
@given(scripts(), frame_times())
def test_the_same_script_is_decided_alike_at_any_frame_rate(
    script: Script, frames: tuple[list[float], list[float]]
) -> None:
    times, gaps = frames
    interval = max(b - a for a, b in pairwise(times))
    expected = decisions(script, [i / DENSE_FPS for i in range(int(times[-1] * DENSE_FPS))])
    got = decisions(script, times, gaps)
    settled = [change for change in expected if change[0] < times[-1] - interval]
    assert [emotion for _, emotion in got[: len(settled)]] == [emotion for _, emotion in settled]
    for (t_got, _), (t_expected, _) in zip(got, settled, strict=False):
        assert abs(t_got - t_expected) <= interval + 2 / DENSE_FPS


def test_exactly_half_is_no_emotion() -> None:
    assert decisions([(0.0, "happy", 0.5)], [i / 30 for i in range(900)]) == []


def test_just_over_half_is_an_emotion() -> None:
    changes = decisions([(0.0, "happy", 0.51)], [i / 30 for i in range(900)])
    assert [emotion for _, emotion in changes] == ["happy"]


def test_one_frame_decides_nothing() -> None:
    judge = EmotionFilter(EmotionSettings())
    assert judge.step(0.0, probabilities("anger", 1.0)).emotion is None


def test_a_dip_between_leave_and_enter_level_keeps_the_emotion() -> None:
    script: Script = [(0.0, "happy", 0.9), (5.0, "happy", 0.47)]
    assert [e for _, e in decisions(script, [i / 30 for i in range(300)])] == ["happy"]


def test_below_the_leave_level_the_emotion_becomes_uncertain() -> None:
    script: Script = [(0.0, "happy", 0.9), (5.0, "happy", 0.3)]
    assert [e for _, e in decisions(script, [i / 30 for i in range(300)])] == ["happy", None]


def test_a_flash_shorter_than_the_smoothing_changes_nothing() -> None:
    script: Script = [(0.0, "neutral", 0.95), (5.0, "surprise", 0.95), (5.1, "neutral", 0.95)]
    assert [e for _, e in decisions(script, [i / 30 for i in range(300)])] == ["neutral"]


def test_an_emotion_once_decided_is_held_for_the_minimum() -> None:
    judge = EmotionFilter(EmotionSettings(smoothing_s=0.0, min_hold_s=1.0))
    judge.step(0.0, probabilities("happy", 0.9))
    assert judge.step(0.1, probabilities("happy", 0.9)).emotion == "happy"
    assert judge.step(0.5, probabilities("anger", 0.9)).emotion == "happy"
    assert judge.step(1.2, probabilities("anger", 0.9)).emotion == "anger"


@pytest.mark.parametrize("silent_s", [1.1, 30.0])
def test_without_a_face_the_emotion_is_forgotten(silent_s: float) -> None:
    judge = EmotionFilter(EmotionSettings())
    for i in range(60):
        state = judge.step(i / 30, probabilities("happy", 0.9))
    assert state.emotion == "happy"
    state = judge.step(59 / 30 + silent_s, None)
    assert state.emotion is None
    assert state.probabilities is None


@given(st.lists(st.floats(0.0, 1.0), min_size=7, max_size=7).filter(lambda v: sum(v) > 0.1))
def test_smoothed_probabilities_stay_a_distribution(weights: list[float]) -> None:
    judge = EmotionFilter(EmotionSettings())
    vector = [w / sum(weights) for w in weights]
    for i in range(20):
        measured = probabilities("fear", 0.8) if i % 3 else probabilities("happy", max(vector))
        state = judge.step(i / 10, measured)
    assert state.probabilities is not None
    assert math.isclose(sum(state.probabilities), 1.0, abs_tol=1e-3)
    assert min(state.probabilities) >= 0
