"""Every setting: its unit, its default, its bounds."""

import hashlib
import ipaddress
import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, FiniteFloat, model_validator

from drivermon.config.alerting import AlertSettings
from drivermon.config.judging import BaselineSettings, DistractionSettings, DrowsinessSettings
from drivermon.config.section import Section, Share, number

Pixels = Annotated[FiniteFloat, Field(ge=1.0, le=100_000.0)]


class CameraSettings(Section):
    """The camera and how it looks at the driver."""

    source: str = Field(
        "0", description="what `drivermon run` watches: camera number, /dev/video0, a stream or a recording"
    )
    width: int = Field(640, ge=16, le=8192, description="px; picture width asked of a camera")
    height: int = Field(480, ge=16, le=8192, description="px; picture height asked of a camera")
    fps: FiniteFloat = number(30.0, 1.0, 240.0, "Hz; frame rate asked of a camera")
    pixel_format: Literal["auto", "MJPG", "YUYV", "GREY", "Y10", "Y16"] = Field(
        "auto", description="pixel format asked of a camera"
    )
    gray_bits: int = Field(
        16,
        ge=8,
        le=16,
        description="significant bits of a 16-bit gray pixel (Y16): many infrared cameras fill only 10 or 12",
    )
    exposure_ms: FiniteFloat = number(
        0.0, 0.0, 1000.0, "ms; fixed exposure of a V4L2 camera; 0 leaves it as the camera has it"
    )
    gain: int = Field(
        -1,
        ge=-1,
        le=65535,
        description="fixed gain of a V4L2 camera, in its own units; -1 leaves it as the camera has it",
    )
    rotate_deg: Literal[0, 90, 180, 270] = Field(
        0, description="degrees clockwise by which the picture is turned upright"
    )
    mirror: bool = Field(False, description="the camera mirrors its picture; it is turned back first")
    horizontal_fov_deg: FiniteFloat = number(
        50.0, 10.0, 170.0, "degrees; horizontal field of view, for head pose"
    )
    intrinsics_px: tuple[Pixels, ...] = Field(
        (),
        description="px; fx, fy, cx, cy of a calibration of the upright picture at width and height, "
        "in place of horizontal_fov_deg; empty: none",
    )
    seat_region: tuple[Share, Share, Share, Share] = Field(
        (0.0, 0.0, 1.0, 1.0),
        description="x, y, width, height as shares of the picture: where the driver's face may be",
    )
    frozen_after_s: FiniteFloat = number(
        0.8, 0.2, 60.0, "seconds of identical pictures after which the camera counts as frozen"
    )
    pictures_fps: FiniteFloat = number(10.0, 0.1, 240.0, "Hz; rate at which a folder of pictures is played")

    @model_validator(mode="after")
    def _whole_calibration(self) -> "CameraSettings":
        if self.intrinsics_px and len(self.intrinsics_px) != 4:
            raise ValueError("intrinsics_px must be the four numbers fx, fy, cx, cy, or empty")
        return self

    @model_validator(mode="after")
    def _region_inside(self) -> "CameraSettings":
        x, y, width, height = self.seat_region
        if width <= 0 or height <= 0 or x + width > 1 + 1e-9 or y + height > 1 + 1e-9:
            raise ValueError("seat_region must have a size and lie inside the picture (0 to 1)")
        return self


class FaceSettings(Section):
    """Finding, following and choosing the driver's face."""

    detector: Literal["network", "hog", "yunet"] = Field(
        "network",
        description="what finds faces: the shipped network, dlib's HOG (published method), or a YuNet file",
    )
    follower: Literal["network", "dlib68"] = Field(
        "network",
        description="what measures the face: the shipped network, or dlib's 68 points (published method)",
    )
    yunet: str = Field("", description="path of the YuNet .onnx file, for detector = yunet")
    landmarks: str = Field(
        "", description="path of a dlib 68-point predictor; empty: the one of face_recognition_models"
    )
    min_size_px: int = Field(
        80, ge=20, le=2000, description="px at 640 px picture width; smallest face searched for"
    )
    search_score: FiniteFloat = number(
        -0.2, -1.0, 3.0, "score that HOG needs to acquire a face, which landmarks must fit too"
    )
    follow_score: FiniteFloat = number(
        -0.3, -1.0, 3.0, "score that HOG needs near the last face, where one is expected"
    )
    coast_s: FiniteFloat = number(0.5, 0.0, 5.0, "seconds for which a face not measured stays a track")

    @model_validator(mode="after")
    def _yunet_named(self) -> "FaceSettings":
        if self.detector == "yunet" and not self.yunet:
            raise ValueError("detector = yunet needs the path of its file in yunet")
        return self


