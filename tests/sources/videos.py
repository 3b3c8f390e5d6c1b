"""Tiny videos and pictures that the tests write for themselves."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from drivermon.events import Frame, Gap
from drivermon.messages import Event

Image = NDArray[np.uint8]

WIDTH, HEIGHT = 64, 48


def picture(number: int, width: int = WIDTH, height: int = HEIGHT) -> Image:
    """A BGR picture that differs for each number and has a bright upper left corner."""
    rng = np.random.default_rng(number)
    image = rng.integers(0, 100, (height, width, 3), dtype=np.uint8)
    image[: height // 3, : width // 3] = 255
    return image


def write_video(
    path: Path,
    times_ms: Sequence[int],
    *,
    pictures: Iterable[Image] | None = None,
    codec: str = "libx264",
    pixel_format: str = "yuv420p",
    rotation_deg: int | None = None,
    hflip: bool = False,
    container_options: dict[str, str] | None = None,
) -> None:
    """Write one picture at each time; the stream's time base is a millisecond."""
    images = list(pictures) if pictures is not None else [picture(number) for number in range(len(times_ms))]
    with av.open(str(path), "w", options=container_options or {}) as container:
        stream: Any = container.add_stream(codec, rate=1000)
        stream.height, stream.width = images[0].shape[:2]
        stream.pix_fmt = pixel_format
        if codec == "libx264":
            stream.options = {"preset": "ultrafast", "g": "5"}
        if rotation_deg is not None:
            stream.set_display_rotation(rotation_deg, hflip=hflip)
        for time_ms, image in zip(times_ms, images, strict=True):
            frame = av.VideoFrame.from_ndarray(image, format="bgr24" if image.ndim == 3 else "gray")
            frame.pts = time_ms
            container.mux(stream.encode(frame.reformat(format=pixel_format)))
        container.mux(stream.encode(None))


def steady(count: int, step_ms: int = 33) -> list[int]:
    """Times of `count` pictures, one every `step_ms`."""
    return [number * step_ms for number in range(count)]


def frames_of(events: Iterable[Event]) -> list[Frame]:
    return [event for event in events if isinstance(event, Frame)]


def gaps_of(events: Iterable[Event]) -> list[Gap]:
    return [event for event in events if isinstance(event, Gap)]
