"""Whether a video file ends where its header says."""

import re
from fractions import Fraction

import av
from av.container import InputContainer

SHORT_BY_S = 0.5
"""A file whose last picture ends this much before the stated end is truncated."""

EXACT_COUNTS = "mov"
"""The family of containers (MP4, MOV) whose header counts the packets; AVI counts skipped ones too."""


class Ending:
    """Follows the packets of a stream to its end.

    Attributes:
        duration_s: as the header states it, or `None`.
        damaged: number of packets that could not be decoded.

    """

    def __init__(self, container: InputContainer, stream: av.VideoStream) -> None:
        """Read what the header states."""
        self.duration_s = _stated_s(container, stream)
        self.damaged = 0
        self._packets = 0
        self._expected_packets = stream.frames if EXACT_COUNTS in container.format.name.split(",") else 0
        self._end_s = 0.0
        self._broken_off = False

    def note_packet(self, packet: "av.Packet[av.VideoStream]") -> None:
        """Take in the next packet."""
        self._packets += 1
        self._broken_off = packet.is_corrupt
        if packet.pts is not None and packet.time_base is not None:
            self._end_s = max(self._end_s, float((packet.pts + (packet.duration or 0)) * packet.time_base))

    def note_damage(self) -> None:
        """Take in that the last packet could not be decoded, or that none can be read after it."""
        self.damaged += 1
        self._broken_off = True

    def is_truncated(self) -> bool:
        """Say, after the last packet, whether something is missing at the end."""
        missing = self._packets < self._expected_packets
        return self._broken_off or missing or self._end_s < (self.duration_s or 0.0) - SHORT_BY_S


def _stated_s(container: InputContainer, stream: av.VideoStream) -> float | None:
    stated: list[Fraction] = []
    if stream.duration is not None and stream.time_base is not None:
        stated.append(stream.duration * stream.time_base)
    if container.format.name == "avi" and stream.average_rate:
        # PyAV measures the duration of an AVI file by its size, by which a truncated one looks whole
        stated.append(stream.frames / stream.average_rate)
    # Matroska keeps the length of a stream as a tag
    tag = re.fullmatch(r"(\d+):(\d+):(\d+\.?\d*)", stream.metadata.get("DURATION", ""))
    if tag:
        stated.append(int(tag[1]) * 3600 + int(tag[2]) * 60 + Fraction(tag[3]))
    if not stated and container.duration is not None and len(container.streams) == 1:
        # of the longest stream, so it says nothing where there are several
        stated.append(Fraction(container.duration, av.time_base))
    return float(max(stated)) if stated else None
