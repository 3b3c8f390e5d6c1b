"""What is drawn in a terminal: proportions, the 50 % line, alerts in words."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console, RenderableType

from drivermon.cli.display.bars import probability_bars
from drivermon.cli.display.picture import PictureView, fitted
from drivermon.cli.display.screen import MIN_COLUMNS, MIN_ROWS, Reading, Scene, screen
from drivermon.cli.display.truth import TruthTrack
from drivermon.cli.display.words import alert_in_words, state_in_words
from drivermon.emotions import EMOTIONS
from drivermon.events import Frame
from drivermon.messages import (
    Alert,
    AlertEvent,
    AlertKind,
    DegradedCause,
    Digests,
    DriverState,
    Evidence,
    Eyes,
    FaceMeasurement,
    Observation,
    Pose,
    Probabilities,
    Severity,
)

SHARES = (0.02, 0.03, 0.05, 0.70, 0.10, 0.04, 0.06)


def drawn(
    renderable: RenderableType, columns: int = 80, rows: int = 24, color: str | None = None
) -> list[str]:
    console = Console(
        file=io.StringIO(),
        width=columns,
        height=rows,
        force_terminal=color is not None,
        color_system=color,  # type: ignore[arg-type]
    )
    console.print(renderable)
    return console.file.getvalue().splitlines()  # type: ignore[attr-defined, no-any-return]


def state(**values: object) -> DriverState:
    usual: dict[str, object] = {
        "t": 12.0,
        "emotion": "happy",
        "probabilities": Probabilities.from_vector(list(SHARES)),
        "emotion_s": 3.0,
        "seen": True,
        "not_seen_s": 0.0,
        "degraded": None,
        "degraded_s": 0.0,
    }
    return DriverState.model_validate(usual | values)


def alert(kind: AlertKind, event: AlertEvent, severity: Severity, detail: str | None = None) -> Alert:
    evidence = Evidence(
        rule=kind,
        value=3.04,
        threshold=3.0,
        unit="s",
        window_s=3.0,
        detail=detail,
        digests=Digests(config="", networks={}),
    )
    return Alert(t=41.0, id=1, kind=kind, event=event, severity=severity, since=38.0, evidence=evidence)


def scene(**values: object) -> Scene:
    face = FaceMeasurement(
        box=(200, 100, 200, 250),
        eyes=Eyes(left=0.29, right=None),
        mouth=0.05,
        pose=Pose(yaw=-12.4, pitch=3.0, roll=0.2),
    )
    usual: dict[str, object] = {
        "t": 12.0,
        "duration_s": 80.0,
        "frame": Frame(np.full((480, 640, 3), 90, np.uint8), 12.0, 180, "demo"),
        "observation": Observation(t=12.0, index=180, face=face),
        "state": state(),
        "truth": Reading(emotion="happy", face="visible", doing="smiles"),
        "alerts": (),
        "limit": 0.5,
        "pace": "9 ms a frame",
    }
    return Scene(**(usual | values))  # type: ignore[arg-type]


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (120, 40), (MIN_COLUMNS, MIN_ROWS), (200, 60)])
@pytest.mark.parametrize("shape", [(480, 640, 3), (1280, 720, 3), (480, 640)])
def test_the_screen_fits_the_terminal_exactly(columns: int, rows: int, shape: tuple[int, ...]) -> None:
    alerts = [alert(AlertKind.NOT_SEEN, AlertEvent.RAISED, Severity.NOTICE)] * 50
    frame = Frame(np.zeros(shape, np.uint8), 12.0, 180, "demo")
    lines = drawn(screen(scene(alerts=alerts, frame=frame), columns, rows), columns, rows)
    assert len(lines) == rows
    assert max(map(len, lines)) <= columns
    assert lines[-1].startswith("q quits")


def test_the_screen_says_what_is_measured_meant_true_and_alerted() -> None:
    raised = alert(AlertKind.NOT_SEEN, AlertEvent.RAISED, Severity.NOTICE)
    text = "\n".join(drawn(screen(scene(alerts=[raised]), 120, 40), 120, 40))
    for part in ("12.0 s of 80 s", "driver seen, happy, 3.0 s", "truth: smiles", "0.29 –", "-12° +3° +0°"):
        assert part in text
    assert "41.0 s  notice   driver not seen for 3.0 s (limit 3 s)" in text


def test_before_the_first_picture_and_without_truth_the_screen_stands_too() -> None:
    empty = scene(frame=None, observation=None, truth=None, duration_s=None, state=state(probabilities=None))
    text = "\n".join(drawn(screen(empty, 80, 24)))
    assert "no picture yet" in text
    assert "truth" not in text


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"emotion": None}, "driver seen, emotion uncertain"),
        ({"seen": False, "not_seen_s": 4.2}, "driver not seen, 4.2 s"),
        ({"degraded": DegradedCause.COVERED, "degraded_s": 2.5}, "the lens is covered, 2.5 s"),
    ],
)
def test_the_state_stands_in_words_on_the_screen(values: dict[str, object], words: str) -> None:
    assert words in "\n".join(drawn(screen(scene(state=state(**values)), 80, 24)))


@given(
    shares=st.lists(st.floats(0, 1), min_size=7, max_size=7),
    limit=st.floats(0, 1),
    width=st.integers(24, 120),
)
def test_bars_have_the_width_the_line_and_the_shares(shares: list[float], limit: float, width: int) -> None:
    for emotion, share, line in zip(
        EMOTIONS, shares, probability_bars(tuple(shares), None, limit, width), strict=True
    ):
        assert line.cell_len == width
        assert line.plain.startswith(emotion)
        assert line.plain.endswith(f"{share:.2f}")
        assert line.plain.count("│") == 1


def test_a_bar_passes_the_line_when_its_share_does() -> None:
    over, under = (
        probability_bars((share, 0, 0, 0, 0, 0, 0), None, 0.5, 54)[0].plain.split("│") for share in (0.8, 0.4)
    )
    assert over[0].endswith("█")
    assert over[1].startswith("█")
    assert "█" not in under[1]


def test_without_probabilities_the_bars_are_empty() -> None:
    for line in probability_bars(None, None, 0.5, 40):
        assert "█" not in line.plain
        assert line.plain.endswith("–")


@given(
    width=st.integers(1, 4000),
    height=st.integers(1, 4000),
    columns=st.integers(1, 200),
    rows=st.integers(1, 80),
)
def test_a_picture_fits_its_place(width: int, height: int, columns: int, rows: int) -> None:
    fitting = fitted(width, height, columns, rows)
    assert 1 <= fitting[0] <= columns
    assert 1 <= fitting[1] <= rows


def test_a_picture_keeps_its_proportions() -> None:
    assert fitted(640, 480, 200, 15) == (40, 15)
    assert fitted(640, 480, 40, 60) == (40, 15)


@pytest.mark.parametrize("color", ["truecolor", "256", None])
@pytest.mark.parametrize("shape", [(48, 64, 3), (48, 64), (1, 1), (480, 640, 3)])
def test_a_picture_is_drawn_in_colour_or_in_shades(color: str | None, shape: tuple[int, ...]) -> None:
    image = np.full(shape, 200, np.uint8)
    lines = drawn(PictureView(image, 8, 3, face=(0.0, 0.0, 1.0, 1.0)), color=color)
    assert len(lines) == 3
    if color is None:
        assert all(len(line) == 8 for line in lines)
        assert "▀" not in "".join(lines)
    else:
        assert all(line.count("▀") == 8 for line in lines)


def test_colours_are_those_of_the_picture_upper_pixel_before_lower() -> None:
    image = np.zeros((2, 1, 3), np.uint8)
    image[0, 0] = (0, 0, 255)
    (line,) = drawn(PictureView(image, 1, 1), color="truecolor")
    assert "38;2;252;4;4;48;2;4;4;4" in line


def test_the_box_of_a_measured_face_is_drawn_and_the_picture_is_not_touched() -> None:
    image = np.zeros((40, 40, 3), np.uint8)
    boxed = drawn(PictureView(image, 20, 10, face=(8.0, 8.0, 20.0, 20.0)))
    assert "".join(boxed).strip() != ""
    assert image.max() == 0


@pytest.mark.parametrize(
    ("kind", "event", "detail", "words"),
    [
        (AlertKind.NOT_SEEN, AlertEvent.RAISED, None, "driver not seen for 3.0 s (limit 3 s)"),
        (AlertKind.NOT_SEEN, AlertEvent.CLEARED, None, "driver seen again for 3.0 s (limit 3 s)"),
        (AlertKind.DEGRADED, AlertEvent.RAISED, "dark", "the picture is dark for 3.0 s (limit 3 s)"),
        (AlertKind.DEGRADED, AlertEvent.CLEARED, "dark", "the view is good again for 3.0 s (limit 3 s)"),
        (AlertKind.EMOTION, AlertEvent.RAISED, "anger", "anger for 3.0 s (limit 3 s)"),
        (AlertKind.EMOTION, AlertEvent.CLEARED, "anger", "no more anger for 3.0 s (limit 3 s)"),
    ],
)
def test_an_alert_says_its_evidence(
    kind: AlertKind, event: AlertEvent, detail: str | None, words: str
) -> None:
    assert alert_in_words(alert(kind, event, Severity.NOTICE, detail)) == words


@pytest.mark.parametrize(
    ("kind", "value", "threshold", "window_s", "words"),
    [
        (AlertKind.MICROSLEEP, 2.0, 2.0, 600.0, "microsleep, 2 within 10 min (limit 2)"),
        (AlertKind.DROWSY, 0.0833, 0.08, 60.0, "drowsy, 8 % of 60 s (limit 8 %)"),
    ],
)
def test_a_count_and_a_share_are_told_as_what_they_are(
    kind: AlertKind, value: float, threshold: float, window_s: float, words: str
) -> None:
    told = alert(kind, AlertEvent.RAISED, Severity.NOTICE)
    changed = {"value": value, "threshold": threshold, "window_s": window_s, "unit": "1"}
    evidence = told.evidence.model_copy(update=changed)
    assert alert_in_words(told.model_copy(update={"evidence": evidence})) == words


@pytest.mark.parametrize("cause", DegradedCause)
def test_every_cause_has_words(cause: DegradedCause) -> None:
    assert alert_in_words(alert(AlertKind.DEGRADED, AlertEvent.RAISED, Severity.NOTICE, cause))
    assert state_in_words(state(degraded=cause)).startswith("degraded: ")


def test_the_state_in_one_line() -> None:
    assert state_in_words(state()) == "seen, happy"
    assert state_in_words(state(emotion=None)) == "seen, uncertain"
    assert state_in_words(state(seen=False)) == "driver not seen"


def row(t: float, **values: object) -> dict[str, object]:
    return {
        "t": t,
        "doing": [],
        "covered": 0.0,
        "parameters": {"present": True, "expression": {}},
        "left_ear": 0.3,
        "right_ear": 0.28,
        "inner_lip_ratio": 0.02,
        "yaw_deg": 5.0,
        "pitch_deg": -3.0,
        "roll_deg": 0.0,
        "face_visible": True,
    } | values


def test_truth_is_that_of_the_last_frame_before_and_in_words() -> None:
    angry = {"present": True, "expression": {"anger": 0.9, "fear": 0.2}}
    empty = {"present": False, "expression": {}}
    track = TruthTrack(
        [
            row(0.0, roll_deg=-0.2),
            row(1.0, parameters=angry, doing=["anger"]),
            row(2.0, covered=1.0),
            row(3.0, parameters=empty, yaw_deg=None, doing=["away"]),
        ]
    )
    assert track.at(-0.5) is None
    assert track.at(0.99) == Reading("neutral", "visible", "0.30 0.28", "0.02", "+5° -3° +0°", "drives")
    assert (track.at(1.0) or Reading()).emotion == "anger"
    assert (track.at(2.5) or Reading()).face == "hidden"
    assert track.at(99.0) == Reading(face="nobody there", doing="away")
