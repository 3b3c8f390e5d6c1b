"""From what a person writes to a source: one table of schemes, one error that lists it."""

import os
import re
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from drivermon.config import CameraSettings, Settings
from drivermon.errors import SourceError
from drivermon.sources.controls import MANUAL_EXPOSURE
from drivermon.sources.frozen import with_frozen
from drivermon.sources.live import LiveSource
from drivermon.sources.orientation import upright
from drivermon.sources.pictures import PICTURE_SUFFIXES, PictureFolder
from drivermon.sources.readers import SILENCE_S, PipeReader, ProcessReader, Reader, ThreadReader
from drivermon.sources.reading import OPENCV_Y10, Target
from drivermon.sources.recorded import RecordedSource
from drivermon.sources.signals import signals_beside, with_signals
from drivermon.sources.simulated import SimulatedSource
from drivermon.sources.source import Source, Stage, StagedSource
from drivermon.sources.video import VideoSource

CAMERA_DEVICES = "/dev/video"

SILENT_PICTURES = 3
"""A slow camera counts as hung only when so many pictures in a row have not come."""

RTSP_OPTIONS = {"rtsp_transport": "tcp"}
"""Over TCP, or a lost packet would tear pictures."""

V4L2_FORMATS = {
    "MJPG": "mjpeg",
    "YUYV": "yuyv422",
    "GREY": "gray",
    "Y16": "gray16le",
}
"""Names of the settings and of FFmpeg for the same pixel formats; Y10 it does not read."""

Y10, Y10_BITS = "Y10", 10


@dataclass(frozen=True, slots=True)
class _Scheme:
    example: str
    meaning: str
    open: Callable[[str, str, Settings], Source]
    """From the part after the colon, the whole name and the settings."""


def open_source(uri: str, config: Settings) -> Source:
    """Open whatever `uri` names.

    A file or folder is told by what it is; the schemes are in `SCHEMES`. `camera.rotate_deg`,
    `camera.mirror` and `camera.frozen_after_s` hold for every source of pictures but the
    simulation, and vehicle signals beside a recording are merged in. A camera or stream is opened when its
    events are asked for, and again whenever it is lost.

    Raises:
        SourceError: nothing there, not readable, empty, or of a kind that isn't understood.

    """
    scheme, colon, rest = uri.partition(":")
    exists = os.path.exists(uri)
    if colon and scheme.lower() in SCHEMES and not exists:
        return SCHEMES[scheme.lower()].open(rest, uri, config)
    if (uri.isdecimal() or uri.startswith(CAMERA_DEVICES)) and not exists:
        # a camera may come later than the daemon
        return _open_camera(uri, uri, config)
    return _open_path(uri, config)


def understood() -> str:
    """Return what `open_source` understands, in words."""
    schemes = [f"{scheme.example} ({scheme.meaning})" for scheme in SCHEMES.values()]
    return "; ".join(["a video file", "a folder of pictures", "recorded observations (.jsonl)", *schemes])


def _open_path(name: str, config: Settings) -> Source:
    path = Path(name)
    try:
        mode = os.stat(name).st_mode
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        shown = without_secrets(name)
        raise SourceError(f"{shown}: can't be opened: {reason}; understood are: {understood()}") from None
    if stat.S_ISCHR(mode):
        return _open_camera(name, name, config)
    if stat.S_ISFIFO(mode):
        return _live(PipeReader(name, name, config.camera.gray_bits), name, path.stem, config)
    if stat.S_ISDIR(mode):
        stages = [*_picture_stages(config), _signals_stage(path)]
        return StagedSource(PictureFolder(path, name, config.camera.pictures_fps), stages)
    if not stat.S_ISREG(mode):
        raise SourceError(f"{name}: neither file nor folder; understood are: {understood()}")
    if path.stat().st_size == 0:
        raise SourceError(f"{name}: the file is empty (0 bytes); copy or record it again")
    suffix = path.suffix.lower()
    if suffix == ".jsonl":
        return RecordedSource(path, name)
    if suffix in PICTURE_SUFFIXES:
        raise SourceError(f"{name}: a single picture; use `drivermon classify`, or give the folder it is in")
    stages = [*_picture_stages(config), _signals_stage(path)]
    return StagedSource(VideoSource(path, name), stages)


