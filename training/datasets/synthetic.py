"""The synthetic driver: people who do not exist, rendered by `drivermon.simulation`.

Where: nowhere, it is drawn on the spot. Terms: those of this project. Nothing needs to lie in the folder;
`recipe.toml` may hold `people` (60), `pictures` (30, of each) and `seed` (0).
Layout: none. Every person shows each of the seven classes, graded 0.6 to 1, neutral as often as four others,
by day, in low sun and under an infrared lamp, looking about, with the head turned at random and often half
away, with clear glasses and without. Skin tones are spread evenly. Who is neutral also talks, yawns, shuts
the eyes, and has a trace of another class in the face: what FER2013 hardly shows, and a driver does all day.
Everything is known exactly: skin tone, age, sex, light, pose, glasses and what covers the face. Subject: the
person.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from drivermon.emotions import EMOTIONS
from drivermon.errors import SourceError
from drivermon.simulation import Camera, DriverParameters, Identity, Light, Renderer, random_identity
from drivermon.simulation.identity import DARKEST_TONE
from drivermon.simulation.parameters import LightKind
from training.datasets.example import Drops, Example, Importer, one_annotator

RECIPE = "recipe.toml"
DEFAULTS = {"people": 60, "pictures": 30, "seed": 0}
TURNED, TURNED_DEG = 0.4, 45.0
"""Share of the pictures in which the head is turned as far as this; in the others it is nearly ahead."""
GAZE_DEG = 45.0
"""Farthest that a simulated driver's eyes can look aside."""
GLASSES = 0.5
"""Share of the pictures in which who wears no dark ones wears clear ones."""
SHOWN = (*EMOTIONS, *("neutral",) * 3)
"""What a person shows, in turn."""
YAWNING, TALKING, SHUT = 0.4, 0.25, 0.15
"""Shares of the neutral pictures: no emotion says what mouth and lids do then."""
TRACE = 0.25
"""Most of another class in a neutral face, as it may rest."""
AGES = ((30, "18-29"), (45, "30-44"), (60, "45-59"), (91, "60+"))


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture of one person: everything that its pixels follow from."""

    person: int
    emotion: str
    driver: DriverParameters
    light: Light
    glasses: bool
    seed: int


def read(folder: Path, _: Drops) -> Iterator[Example]:
    """Yield all shots; each is rendered when its picture is asked for."""
    recipe = _recipe(folder / RECIPE)
    for person in range(recipe["people"]):
        identity = _identity(recipe["seed"] + person)
        random = np.random.default_rng([recipe["seed"], person])
        for number in range(recipe["pictures"]):
            shot = _shot(recipe["seed"] + person, identity, number, random)
            label = EMOTIONS.index(shot.emotion)
            subject = f"synthetic/{shot.person}"
            yield Example(
                path=folder / f"{shot.person}-{number}-{shot.emotion}",
                dataset="synthetic",
                group=subject,
                original=label,
                votes=one_annotator(label),
                subject=subject,
                attributes=_attributes(identity, shot),
                picture=partial(rendered, shot),
            )


def rendered(shot: Shot) -> NDArray[np.uint8]:
    """Return the picture, uint8 BGR (480, 640, 3), or gray (480, 640) under the infrared lamp."""
    picture, _ = _renderer(shot.person, shot.glasses).render(shot.driver, shot.light, shot.seed)
    return picture


@lru_cache(maxsize=4)
def _renderer(person: int, glasses: bool) -> Renderer:
    """Return the renderer of a person: it takes half a second to make, and shots come person by person."""
    return Renderer(replace(_identity(person), glasses=glasses), Camera())


def _identity(person: int) -> Identity:
    """Return a person, of any skin tone alike: of drawn ethnicities few would be as dark as the darkest."""
    return random_identity(person, float(np.random.default_rng(person).uniform(0, DARKEST_TONE)))


def _shot(person: int, identity: Identity, number: int, random: np.random.Generator) -> Shot:
    kinds, emotion = get_args(LightKind), SHOWN[number % len(SHOWN)]
    turned = random.random() < TURNED
    shown: dict[str, float] = {emotion: float(random.uniform(0.6, 1.0))}
    lids = float(random.uniform(0.7, 1.1))
    jaw = 0.0
    if emotion == "neutral":
        does = random.random()
        shown[str(random.choice(EMOTIONS))] = float(random.uniform(0.0, TRACE))
        if does < YAWNING:
            jaw, lids = float(random.uniform(0.5, 1.0)), float(random.uniform(0.1, 0.9))
        elif does < YAWNING + TALKING:
            jaw = float(random.uniform(0.0, 0.4))
        elif does < YAWNING + TALKING + SHUT:
            lids = 0.0
    return Shot(
        person=person,
        emotion=emotion,
        driver=DriverParameters(
            yaw_deg=float(random.uniform(-TURNED_DEG, TURNED_DEG) if turned else random.normal(0, 12)),
            pitch_deg=float(random.normal(0, 9)),
            roll_deg=float(random.normal(0, 5)),
            left_aperture=lids,
            right_aperture=lids,
            gaze_yaw_deg=float(np.clip(random.normal(0, 10), -GAZE_DEG, GAZE_DEG)),
            gaze_pitch_deg=float(np.clip(random.normal(0, 6), -GAZE_DEG, GAZE_DEG)),
            jaw=jaw,
            expression=shown,
        ),
        light=Light(
            kind=kinds[int(random.integers(len(kinds)))],
            side_deg=float(random.uniform(-90, 90)),
            intensity=float(np.exp(random.uniform(-0.7, 0.7))),
        ),
        glasses=bool(random.random() < GLASSES) and not identity.sunglasses,
        seed=number,
    )


def _attributes(identity: Identity, shot: Shot) -> Mapping[str, str]:
    covers = [name for name in ("sunglasses", "mask", "cap") if getattr(identity, name)]
    return {
        "tone": f"{identity.tone:.0f}",
        "age": next(name for below, name in AGES if identity.age < below),
        "sex": identity.sex,
        "light": shot.light.kind,
        "pose": f"{15 * round(shot.driver.yaw_deg / 15)}",
        "glasses": "yes" if shot.glasses else "no",
        "covered": " and ".join(covers) or "no",
    }


def _recipe(path: Path) -> dict[str, int]:
    if not path.is_file():
        return DEFAULTS
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise SourceError(f"{path} is no TOML: {error}") from error
    wrong = [key for key, value in said.items() if key not in DEFAULTS or type(value) is not int or value < 0]
    if wrong:
        raise SourceError(
            f"{path}: {', '.join(wrong)}; known are {', '.join(DEFAULTS)}, whole numbers from 0"
        )
    return {**DEFAULTS, **said}


IMPORTER = Importer("synthetic", f"nothing, or {RECIPE}", read)
