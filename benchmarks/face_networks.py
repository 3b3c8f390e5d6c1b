"""The face networks beside dlib's path and MediaPipe's mesh, on the same frames of the same clips.

python benchmarks/face_networks.py CLIPS DETECTOR.onnx FOLLOWER.onnx [PYTHON]

CLIPS is the folder of clips with their labels.csv; PYTHON is the interpreter of an environment of its
own with mediapipe 0.10.21, which is left out without it. Times are CPU time of one thread.
"""

import csv
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from drivermon.config import DrowsinessSettings, EmotionSettings, FaceSettings, RuntimeSettings, Settings
from drivermon.events import Frame
from drivermon.perception import open_perceiver
from drivermon.perception.face_detector import NetworkDetector
from drivermon.perception.face_track import FaceTrack
from drivermon.perception.follower import FaceFollower
from drivermon.perception.follower_finder import FollowerFinder

DRIVERS = ("driver_yawn_glasses", "driver_talking", "driver_eating", "cabin_eyes_closed", "cabin_head_turns")
OTHERS = ("no_face", "driver_from_behind")
SEEN, SHUT = DrowsinessSettings().visible, 0.4
"""An eye is called visible from this score on, shut below this share of the clip's median eye."""


@dataclass(frozen=True, slots=True)
class Row:
    """One frame: apertures and mouth are None where no face is found, or an eye can't be judged."""

    t: float
    spent_ms: float
    found: bool
    right_eye: float | None = None
    left_eye: float | None = None
    mouth: float | None = None
    yaw_deg: float | None = None

    @property
    def eye(self) -> float | None:
        """Mean of the eyes that can be judged."""
        eyes = [eye for eye in (self.right_eye, self.left_eye) if eye is not None]
        return sum(eyes) / len(eyes) if eyes else None


Rows = dict[str, list[Row]]
Step = Callable[[NDArray[np.uint8], float], Row]


def frames(clip: Path) -> Iterator[tuple[NDArray[np.uint8], float]]:
    """Read a clip."""
    video = cv2.VideoCapture(str(clip))
    fps = video.get(cv2.CAP_PROP_FPS)
    index = 0
    while True:
        read, image = video.read()
        if not read:
            return
        yield np.asarray(image, np.uint8), index / fps
        index += 1


def ours(detector: Path, follower: Path) -> Callable[[], Step]:
    """Make the path of the two networks."""
    settings = RuntimeSettings()
    networks = NetworkDetector(detector, settings), FaceFollower(follower, settings)

    def begin() -> Step:
        finder = FollowerFinder(*networks, FaceTrack(), {})

        def step(image: NDArray[np.uint8], t: float) -> Row:
            began = time.process_time()
            face = finder.find(image, t)
            spent_ms = 1000 * (time.process_time() - began)
            if face is None or face.measured is None:
                return Row(t, spent_ms, found=False)
            measured = face.measured
            left, right = (
                aperture if visible >= SEEN else None
                for aperture, visible in zip(measured.eyes, measured.eyes_visible, strict=True)
            )
            return Row(t, spent_ms, True, right, left, measured.mouth, measured.pose.yaw_deg)

        return step

    return begin


def dlib_path() -> Step:
    """Make the path of HOG and 68 points."""
    face = FaceSettings(detector="hog", follower="dlib68")
    perceiver = open_perceiver(Settings(face=face, emotion=EmotionSettings(enabled=False)))

    def step(image: NDArray[np.uint8], t: float) -> Row:
        began = time.process_time()
        face = perceiver.perceive(Frame(image, t, 0, "clip")).face
        spent_ms = 1000 * (time.process_time() - began)
        if face is None:
            return Row(t, spent_ms, found=False)
        left, right = face.eyes or (None, None)
        return Row(t, spent_ms, True, right, left, face.mouth, face.pose.yaw_deg if face.pose else None)

    return step


def measure(clips: list[Path], begin: Callable[[], Step]) -> Rows:
    """Run one path over all clips."""
    rows: Rows = {}
    for clip in clips:
        step = begin()
        rows[clip.stem] = [step(image, t) for image, t in frames(clip)]
    return rows


def mediapipe(clips: list[Path], python: str) -> Rows:
    """Run MediaPipe's mesh over all clips, in its own environment."""
    script = Path(__file__).with_name("mediapipe_on_clips.py")
    rows: Rows = {clip.stem: [] for clip in clips}
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "rows.csv"
        command = [python, str(script), str(out), *(str(clip) for clip in clips)]
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL)  # noqa: S603
        with out.open(encoding="utf-8") as file:
            for clip, t, spent_ms, found, *values in csv.reader(file):
                right, left, mouth, yaw = (float(value) if value else None for value in values)
                row = Row(float(t), float(spent_ms), found == "1", right, left, mouth, yaw)
                rows[Path(clip).stem].append(row)
    return rows


