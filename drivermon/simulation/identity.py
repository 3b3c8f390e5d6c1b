"""Who sits at the wheel: everything about a person that does not move."""

import colorsys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from drivermon.errors import SimulationError
from drivermon.simulation.parameters import check_range

Sex = Literal["female", "male"]
HairStyle = Literal["bald", "short", "bob", "long"]

RGB = tuple[int, int, int]

DARKEST_TONE = 7.0
_DARK_HAIR: tuple[RGB, ...] = ((18, 15, 14), (28, 20, 17), (110, 110, 110))
_ANY_HAIR: tuple[RGB, ...] = ((25, 20, 18), (52, 34, 24), (96, 64, 38), (160, 118, 66), (140, 138, 136))
_ANY_EYES: tuple[RGB, ...] = ((70, 45, 28), (92, 62, 38), (95, 95, 60), (90, 120, 140))


@dataclass(frozen=True, slots=True)
class Identity:
    """One person and what he or she wears.

    Attributes:
        seed: shapes the face's small traits, skin and clothes.
        sex: chooses the shape of head and body.
        age: years, 18 to 90.
        ethnicity: shares of African, Asian and European head shape; scaled to sum to 1.
        tone: skin tone, 0 lightest to 7 darkest; the light in the picture falls with it, the shape does not.
        weight: 0 thin to 1 heavy.
        hair: style.
        hair_rgb: colour, sRGB.
        eye_rgb: colour of the iris, sRGB.
        cloth_rgb: colour of the garment, sRGB.
        beard: density 0 to 1.
        makeup: on lips and lashes, 0 to 1.
        brow: thickness of the brows, 0.5 to 1.5.
        glasses: clear ones.
        sunglasses: dark ones; they win over `glasses`.
        cap: a cap with a peak.
        mask: a face mask over mouth and nose.

    """

    seed: int = 0
    sex: Sex = "female"
    age: float = 35.0
    ethnicity: tuple[float, float, float] = (0.0, 0.0, 1.0)
    tone: float = 1.5
    weight: float = 0.5
    hair: HairStyle = "short"
    hair_rgb: RGB = (52, 34, 24)
    eye_rgb: RGB = (92, 62, 38)
    cloth_rgb: RGB = (60, 75, 105)
    beard: float = 0.0
    makeup: float = 0.0
    brow: float = 1.0
    glasses: bool = False
    sunglasses: bool = False
    cap: bool = False
    mask: bool = False

    def __post_init__(self) -> None:
        """Check every value.

        Raises:
            SimulationError: a value is unknown or out of range.

        """
        for name, known in (("sex", get_args(Sex)), ("hair", get_args(HairStyle))):
            if getattr(self, name) not in known:
                options = ", ".join(known)
                raise SimulationError(f"Identity.{name} is {getattr(self, name)!r}; known are {options}")
        ranges = {"age": (18, 90), "tone": (0, DARKEST_TONE), "weight": (0, 1), "beard": (0, 1)}
        for name, (low, high) in {**ranges, "makeup": (0, 1), "brow": (0.5, 1.5), "seed": (0, 2**31)}.items():
            check_range("Identity", name, getattr(self, name), low, high)
        for share in self.ethnicity:
            check_range("Identity", "ethnicity", share, 0, 1)
        if len(self.ethnicity) != 3 or sum(self.ethnicity) <= 0:
            raise SimulationError(f"Identity.ethnicity is {self.ethnicity}; give three shares, not all 0")


