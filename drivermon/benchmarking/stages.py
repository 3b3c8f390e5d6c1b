"""What each stage of the corridor costs, one after another in this process, on the daemon's own pictures."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from statistics import median
from typing import Any, Final, Literal, ParamSpec, TypeVar

import av
import numpy as np
from numpy.typing import NDArray

from drivermon.benchmarking.pictures import FPS
from drivermon.benchmarking.spread import Spread, spread
from drivermon.bus.publisher import Publisher
from drivermon.config import Settings
from drivermon.events import Frame
from drivermon.messages import Digests
from drivermon.perception import Perceiver, to_observation
from drivermon.perception.alignment import align
from drivermon.perception.eyes import measure_eyes
from drivermon.perception.face_path import open_detector, open_follower, open_landmarks
from drivermon.perception.follower import FollowedFace
from drivermon.perception.head_pose import lens_of, measure_pose
from drivermon.perception.landmarks import FaceShape, square_of_points
from drivermon.perception.mouth import measure_mouth
from drivermon.perception.perceiver import open_emotion
from drivermon.perception.quality import measure_quality
from drivermon.pipeline import Pipeline
from drivermon.sources.decoding import PictureReader

PICTURES: Final = 300
"""Ten seconds' worth: the 99th percentile stands on three of them, which tells what to look at, no more."""

WARM_UP: Final = 5
"""Pictures before anything counts: caches, and pools of memory that grow once."""

SEARCH_EVERY: Final = 10
"""Pictures: a search of the whole is slow, and all take alike."""

Part = Literal["frame", "inside", "sometimes", "sum"]

Arguments = ParamSpec("Arguments")
Returned = TypeVar("Returned")


@dataclass(frozen=True, slots=True)
class Stage:
    """How long one stage takes.

    Attributes:
        name: of the stage.
        part: `frame` for what every picture goes through, `sometimes` for what few do, `inside`
            for what another stage contains, `sum` for all of them.
        took: spread of its durations.
        cpu_ms: median of the CPU time of the thread that ran it: what it would take undisturbed, as
            long as networks have one thread.

    """

    name: str
    part: Part
    took: Spread
    cpu_ms: float


PARTS: Final[dict[str, Part]] = {
    "decode": "frame",
    "locate": "frame",
    "  follow the last face": "inside",
    "  landmarks": "inside",
    "  search the whole picture": "sometimes",
    "measure": "frame",
    "  alignment": "inside",
    "  emotion": "inside",
    "  head pose": "inside",
    "  eyes and mouth": "inside",
    "  quality of the picture": "inside",
    "observation": "frame",
    "interpretation and alerts": "frame",
    "envelopes and JSON": "frame",
    "all of a picture": "sum",
}
"""In the order of the corridor, what is inside a stage below it."""


class Stopwatch:
    """Times what happens, by name.

    Attributes:
        took_s: how long it took each time.
        cpu_s: how much CPU time of this thread.

    """

    def __init__(self) -> None:
        self.took_s: dict[str, list[float]] = defaultdict(list)
        self.cpu_s: dict[str, list[float]] = defaultdict(list)

    @contextmanager
    def timing(self, name: str) -> Iterator[None]:
        """Note how long what is done within takes."""
        begun, cpu_begun = time.perf_counter(), time.thread_time()
        yield
        self.cpu_s[name].append(time.thread_time() - cpu_begun)
        self.took_s[name].append(time.perf_counter() - begun)

    def time(
        self, name: str, call: Callable[Arguments, Returned], *args: Arguments.args, **more: Arguments.kwargs
    ) -> Returned:
        """Make a call and note how long it takes."""
        with self.timing(name):
            return call(*args, **more)


class _Nobody:
    """In place of the bus's socket: what is measured ends where ZeroMQ begins."""

    def send_multipart(self, *_: object) -> None:
        pass


