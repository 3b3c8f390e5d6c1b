"""The synthetic driver for the bias table: the same drive by people who differ in one thing at a time.

Eight skin tones, three ages and both sexes show the seven emotions by day and by infrared at night. The
shape of skull and face, hair, eyes, clothes, seat, camera and light are the same for all.
"""

import hashlib
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from itertools import product
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from drivermon import __version__
from drivermon.config import EmotionSettings, Settings
from drivermon.emotions import EMOTIONS
from drivermon.errors import SourceError
from drivermon.events import Frame
from drivermon.perception import Perceiver, open_perceiver
from drivermon.perception.alignment import ChipGeometry, align
from drivermon.simulation import DriverParameters, Identity, Light, Renderer, Truth
from drivermon.simulation.identity import Sex
from drivermon.simulation.parameters import LightKind
from training.chips import ChipSet, widened
from training.files import written_whole
from training.shards import face_networks

TONES = tuple(float(tone) for tone in range(8))
AGES = (25.0, 45.0, 70.0)
SEXES: tuple[Sex, ...] = ("female", "male")
LIGHTS: tuple[LightKind, ...] = ("day", "night_ir")
FACES = 2
"""Different faces of each tone, age and sex, so that no table hangs on one face."""
GRADE = 0.9
"""How strongly an emotion is shown, of 1."""
YAWS_DEG = (-6.0, 0.0, 6.0)
FPS = 10.0
ACQUIRING = 3
"""Neutral frames before the first that counts: a face is the driver's from its second frame on."""
MIXED = (1 / 3, 1 / 3, 1 / 3)
PERCEIVED, TRUE = "perception", "true landmarks"


@dataclass(frozen=True, slots=True)
class Person:
    """What people of the table differ in."""

    tone: float
    age: float
    sex: Sex
    face: int

    def identity(self) -> Identity:
        """Return the synthetic driver."""
        return Identity(
            seed=101 + self.face,
            sex=self.sex,
            age=self.age,
            ethnicity=MIXED,
            tone=self.tone,
        )


@dataclass(frozen=True, slots=True)
class Shot:
    """One frame of one person, and the chips that were made of it.

    Attributes:
        person: who.
        light: in which light.
        emotion: index of the class that is shown.
        perceived: wide chip by the runtime's own detector and landmarks, `None` where no face was found.
        true: wide chip by the renderer's own landmarks.

    """

    person: Person
    light: str
    emotion: int
    perceived: NDArray[np.uint8] | None
    true: NDArray[np.uint8]


def people(faces: int = FACES) -> list[Person]:
    """Return everybody in the table."""
    return [
        Person(tone, age, sex, face) for face, tone, age, sex in product(range(faces), TONES, AGES, SEXES)
    ]


def driver_chips(geometry: ChipGeometry, cache: Path, jobs: int, everybody: list[Person]) -> ChipSet:
    """Render everybody, or take up what an earlier call rendered, and return the chips.

    Every frame gives two rows: `path` is "perception" or "true landmarks". Attributes are path, light,
    skin tone, age, sex and shown.

    Args:
        geometry: of the network's chips.
        cache: folder in which chips are kept, one file a person; another network needs no new pictures.
        jobs: processes.
        everybody: who drives.

    Raises:
        OutputError: the cache can't be written.

    """
    asked = [(person, geometry, cache / _name(person, geometry)) for person in everybody]
    waiting = [each for each in asked if not each[2].is_file()]
    if waiting:
        with ProcessPoolExecutor(jobs, get_context("spawn")) as pool:
            list(pool.map(_render_to, waiting))
    return ChipSet.join(_rows(person, path) for person, _, path in asked)