def random_identity(seed: int, tone: float | None = None, *, bare: bool = False) -> Identity:
    """Draw a person; the same seed gives the same one.

    Args:
        seed: 0 or more.
        tone: skin tone 0 to 7 in place of one drawn to fit the ethnicity.
        bare: nothing that hides the face: no glasses, cap, mask or beard.

    Raises:
        SimulationError: seed or tone out of range.

    """
    check_range("random_identity", "seed", seed, 0, 2**31)
    random = np.random.default_rng(seed)
    ethnicity = random.dirichlet([0.35] * 3)
    drawn_tone = float(np.clip(ethnicity @ (6.0, 2.4, 1.2) + random.normal(0, 0.7), 0, DARKEST_TONE))
    tone = drawn_tone if tone is None else float(tone)
    male = bool(random.random() < 0.5)
    styles: tuple[HairStyle, ...] = (
        ("short", "short", "short", "bald") if male else ("bob", "long", "long", "short")
    )
    hair_colours = _ANY_HAIR if tone < 2.5 else _DARK_HAIR
    shares = (0.35, 0.3, 0.15, 0.1, 0.1) if tone < 2.5 else (0.6, 0.33, 0.07)
    eye_rgb = _ANY_EYES[random.choice(4, p=(0.45, 0.3, 0.12, 0.13))] if tone < 2.5 else (60, 38, 25)
    identity = Identity(
        seed=seed,
        sex="male" if male else "female",
        age=float(random.uniform(19, 78)),
        ethnicity=(float(ethnicity[0]), float(ethnicity[1]), float(ethnicity[2])),
        tone=tone,
        weight=float(random.uniform(0.15, 0.85)),
        hair=styles[random.integers(len(styles))],
        hair_rgb=hair_colours[random.choice(len(hair_colours), p=shares)],
        eye_rgb=eye_rgb,
        cloth_rgb=_cloth(random),
        beard=float(random.uniform(0.3, 1)) if male and random.random() < 0.4 else 0.0,
        makeup=0.0 if male else float(random.random()),
        brow=float(random.uniform(0.7, 1.3)),
    )
    worn = random.random(4) < (0.22, 0.08, 0.1, 0.05)
    if bare:
        return replace(identity, beard=0.0)
    return replace(
        identity,
        glasses=bool(worn[0]),
        sunglasses=bool(worn[1]),
        cap=bool(worn[2]),
        mask=bool(worn[3]),
    )


def _cloth(random: np.random.Generator) -> RGB:
    """A muted colour, as most clothes have."""
    colour = colorsys.hsv_to_rgb(random.random(), random.uniform(0, 0.5), random.uniform(0.12, 0.8))
    red, green, blue = (int(255 * channel) for channel in colour)
    return red, green, blue


CAST: Mapping[str, Identity] = {
    "plain": Identity(),
    "amina": Identity(
        seed=11, sex="female", age=31, ethnicity=(0.9, 0.0, 0.1), tone=5.8, hair="long",
        hair_rgb=(22, 18, 17), eye_rgb=(60, 38, 25), cloth_rgb=(168, 92, 66), makeup=0.3,
    ),
    "jonas": Identity(
        seed=12, sex="male", age=42, ethnicity=(0.0, 0.0, 1.0), tone=1.0, hair="short",
        hair_rgb=(96, 64, 38), eye_rgb=(90, 120, 140), cloth_rgb=(52, 74, 112), beard=0.6,
    ),
    "mei": Identity(
        seed=13, sex="female", age=24, ethnicity=(0.0, 1.0, 0.0), tone=1.6, hair="bob",
        hair_rgb=(24, 20, 18), eye_rgb=(70, 45, 28), cloth_rgb=(150, 160, 172), makeup=0.2,
    ),
    "kofi": Identity(
        seed=14, sex="male", age=36, ethnicity=(1.0, 0.0, 0.0), tone=6.6, hair="short",
        hair_rgb=(18, 15, 14), eye_rgb=(55, 34, 24), cloth_rgb=(196, 190, 170),
    ),
    "ravi": Identity(
        seed=15, sex="male", age=29, ethnicity=(0.25, 0.2, 0.55), tone=4.0, hair="short",
        hair_rgb=(24, 19, 17), eye_rgb=(62, 40, 26), cloth_rgb=(64, 64, 70), beard=0.9, glasses=True,
    ),
    "sofia": Identity(
        seed=16, sex="female", age=68, ethnicity=(0.05, 0.15, 0.8), tone=2.8, hair="bob",
        hair_rgb=(140, 138, 136), eye_rgb=(95, 95, 60), cloth_rgb=(120, 60, 92), makeup=0.4, glasses=True,
    ),
    "grace": Identity(
        seed=19, sex="female", age=63, ethnicity=(0.85, 0.05, 0.1), tone=6.2, hair="short",
        hair_rgb=(110, 108, 106), eye_rgb=(58, 38, 26), cloth_rgb=(86, 96, 134), sunglasses=True,
    ),
    "bruno": Identity(
        seed=18, sex="male", age=71, ethnicity=(0.0, 0.1, 0.9), tone=2.0, hair="short", weight=0.75,
        hair_rgb=(150, 148, 146), eye_rgb=(92, 110, 120), cloth_rgb=(88, 74, 60), cap=True,
    ),
    "noor": Identity(
        seed=17, sex="female", age=40, ethnicity=(0.2, 0.25, 0.55), tone=3.4, hair="long",
        hair_rgb=(36, 26, 20), eye_rgb=(78, 52, 32), cloth_rgb=(104, 124, 110), mask=True,
    ),
}  # fmt: skip
"""Named people for drives and tests: light, middle and dark skin, young and old, bare and covered faces."""
