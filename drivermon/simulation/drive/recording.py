"""A drive to files: video, truth, events, vehicle signals and a contact sheet."""

import gzip
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2

from drivermon.errors import OutputError
from drivermon.simulation.drive.contact_sheet import ContactSheet
from drivermon.simulation.drive.labels import labels, write_labels
from drivermon.simulation.drive.playing import shots
from drivermon.simulation.drive.schedule import frame_times, signals
from drivermon.simulation.drive.timeline import Timeline
from drivermon.simulation.drive.truth_rows import dump_row, truth_row
from drivermon.simulation.drive.video import VideoWriter
from drivermon.simulation.script.model import Script

SUFFIXES = (".mp4", ".mkv", ".mov")
USUAL_CRF = 23.0


@dataclass(frozen=True, slots=True)
class Recording:
    """The files of a recorded drive; all share the stem of the video.

    Attributes:
        video: H.264, the frames' own times; nothing while the camera has no picture.
        truth: one JSON object for each frame.
        events: what happens, as labelled intervals.
        signals: one JSON object for each vehicle signal, read along by every source of recordings.
        sheet: about twenty moments on one page.

    """

    video: Path
    truth: Path
    events: Path
    signals: Path
    sheet: Path

    @classmethod
    def beside(cls, video: Path, *, packed: bool = False) -> "Recording":
        """Name all files after the video's path; `packed` truth is gzipped.

        Raises:
            OutputError: not the name of a video, or no such folder.

        """
        if video.suffix.lower() not in SUFFIXES:
            raise OutputError(
                f"{video}: name the video {video.stem or 'drive'}.mp4 (or {', '.join(SUFFIXES[1:])})"
            )
        if not video.parent.is_dir():
            raise OutputError(f"{video}: the folder {video.parent} does not exist; make it first")
        stem = video.with_suffix("")

        def named(ending: str) -> Path:
            return stem.with_name(stem.name + ending)

        truth = named(".truth.jsonl.gz" if packed else ".truth.jsonl")
        return cls(video, truth, named(".events.csv"), named(".signals.jsonl"), named(".png"))


def record(
    script: Script,
    files: Recording,
    *,
    fps: float | None = None,
    jobs: int = 1,
    crf: float = USUAL_CRF,
    progress: Callable[[int, int], None] | None = None,
) -> int:
    """Render a drive into `files` and return the number of frames.

    Args:
        script: the drive.
        files: where to.
        fps: in place of the script's own.
        jobs: processes that render; the result is the same for any number.
        crf: quality of the video, see `VideoWriter`.
        progress: called with the frames done and all frames.

    Raises:
        SimulationError: `fps` out of range.
        OutputError: a file can't be written.

    """
    timeline = Timeline(script)
    count = len(frame_times(timeline, fps))
    if count == 0:
        raise OutputError(f"{files.video}: the drive {script.name} has no frame, so no video can be made")
    sheet = ContactSheet(timeline)
    camera = script.camera
    rows = []
    with VideoWriter(files.video, camera.width, camera.height, fps or script.fps, crf) as video:
        for shot in shots(timeline, fps, jobs):
            video.write(shot.image, shot.t)
            sheet.add(shot.image, shot.t)
            rows.append(dump_row(truth_row(shot)))
            if progress is not None:
                progress(shot.index + 1, count)
    try:
        truth = "".join(rows).encode()
        files.truth.write_bytes(gzip.compress(truth, mtime=0) if files.truth.suffix == ".gz" else truth)
        write_labels(files.events, files.video.name, labels(timeline))
        files.signals.write_text(
            "".join(dump_row({"t": s.t, "name": s.name, "value": s.value}) for s in signals(timeline)),
            "utf-8",
        )
        _, png = cv2.imencode(".png", sheet.draw())
        files.sheet.write_bytes(png.tobytes())
    except OSError as error:
        raise OutputError(f"{error.filename or files.video}: can't write: {error.strerror}") from None
    return count