def _open_camera(text: str, name: str, config: Settings) -> Source:
    device = f"{CAMERA_DEVICES}{text}" if text.isdecimal() else text
    camera = config.camera
    options = {"video_size": f"{camera.width}x{camera.height}", "framerate": f"{camera.fps:g}"}
    if camera.pixel_format == Y10:
        target = Target(device, OPENCV_Y10, options, _controls(camera), Y10_BITS)
    else:
        if camera.pixel_format != "auto":
            options["input_format"] = V4L2_FORMATS[camera.pixel_format]
        target = Target(device, "v4l2", options, _controls(camera), camera.gray_bits)
    reader = ProcessReader(target, name, silence_s=max(SILENCE_S, SILENT_PICTURES / camera.fps))
    return _live(reader, name, Path(device).name, config)


def _controls(camera: CameraSettings) -> dict[str, int]:
    """Return what is to be set on the device, in its own units; the automatics are switched off first."""
    controls: dict[str, int] = {}
    if camera.exposure_ms > 0:
        controls |= {"exposure_mode": MANUAL_EXPOSURE, "exposure": max(1, round(camera.exposure_ms * 10))}
    if camera.gain >= 0:
        controls |= {"gain_mode": 0, "gain": camera.gain}
    return controls


def _open_stream(_: str, name: str, config: Settings) -> Source:
    public = without_secrets(name)
    options = RTSP_OPTIONS if name.lower().startswith("rtsp") else {}
    return _live(ThreadReader(Target(name, None, options), public), public, _stem_of(name), config)


def _open_simulation(text: str, name: str, _: Settings) -> Source:
    return SimulatedSource(text, name)


SCHEMES: dict[str, _Scheme] = {
    "sim": _Scheme("sim:NAME", "simulated drive, by name or path of its script", _open_simulation),
    "v4l2": _Scheme("v4l2:/dev/video0", "camera; also /dev/video0 or 0", _open_camera),
    "rtsp": _Scheme("rtsp://HOST/PATH", "network camera", _open_stream),
    "rtsps": _Scheme("rtsps://HOST/PATH", "the same, encrypted", _open_stream),
    "http": _Scheme("http://HOST/PATH", "stream, e.g. MJPEG", _open_stream),
    "https": _Scheme("https://HOST/PATH", "the same, encrypted", _open_stream),
}


def _live(reader: Reader, name: str, stem: str, config: Settings) -> Source:
    return StagedSource(LiveSource(reader, name, stem), _picture_stages(config, live=True))


def _picture_stages(config: Settings, live: bool = False) -> list[Stage]:
    camera: CameraSettings = config.camera
    stages: list[Stage] = [lambda events: with_frozen(events, camera.frozen_after_s, not live)]
    if camera.rotate_deg or camera.mirror:
        stages.append(lambda events: upright(events, camera.rotate_deg, camera.mirror))
    return stages


def _signals_stage(recording: Path) -> Stage:
    signals = signals_beside(recording)
    return lambda events: with_signals(events, signals)


def without_secrets(name: str) -> str:
    """Return an address without user, password and query, in which some cameras want their password.

    What is no address comes back as it is.
    """
    if "://" not in name:
        return name
    return re.sub(r"(?<=://)[^/]*@|[?#].*", "", name, flags=re.DOTALL)


def _stem_of(url: str) -> str:
    parts = urlsplit(url)
    return re.sub(r"[^\w.-]+", "_", f"{parts.hostname}{parts.path}").strip("_")