class EmotionSettings(Section):
    """The emotion network and the 50 % rule."""

    enabled: bool = Field(True, description="false: no emotion is inferred at all")
    network: str = Field("emotion", description="name of a shipped network, or path of an ONNX file")
    confidence: FiniteFloat = number(
        0.50, 0.0, 1.0, "a winner must be above this share; exactly at it none wins (published method)"
    )
    leave: FiniteFloat = number(0.45, 0.0, 1.0, "the present emotion is left when it falls below this share")
    min_hold_s: FiniteFloat = number(
        0.4, 0.0, 10.0, "seconds that an emotion is kept at least, also after it fell below leave"
    )
    smoothing_s: FiniteFloat = number(0.4, 0.0, 10.0, "seconds; time constant of the smoothing")
    forget_s: FiniteFloat = number(
        1.0, 0.1, 30.0, "seconds without a measured face after which the emotion is dropped"
    )

    @model_validator(mode="after")
    def _leave_below_enter(self) -> "EmotionSettings":
        if self.leave > self.confidence:
            raise ValueError(f"leave ({self.leave}) must not be above confidence ({self.confidence})")
        return self


class RuntimeSettings(Section):
    """How ONNX Runtime runs the networks."""

    providers: tuple[str, ...] = Field(
        ("CPUExecutionProvider",),
        min_length=1,
        description="execution providers in order of preference, e.g. CUDAExecutionProvider first",
    )
    on_missing_provider: Literal["stop", "cpu"] = Field(
        "stop", description="the first provider can't be used: stop, or go on with the CPU and say so"
    )
    precision: Literal["auto", "int8", "float32"] = Field(
        "auto",
        description="of the shipped networks: int8 is quicker on CPUs, float32 on GPUs; auto: int8 where the "
        "CPU is the first of the providers",
    )
    threads: int = Field(1, ge=1, le=64, description="threads of each network")

    @property
    def int8(self) -> bool:
        """Whether shipped networks are taken in INT8 where there is such a file."""
        on_cpu = self.providers[0] == "CPUExecutionProvider"
        return self.precision == "int8" or (self.precision == "auto" and on_cpu)


class QualitySettings(Section):
    """When the picture as a whole can't show a driver."""

    dark_brightness: FiniteFloat = number(16.0, 0.0, 255.0, "mean gray value under which the picture is dark")
    covered_contrast: FiniteFloat = number(
        8.0,
        0.0,
        128.0,
        "standard deviation of the gray values under which the lens is covered "
        "(covered: about 1; faces by day and infrared: 35 and more)",
    )
    leave_ratio: FiniteFloat = number(
        1.25, 1.0, 10.0, "the limits above times this must be passed before the picture is good again"
    )
    eyes_hidden_s: FiniteFloat = number(
        5.0, 1.0, 8.0, "seconds with a face and no eye to be judged after which the eyes count as hidden"
    )