class Corridor:
    """Every stage by itself, and as the daemon runs it."""

    def __init__(self, settings: Settings) -> None:
        self._emotion = open_emotion(settings)
        self._detector, _ = open_detector(settings)
        published = settings.face.follower == "dlib68"
        self._landmarks = open_landmarks(settings) if published else None
        self._follower = None if published else open_follower(settings)
        self._perceiver = Perceiver(settings, self._emotion)
        self._lens = lens_of(settings.camera)
        digests = Digests(config=settings.digest(), networks=self._perceiver.digests)
        self._pipeline = Pipeline(settings, digests, None)
        nobody: Any = _Nobody()
        self._publisher = Publisher(nobody, "benchmark", "media")
        self._decoder: Any = av.CodecContext.create("mjpeg", "r")
        self._decoder.thread_count = 1
        self._reader = PictureReader("benchmark")
        self._last: FaceShape | None = None
        self._followed: FollowedFace | None = None

    def run(self, jpeg: bytes, index: int, watch: Stopwatch) -> None:
        """Take one picture through all stages."""
        with watch.timing("all of a picture"):
            image = watch.time("decode", self._decoded, jpeg)
            frame = Frame(image, index / FPS, index, "benchmark")
            located = watch.time("locate", self._perceiver.locate, frame)
            perception = watch.time("measure", self._perceiver.measure, located)
            observation = watch.time("observation", to_observation, perception)
            result = watch.time("interpretation and alerts", self._pipeline.step, observation)
            watch.time("envelopes and JSON", self._publish, observation, result.state)
        shape = None if located.found is None else located.found.shape
        self._parts(image, index, shape, watch)
        self._last = shape

    def _follow(self, image: NDArray[np.uint8], last: FaceShape, watch: Stopwatch) -> None:
        square = square_of_points(last.points)
        if self._landmarks is not None:
            watch.time("  follow the last face", self._detector.search_near, image, square)
            watch.time("  landmarks", self._landmarks.fit, image, square)
        if self._follower is not None:
            before = self._followed or self._follower.acquire(image, square)
            self._followed = watch.time("  follow the last face", self._follower.follow, image, before.crop)

    def _decoded(self, jpeg: bytes) -> NDArray[np.uint8]:
        (picture,) = self._decoder.decode(av.Packet(jpeg))
        return self._reader.image(picture)

    def _publish(self, *bodies: Any) -> None:
        for body in bodies:
            self._publisher.publish(body)

    def _parts(self, image: NDArray[np.uint8], index: int, shape: FaceShape | None, watch: Stopwatch) -> None:
        """Take the picture through what the stages contain, each once more."""
        if index % SEARCH_EVERY == WARM_UP:
            watch.time("  search the whole picture", self._detector.search, image)
        watch.time("  quality of the picture", measure_quality, image)
        if self._last is not None:
            self._follow(image, self._last, watch)
        if shape is None:
            return
        if self._landmarks is not None:
            watch.time("  head pose", measure_pose, shape, image.shape, self._lens)
            watch.time("  eyes and mouth", lambda: (measure_eyes(shape), measure_mouth(shape)))
        if self._emotion is not None and (eyes := shape.eye_centers) is not None:
            chip = watch.time("  alignment", align, image, *eyes, self._emotion.geometry)
            watch.time("  emotion", self._emotion.probabilities, chip[np.newaxis])


def measure_stages(settings: Settings, jpegs: list[bytes]) -> tuple[Stage, ...]:
    """Time every stage on up to `PICTURES` pictures; one that never ran is left out.

    Raises:
        NetworkError, InstallationError: a network or a package can't be used.

    """
    corridor, warm_up, watch = Corridor(settings), Stopwatch(), Stopwatch()
    for index, jpeg in enumerate(islice(jpegs, PICTURES)):
        corridor.run(jpeg, index, warm_up if index < min(WARM_UP, len(jpegs) // 2) else watch)
    return tuple(
        Stage(name, part, spread(watch.took_s[name]), 1000 * median(watch.cpu_s[name]))
        for name, part in PARTS.items()
        if watch.took_s[name]
    )
