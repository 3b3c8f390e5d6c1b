"""Video files, decoded by PyAV: every picture, at its own presentation time."""

import logging
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer

from drivermon.errors import SourceError
from drivermon.events import Frame
from drivermon.messages import Event
from drivermon.sources.decoding import PictureReader, reason_of
from drivermon.sources.source import Clock, Source
from drivermon.sources.timing import DEFAULT_INTERVAL_S, MediaTime, with_gaps
from drivermon.sources.truncation import Ending

DECODER_THREADS = 2

NOT_RECORDINGS = ("tty", "image2", "concat", "lavfi", "hls", "dash")
"""Containers that PyAV would open, but that are text, a picture, or a list of other files."""

logger = logging.getLogger(__name__)


class VideoSource(Source):
    """A video file.

    All pictures that can be decoded are yielded, at the file's own times (rounded to a
    microsecond, not shifted to start at 0), turned as the file says. A damaged stretch in the
    middle is skipped with a warning. A file that ends before its end raises after its last picture.
    """

    clock: Clock = "media"

    def __init__(self, path: Path, name: str) -> None:
        """Open the file.

        Raises:
            SourceError: not a file that holds a video.

        """
        self.name = name
        self.stem = path.stem
        self._container = _open(path)
        self._stream = _stream_of(self._container, path)
        # not by frame: those threads lose the last pictures of a truncated file
        self._stream.thread_type = "SLICE"
        self._stream.thread_count = DECODER_THREADS
        self.frame_count = self._stream.frames or None
        self._ending = Ending(self._container, self._stream)
        self.duration_s = self._ending.duration_s

    def events(self) -> Iterator[Event]:
        """Yield every picture, and gaps where pictures are missing.

        Raises:
            SourceError: no picture can be decoded, or the file is truncated.
            FrameError: a picture is larger than any camera's.

        """
        rate = self._stream.average_rate or self._stream.guessed_rate
        interval_s = float(1 / rate) if rate else DEFAULT_INTERVAL_S
        frames = 0
        for event in with_gaps(self._frames(interval_s), interval_s):
            frames += isinstance(event, Frame)
            yield event
        if not frames:
            raise SourceError(f"{self.name}: no picture can be decoded; the file is damaged, record it again")
        if self._ending.damaged:
            logger.warning("%s: damaged packets skipped: %d", self.name, self._ending.damaged)
        if self._ending.is_truncated():
            counted = f"{frames} of {self.frame_count}" if self.frame_count else str(frames)
            raise SourceError(
                f"{self.name}: truncated: it ends before the end that its header states; "
                f"{counted} pictures were read, copy or record it again for the rest"
            )

    def close(self) -> None:
        """Close the file."""
        self._container.close()

    def _frames(self, interval_s: float) -> Iterator[Frame]:
        time = MediaTime(interval_s, self.name)
        reader = PictureReader(self.name)
        for index, picture in enumerate(self._pictures()):
            # those that the decoder gives up last come without a time base
            t = _seconds(picture.pts, picture.time_base or self._stream.time_base)
            yield Frame(reader.image(picture), time.after(t), index, self.name)

    def _pictures(self) -> Iterator[av.VideoFrame]:
        for packet in self._all_packets():
            if packet is not None:
                self._ending.note_packet(packet)
            try:
                yield from self._stream.decode(packet)
            except av.FFmpegError:
                self._ending.note_damage()

    def _all_packets(self) -> Iterator["av.Packet[av.VideoStream] | None"]:
        """Yield the packets, and `None` after the last one, which makes the decoder give all it holds."""
        try:
            for packet in self._container.demux(self._stream):
                if packet.size:
                    yield packet
        except av.FFmpegError:
            self._ending.note_damage()
        yield None


def _seconds(count: int | None, time_base: Fraction | None) -> float | None:
    return None if count is None or time_base is None else float(count * time_base)


def _open(path: Path) -> InputContainer:
    try:
        # the prefix and the list keep a name or a playlist from opening anything but this file
        container = av.open(f"file:{path}", options={"protocol_whitelist": "file"})
    except av.FFmpegError as error:
        raise SourceError(
            f"{path}: can't be opened as a video: {reason_of(error)}; "
            "it is truncated or of another kind, check it with a video player"
        ) from None
    formats = container.format.name.split(",")
    if any(name in NOT_RECORDINGS or name.endswith("_pipe") for name in formats):
        container.close()
        raise SourceError(
            f"{path}: not a video but {container.format.long_name}; "
            "for pictures give their folder, or use `drivermon classify`"
        )
    return container


def _stream_of(container: InputContainer, path: Path) -> av.VideoStream:
    stream = container.streams.best("video")
    if not isinstance(stream, av.VideoStream):
        container.close()
        raise SourceError(f"{path}: holds no video stream; give a file with pictures")
    return stream