class BusSettings(Section):
    """Where alerting apps listen, and where the vehicle speaks."""

    endpoint: str = Field(
        "",
        description="ipc://PATH or tcp://HOST:PORT to publish on; empty: bus.sock in the runtime folder",
    )
    signals_endpoint: str = Field(
        "", description="the same, to take vehicle signals on; empty: signals.sock in the runtime folder"
    )
    publish_observations: bool = Field(
        False, description="true: also what is measured in each frame; numbers, never a picture"
    )
    keys: str = Field(
        "", description="folder of `drivermon keys`, for CURVE on tcp; off loopback tcp needs it; empty: none"
    )
    group_access: bool = Field(
        False, description="true: the group of the runtime folder may use the ipc sockets too"
    )
    high_water_mark: int = Field(
        256, ge=16, le=10000, description="messages kept for a subscriber that is behind; more are lost to it"
    )

    @model_validator(mode="after")
    def _no_stranger_listens(self) -> "BusSettings":
        for name in ("endpoint", "signals_endpoint"):
            address = getattr(self, name)
            if address and not _is_endpoint(address):
                raise ValueError(f"{name} = {address!r}: must be ipc:///absolute/path or tcp://HOST:PORT")
            if address.startswith("tcp:") and not self.keys and not _is_loopback(address):
                raise ValueError(f"{name} = {address!r} is open to outsiders; set keys (`drivermon keys`)")
        return self


_ENDPOINT = re.compile(r"ipc:///.*[^/]|tcp://[^\s/]+:(?P<port>\d{1,5})")


def _is_endpoint(text: str) -> bool:
    match = _ENDPOINT.fullmatch(text)
    # ZeroMQ would take a port of 65536 and more, and bind another one
    return match is not None and int(match["port"] or 0) < 65536


def _is_loopback(endpoint: str) -> bool:
    host = endpoint.removeprefix("tcp://").rpartition(":")[0].strip("[]")
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class CanSettings(Section):
    """Vehicle signals from a CAN bus, with the extra `can` installed."""

    interface: str = Field("", description="python-can's interface, e.g. socketcan; empty: no CAN")
    channel: str = Field("can0", description="channel of the interface")
    database: str = Field("", description="path of the DBC file that describes the messages")
    signals: tuple[str, ...] = Field(
        (), description="which to take, as NAME=MESSAGE.SIGNAL, e.g. speed=Motion.Speed"
    )

    @model_validator(mode="after")
    def _complete(self) -> "CanSettings":
        wrong = [text for text in self.signals if not _CAN_SIGNAL.fullmatch(text)]
        if wrong:
            raise ValueError(f"signals: {wrong[0]!r} must be NAME=MESSAGE.SIGNAL, e.g. speed=Motion.Speed")
        if self.interface and not (self.database and self.signals):
            raise ValueError("interface needs a database and at least one of signals")
        return self


_CAN_SIGNAL = re.compile(r"\w+=\w+\.\w+")


class LoggingSettings(Section):
    """What is written about the daemon itself; never a landmark or a probability."""

    level: Literal["debug", "info", "warning", "error"] = Field("info", description="least level written")
    json_lines: bool = Field(False, description="one JSON object a line instead of text")
    repeat_s: FiniteFloat = number(10.0, 0.0, 3600.0, "seconds for which the same message is written once")


class Settings(Section):
    """The whole configuration."""

    camera: CameraSettings = CameraSettings()
    face: FaceSettings = FaceSettings()
    emotion: EmotionSettings = EmotionSettings()
    runtime: RuntimeSettings = RuntimeSettings()
    quality: QualitySettings = QualitySettings()
    baseline: BaselineSettings = BaselineSettings()
    drowsiness: DrowsinessSettings = DrowsinessSettings()
    distraction: DistractionSettings = DistractionSettings()
    alerts: AlertSettings = AlertSettings()
    bus: BusSettings = BusSettings()
    can: CanSettings = CanSettings()
    logging: LoggingSettings = LoggingSettings()

    def digest(self) -> str:
        """SHA-256 of everything that can change a decision; bus, CAN, logging and the camera's name can't."""
        text = self.model_dump_json(exclude={"bus": True, "can": True, "logging": True, "camera": {"source"}})
        return hashlib.sha256(text.encode()).hexdigest()


def leaves(section: BaseModel, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (dotted key, value) of every setting, in the order of the source."""
    for name in type(section).model_fields:
        value = getattr(section, name)
        if isinstance(value, BaseModel):
            yield from leaves(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value