def drive(person: Person, geometry: ChipGeometry) -> Iterator[Shot]:
    """Play the drive of one person in every light."""
    wide = widened(geometry)
    renderer = Renderer(person.identity())
    perceiver = open_perceiver(Settings(emotion=EmotionSettings(enabled=False)))
    for light in LIGHTS:
        perceiver.forget()
        script = [(EMOTIONS.index("neutral"), 0.0, False)] * ACQUIRING
        script += [(shown, yaw_deg, True) for shown in range(len(EMOTIONS)) for yaw_deg in YAWS_DEG]
        for index, (shown, yaw_deg, counts) in enumerate(script):
            parameters = DriverParameters(yaw_deg=yaw_deg, expression={EMOTIONS[shown]: GRADE})
            image, truth = renderer.render(parameters, Light(kind=light), seed=index)
            perceived = _perceived(perceiver, image, index, wide)
            if counts:
                yield Shot(person, light, shown, perceived, _true_chip(image, truth, wide))


def _perceived(
    perceiver: Perceiver, image: NDArray[np.uint8], index: int, wide: ChipGeometry
) -> NDArray[np.uint8] | None:
    face = perceiver.perceive(Frame(image, index / FPS, index, "synthetic driver")).face
    eyes = None if face is None or face.shape is None else face.shape.eye_centers
    return None if eyes is None else align(image, *eyes, wide)


def _true_chip(image: NDArray[np.uint8], truth: Truth, wide: ChipGeometry) -> NDArray[np.uint8]:
    assert truth.points68 is not None  # noqa: S101 # somebody sits there
    points = truth.points68 - 0.5  # the renderer's pixel centres lie at halves, alignment's at whole numbers
    return align(image, points[36:42].mean(axis=0), points[42:48].mean(axis=0), wide)


def _render_to(asked: tuple[Person, ChipGeometry, Path]) -> None:
    person, geometry, path = asked
    cv2.setNumThreads(1)
    shots = list(drive(person, geometry))
    size = widened(geometry).size_px
    nothing = np.zeros((size, size, geometry.channels), np.uint8)
    arrays: dict[str, Any] = {
        "perceived": np.stack([nothing if shot.perceived is None else shot.perceived for shot in shots]),
        "found": np.array([shot.perceived is not None for shot in shots]),
        "true": np.stack([shot.true for shot in shots]),
        "light": np.array([shot.light for shot in shots]),
        "shown": np.array([shot.emotion for shot in shots]),
    }
    with written_whole(path) as part, part.open("wb") as file:
        np.savez_compressed(file, **arrays)


def _rows(person: Person, path: Path) -> ChipSet:
    try:
        with np.load(path) as stored:
            arrays = {name: stored[name] for name in stored.files}
    except (OSError, ValueError) as error:
        raise SourceError(f"{path} can't be read ({error}): delete it, it is rendered again") from error
    count = len(arrays["shown"])
    who = f"tone {person.tone:.0f}, {person.age:.0f}, {person.sex}, face {person.face}"
    attributes = [
        {
            "path": path_name,
            "light": str(arrays["light"][row]),
            "skin tone": f"{person.tone:.0f}",
            "age": f"{person.age:.0f}",
            "sex": person.sex,
            "shown": EMOTIONS[arrays["shown"][row]],
        }
        for path_name in (PERCEIVED, TRUE)
        for row in range(count)
    ]
    chips = np.concatenate([arrays["perceived"], arrays["true"]])
    found = np.concatenate([arrays["found"], np.ones(count, bool)])
    total = 2 * count
    return ChipSet(
        chips=chips[..., 0] if chips.shape[-1] == 1 else chips,
        aligned=found,
        original=np.tile(arrays["shown"], 2).astype(np.int64),
        votes=np.zeros((total, len(EMOTIONS)), np.float32),
        happy=np.full(total, -1, np.int64),
        group=np.full(total, who),
        dataset=np.full(total, "synthetic driver"),
        subject=np.full(total, who),
        usage=np.full(total, "judge"),
        split=np.full(total, "judge"),
        image=np.array([f"{who}, {index}" for index in range(total)]),
        attributes=np.array(attributes, np.object_),
        detector=np.where(found, "eyes", "none"),
    )


def _name(person: Person, geometry: ChipGeometry) -> str:
    drawn = repr(
        (
            *(__version__, face_networks(), asdict(person), asdict(geometry)),
            *(LIGHTS, GRADE, YAWS_DEG, ACQUIRING, MIXED),
        )
    )
    return f"{hashlib.sha256(drawn.encode()).hexdigest()[:16]}.npz"