def within(rows: list[Row], spans: list[tuple[float, float]], margin_s: float = 0.15) -> list[bool]:
    """Say for each row whether it lies well inside one of the spans."""
    return [any(start + margin_s <= row.t <= end - margin_s for start, end in spans) for row in rows]


def separation(low: list[float], high: list[float]) -> float:
    """Probability that one of `high` is above one of `low` (area under the ROC curve)."""
    if not low or not high:
        return float("nan")
    below, above = np.array(low)[:, None], np.array(high)[None]
    return float((above > below).mean() + 0.5 * (above == below).mean())


def spans(folder: Path) -> dict[tuple[str, str], list[tuple[float, float]]]:
    """Read the labelled events by clip and kind."""
    events: dict[tuple[str, str], list[tuple[float, float]]] = {}
    with (folder / "labels.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            key = Path(row["clip"]).stem, row["event"]
            events.setdefault(key, []).append((float(row["start_s"]), float(row["end_s"])))
    return events


def eye_figures(rows: Rows, events: dict[tuple[str, str], list[tuple[float, float]]]) -> str:
    """Shut and open eyes of `cabin_eyes_closed`; blinks count for neither."""
    clip = rows["cabin_eyes_closed"]
    shut = within(clip, events["cabin_eyes_closed", "eyes_closed"])
    closing = events["cabin_eyes_closed", "eyes_closed"] + events["cabin_eyes_closed", "blink"]
    near = within(clip, closing, margin_s=-0.2)
    low = [row.eye for row, inside in zip(clip, shut, strict=True) if inside and row.eye is not None]
    high = [row.eye for row, closed in zip(clip, near, strict=True) if not closed and row.eye is not None]
    if not low or not high:
        return "eyes not measured"
    ratio = np.median(low) / np.median(high)
    return (
        f"shut {np.median(low):.3f} of {np.median(high):.3f} open ({ratio:.2f}), "
        f"AUC {separation(low, high):.3f}, shut judged in {len(low)} of {sum(shut)} frames"
    )


def mouth_figures(rows: Rows, events: dict[tuple[str, str], list[tuple[float, float]]]) -> str:
    """The yawn of `driver_yawn_glasses` against the speech of `driver_talking`."""
    clip = rows["driver_yawn_glasses"]
    inside = within(clip, events["driver_yawn_glasses", "yawn"], margin_s=0.5)
    yawn = [row.mouth for row, yes in zip(clip, inside, strict=True) if yes and row.mouth is not None]
    speech = [row.mouth for row in rows["driver_talking"] if row.mouth is not None]
    found = np.mean([row.found for row, yes in zip(clip, inside, strict=True) if yes])
    if not yawn or not speech:
        return "mouth not measured"
    return (
        f"yawn median {np.median(yawn):.2f} (found in {found:.0%}), speech max {max(speech):.2f}, "
        f"p99 {np.percentile(speech, 99):.2f}, AUC {separation(speech, yawn):.3f}"
    )


def shut_share(rows: list[Row]) -> str:
    """Share of the frames in which both judged eyes are called shut, against the clip's own median."""
    eyes = [row.eye for row in rows if row.eye is not None]
    if not eyes:
        return "-"
    return f"{np.mean(np.array(eyes) < SHUT * np.median(eyes)):.1%}"


def show(name: str, rows: Rows, events: dict[tuple[str, str], list[tuple[float, float]]]) -> None:
    """Print what one path measured."""
    print(f"\n## {name}")
    for clip, measured in rows.items():
        found = np.mean([row.found for row in measured])
        judged = np.mean([row.eye is not None for row in measured])
        spent = np.median([row.spent_ms for row in measured])
        print(
            f"{clip:22} face {found:6.1%}  an eye judged {judged:6.1%}  called shut "
            f"{shut_share(measured):>6}  {spent:.2f} ms"
        )
    print(f"eyes: {eye_figures(rows, events)}")
    print(f"mouth: {mouth_figures(rows, events)}")


def main() -> None:
    """Measure each path and print it."""
    cv2.setNumThreads(1)
    folder, detector, follower = (Path(argument) for argument in sys.argv[1:4])
    clips = [path for name in (*DRIVERS, *OTHERS) for path in sorted(folder.glob(f"{name}.*"))]
    events = spans(folder)
    show("ours", measure(clips, ours(detector, follower)), events)
    show("dlib: HOG and 68 points", measure(clips, dlib_path), events)
    if len(sys.argv) > 4:
        show("MediaPipe attention mesh", mediapipe(clips, sys.argv[4]), events)


if __name__ == "__main__":
    main()
