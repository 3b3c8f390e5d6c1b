"""Painting a person's atlas: skin, hair, clothes and what is worn; in colour and in infrared.

Colours are BGR reflectances 0 to 1, linear under the display gamma of 2 that the sensor uses.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from drivermon.simulation.arrays import FloatArray
from drivermon.simulation.identity import Identity
from drivermon.simulation.mesh import HeadMesh, head_mesh
from drivermon.simulation.noise import smooth_noise
from drivermon.simulation.skin import SKIN_INFRARED, bare_skin, beard, brows, skin_colour
from drivermon.simulation.swatches import (
    ATLAS_HEIGHT,
    ATLAS_WIDTH,
    CAP,
    FRAME,
    HAIR,
    HAND,
    MASK,
    SLEEVE,
    Swatch,
)
from drivermon.simulation.texels import Texels, hair_share, linear, mix, rise, texels

COLLAR_ANGLE = (0, 0.8, 1.6, 2.4, np.pi)
COLLAR_Y = (-0.196, -0.176, -0.158, -0.150, -0.148)


@dataclass(frozen=True, slots=True)
class Atlas:
    """What is painted.

    Attributes:
        colour: (H, W, 3) BGR reflectance.
        infrared: (H, W) reflectance.
        strands: (H, W) noise 0 to 1 with the grain of hair; a hair shell is solid where it exceeds its level.

    """

    colour: FloatArray
    infrared: FloatArray
    strands: FloatArray


def paint(identity: Identity) -> Atlas:
    """Paint one person's atlas; the same identity gives the same atlas."""
    at, mesh = texels(), head_mesh()
    fine = at.noise((8, 4, 2), identity.seed + 2, 0.8)
    skin, infrared = bare_skin(at, identity, fine)
    hair = linear(identity.hair_rgb)
    strand_plane = _strands(identity.seed)
    strands = at.of(strand_plane)
    covered = np.maximum(brows(at, identity), beard(at, identity, fine))
    if identity.hair != "bald":
        scalp = hair_share(at.x, at.y, at.z) * (1 - np.clip(at.ears * 1.5, 0, 1))
        covered = np.maximum(covered, scalp)
    skin = mix(skin, hair * (0.55 + 0.9 * strands[:, None]), covered)
    infrared = mix(infrared, 0.05 + 0.45 * hair.mean() + 0.05 * strands, covered)
    for name, colour in _other_parts(identity).items():
        index = at.part == mesh.parts.index(name)
        skin[index] = colour
        infrared[index] = 0.35 * colour.mean() + 0.02 if name == "upper_lashes" else 0.1 + 0.7 * colour.max()
    infrared[at.part == mesh.parts.index("lower_lashes")] = SKIN_INFRARED * 0.75
    infrared[at.part == mesh.parts.index("mouth")] = 0.08
    _teeth_gaps(at, mesh, skin)
    _garment(at, identity, skin, infrared)
    colour_plane = np.zeros((ATLAS_HEIGHT * ATLAS_WIDTH, 3), np.float32)
    infrared_plane = np.zeros(ATLAS_HEIGHT * ATLAS_WIDTH, np.float32)
    colour_plane[at.index], infrared_plane[at.index] = skin, infrared
    shape = (ATLAS_HEIGHT, ATLAS_WIDTH)
    atlas = Atlas(colour_plane.reshape(*shape, 3), infrared_plane.reshape(shape), strand_plane)
    _swatches(atlas, identity)
    return atlas


