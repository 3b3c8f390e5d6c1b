"""The demo's screen: what is seen, what is made of it, what is true, what was said."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from drivermon.cli.display.bars import probability_bars
from drivermon.cli.display.lines import alert_line, state_line
from drivermon.cli.display.picture import PictureView, fitted
from drivermon.events import Frame
from drivermon.messages import Alert, DriverState, Observation

MIN_COLUMNS, MIN_ROWS = 60, 22
"""In a smaller terminal the screen is cut off."""

_SIDE_COLUMNS, _SIDE_COLUMNS_MAX = 34, 56
_SIDE_ROWS = 16
_LOG_ROWS = 3
_FRAME_ROWS = 3  # title, rule, last line


@dataclass(frozen=True, slots=True)
class Reading:
    """One column of the comparison, in words; empty where there is nothing to say.

    Attributes:
        emotion: its name.
        face: seen or not.
        eyes: eye aspect ratios, the driver's own left eye first.
        mouth: inner-lip ratio.
        head: yaw, pitch, roll in degrees.
        doing: what the driver does; only the truth knows it.

    """

    emotion: str = ""
    face: str = ""
    eyes: str = ""
    mouth: str = ""
    head: str = ""
    doing: str = ""


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that one drawing shows.

    Attributes:
        t: s into the drive.
        duration_s: of the drive, `None` when that is not known.
        frame: the last picture, `None` before the first.
        observation: what was measured in it.
        state: what it means.
        truth: what is true, `None` where nobody knows.
        alerts: all so far, oldest first.
        limit: the share that a winning emotion must pass.
        pace: words on speed: frames a second, time a frame, frames left out.

    """

    t: float
    duration_s: float | None
    frame: Frame | None
    observation: Observation | None
    state: DriverState
    truth: Reading | None
    alerts: Sequence[Alert]
    limit: float
    pace: str


def screen(scene: Scene, columns: int, rows: int) -> RenderableType:
    """Lay the scene out on `columns` x `rows` characters."""
    log_rows = max(_LOG_ROWS, min(rows // 4, rows - _SIDE_ROWS - _FRAME_ROWS))
    middle_rows = max(rows - log_rows - _FRAME_ROWS, _SIDE_ROWS)
    picture, width = _picture(scene, columns - _SIDE_COLUMNS - 2, middle_rows)
    side = _side(scene, min(columns - width - 2, _SIDE_COLUMNS_MAX))
    middle = Table.grid(padding=(0, 2, 0, 0))
    middle.add_row(picture, Group(*side, *[Text()] * (middle_rows - len(side))))
    return Group(
        _title(scene, columns),
        middle,
        Rule(style="bright_black"),
        *_log(scene.alerts, log_rows),
        Text("q quits", "bright_black"),
    )


def measured(observation: Observation | None, state: DriverState) -> Reading:
    """Say what was measured, in the words of the comparison."""
    face = observation.face if observation else None
    if face is None:
        return Reading(emotion=state.emotion or "–", face="not seen")
    eyes, pose = face.eyes, face.pose
    return Reading(
        emotion=state.emotion or "uncertain",
        face="seen",
        eyes=pair(eyes.left, eyes.right) if eyes else "–",
        mouth=number(face.mouth),
        head=angles(pose.yaw, pose.pitch, pose.roll) if pose else "–",
    )


def number(value: float | None) -> str:
    """Return a ratio with two decimals, or a dash."""
    return "–" if value is None else f"{value:.2f}"


def pair(left: float | None, right: float | None) -> str:
    """Return two ratios, the driver's own left eye first."""
    return f"{number(left)} {number(right)}"


def angles(yaw: float, pitch: float, roll: float) -> str:
    """Return yaw, pitch and roll in whole degrees."""
    return f"{round(yaw):+d}° {round(pitch):+d}° {round(roll):+d}°"


def _title(scene: Scene, columns: int) -> Text:
    title = Text("drivermon", "bold")
    clock = f"{scene.t:5.1f} s" + (f" of {scene.duration_s:.0f} s" if scene.duration_s else "")
    title.append(f"  {clock}", "default")
    room = columns - len(title) - len(scene.pace)
    title.append(" " * max(1, room) + scene.pace, "bright_black")
    return title


def _picture(scene: Scene, columns: int, rows: int) -> tuple[RenderableType, int]:
    """Return the picture, or words where there is none, and its width."""
    if scene.frame is None:
        return Text("no picture yet".ljust(columns), "bright_black"), columns
    image, seen = scene.frame.image, scene.observation
    width, height = fitted(image.shape[1], image.shape[0], columns, rows)
    face = seen.face.box if seen and seen.face else None
    return PictureView(image, width, height, face, seen.track if seen else None), width


def _side(scene: Scene, columns: int) -> list[RenderableType]:
    """Return what stands beside the picture, `_SIDE_ROWS` lines."""
    state = scene.state
    shares = state.probabilities.vector() if state.probabilities else None
    doing = f"  truth: {scene.truth.doing}" if scene.truth else ""
    return [
        state_line(state),
        Text(doing[:columns], "cyan"),
        *probability_bars(shares, state.emotion, scene.limit, columns),
        Text(),
        *_comparison(measured(scene.observation, state), scene.truth),
    ]


def _comparison(seen: Reading, truth: Reading | None) -> list[Text]:
    lines = [Text(f"{'':9}{'measured':<15}{'truth' if truth else ''}", "bright_black")]
    for name in ("emotion", "face", "eyes", "mouth", "head"):
        line = Text(f"{name:<9}", "bright_black").append(f"{getattr(seen, name):<15}", "default")
        lines.append(line.append(getattr(truth, name), "cyan") if truth else line)
    return lines


def _log(alerts: Sequence[Alert], rows: int) -> Iterable[Text]:
    lines = [alert_line(alert) for alert in alerts[-rows:]] or [Text("no alert so far", "bright_black")]
    return lines + [Text()] * (rows - len(lines))