def _strands(seed: int) -> FloatArray:
    """(H, W) noise 0 to 1 with the grain of hair; the head's atlas runs from crown (left) to chin (right)."""
    random = np.random.default_rng(seed + 12)
    size = (ATLAS_WIDTH, ATLAS_HEIGHT)
    short = cv2.resize(random.random((ATLAS_HEIGHT, ATLAS_WIDTH // 14)).astype(np.float32), size)
    thick = cv2.resize(random.random((ATLAS_HEIGHT // 3, ATLAS_WIDTH // 40)).astype(np.float32), size)
    noise = 0.7 * short + 0.3 * thick
    curtain = random.random((HAIR.height // 2, 3)).astype(np.float32)
    noise[HAIR.rows, HAIR.columns] = cv2.resize(curtain, (HAIR.width, HAIR.height))
    low, high = np.quantile(noise[::8, ::8], (0.02, 0.98))
    return np.asarray(np.clip((noise - low) / (high - low), 0, 1), np.float32)


def _other_parts(identity: Identity) -> dict[str, FloatArray]:
    skin = skin_colour(identity.tone)
    return {
        "mouth": np.array([0.022, 0.02, 0.09], np.float32),
        "socket": skin * np.array([0.55, 0.55, 0.75], np.float32),
        "eye": np.array([0.5, 0.5, 0.5], np.float32),
        "teeth": np.array([0.62, 0.70, 0.76], np.float32),
        "tongue": np.array([0.16, 0.15, 0.42], np.float32),
        "upper_lashes": np.array([0.012, 0.012, 0.014], np.float32) + 0.04 * skin,
        "lower_lashes": skin * np.float32(0.55 - 0.2 * identity.makeup),
    }


def _swatches(atlas: Atlas, identity: Identity) -> None:
    """Paint what the pieces beside the head are made of."""
    random = np.random.default_rng(identity.seed + 50)

    def fill(swatch: Swatch, colour: FloatArray, infrared: float, grain: FloatArray) -> None:
        atlas.colour[swatch.rows, swatch.columns] = colour * grain[..., None]
        atlas.infrared[swatch.rows, swatch.columns] = infrared * grain

    hair = linear(identity.hair_rgb)
    strands = atlas.strands[HAIR.rows, HAIR.columns]
    fill(HAIR, hair, 0.05 + 0.45 * float(hair.mean()), 0.5 + 1.0 * strands)
    weave = 1 + 0.08 * smooth_noise((CAP.height, CAP.width), (16, 4, 2), identity.seed + 51)
    shade = float(random.uniform(0.02, 0.25))
    cap = np.array([shade, shade, shade], np.float32) * random.uniform(0.6, 1.2, 3).astype(np.float32)
    fill(CAP, cap, 0.12 + 0.5 * float(cap.mean()), weave)
    folds = 1 - 0.25 * np.exp(-((np.abs(np.linspace(0, 3.2, MASK.width) % 1 - 0.5) / 0.08) ** 2))
    mask = np.array(
        [(0.72, 0.60, 0.42), (0.75, 0.75, 0.75), (0.02, 0.02, 0.02)][random.integers(3)], np.float32
    )
    fill(MASK, mask, 0.15 + 0.5 * float(mask.mean()), np.tile(folds.astype(np.float32), (MASK.height, 1)))
    frame = np.array(
        [(0.015, 0.015, 0.015), (0.02, 0.03, 0.06), (0.12, 0.14, 0.15)][random.integers(3)], np.float32
    )
    fill(FRAME, frame, 0.05 + 0.5 * float(frame.mean()), np.ones((FRAME.height, FRAME.width), np.float32))
    sleeve = linear(identity.cloth_rgb)
    fill(
        SLEEVE, sleeve, 0.12 + 0.5 * float(sleeve.mean()), np.ones((SLEEVE.height, SLEEVE.width), np.float32)
    )
    skin = skin_colour(identity.tone)
    pores = 1 + 0.05 * smooth_noise((HAND.height, HAND.width), (32, 8, 2), identity.seed + 52)
    fill(HAND, skin * np.array([0.92, 0.92, 1.0], np.float32), SKIN_INFRARED, pores)


def _teeth_gaps(at: Texels, mesh: HeadMesh, skin: FloatArray) -> None:
    """Dark lines between the teeth, by the angle along the jaw."""
    teeth = at.part == mesh.parts.index("teeth")
    along = np.arctan2(at.x[teeth], at.z[teeth] + 0.012) * 4.6
    gap = np.abs(along - np.round(along)) < 0.07
    skin[teeth] *= np.where(gap, 0.55, 1.0)[:, None].astype(np.float32)


def _garment(at: Texels, identity: Identity, skin: FloatArray, infrared: FloatArray) -> None:
    """Cloth below the collar, with weave and collar seam, and the seat belt over the own left shoulder."""
    below = np.interp(np.abs(at.angle), COLLAR_ANGLE, COLLAR_Y).astype(np.float32) - at.y
    cloth = np.maximum(rise(below, -0.001, 0.001), rise(np.abs(at.x), 0.080, 0.084) * (at.y < -0.11))
    weave = 1 + 0.10 * at.noise((24, 6, 2), identity.seed + 21)
    colour = linear(identity.cloth_rgb) * weave[:, None]
    colour *= 1 - 0.45 * np.exp(-(((below - 0.012) / 0.0012) ** 2))[:, None]
    across = 0.835 * (at.x - 0.105) - 0.55 * (at.y + 0.155)  # metres from the belt's middle line
    stripes = 0.5 + 0.5 * np.cos(np.clip(np.abs(across), 0, 0.0235) / 0.0235 * np.pi * 5)
    colour = mix(colour, 0.018 + 0.012 * stripes[:, None], rise(np.abs(across), 0.0235, 0.0225))
    share = cloth * (at.part == head_mesh().parts.index("torso"))
    skin[:] = mix(skin, colour, share)
    infrared[:] = mix(infrared, 0.12 + 0.5 * colour.mean(1), share)
