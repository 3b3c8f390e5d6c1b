"""Painting a person's atlas: skin, lips, brows, beard, hair, clothes; in colour and in infrared.

Features are placed by where a texel lies on the base mesh, so that they follow every shape and expression.
Colours are BGR reflectances 0 to 1, linear under the display gamma of 2 that the renderer uses.
"""

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

from drivermon.simulation.arrays import FloatArray, IntArray
from drivermon.simulation.identity import Identity
from drivermon.simulation.mesh import HeadMesh, head_mesh
from drivermon.simulation.noise import smooth_noise
from drivermon.simulation.rasterizer import rasterize
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

SKIN_TONES_RGB = (
    (255, 226, 202),
    (244, 207, 176),
    (228, 182, 146),
    (202, 150, 112),
    (166, 115, 80),
    (128, 85, 58),
    (96, 63, 45),
    (72, 48, 36),
)
SKIN_INFRARED = 0.42  # melanin hardly absorbs near infrared: nearly the same for every tone
HAIRLINE_ANGLE = (0, 0.35, 0.7, 0.95, 1.15, 1.45, 1.75, 2.1, np.pi)  # radians from the front
HAIRLINE_Y = (0.0616, 0.0626, 0.0596, 0.0416, 0.0136, -0.0034, -0.0034, -0.053, -0.073)
COLLAR_ANGLE = (0, 0.8, 1.6, 2.4, np.pi)
COLLAR_Y = (-0.196, -0.176, -0.158, -0.150, -0.148)
BROW_X = (0.010, 0.022, 0.035, 0.048, 0.059)
BROW_Y = (0.0185, 0.0212, 0.0230, 0.0222, 0.0175)
BROW_PX_PER_M = 6000


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


@dataclass(frozen=True, slots=True)
class Texels:
    """Where each painted texel lies on the base mesh, metres; arrays (N,) of the texels in use.

    Attributes:
        index: in the flat atlas.
        part: number of the part.
        x: to the own left.
        y: up.
        z: forward.
        angle: about the upright axis, radians, 0 in front.
        lips: share 0 to 1.
        ears: share 0 to 1.

    """

    index: IntArray
    part: IntArray
    x: FloatArray
    y: FloatArray
    z: FloatArray
    angle: FloatArray
    lips: FloatArray
    ears: FloatArray

    def spot(self, x: float, y: float, width: float, height: float) -> FloatArray:
        """A soft spot on both sides of the face, 1 in the middle."""
        return np.asarray(np.exp(-(((np.abs(self.x) - x) / width) ** 2) - ((self.y - y) / height) ** 2))

    def of(self, plane: FloatArray) -> FloatArray:
        """The texels' values in a (H, W) plane."""
        return np.asarray(plane.ravel()[self.index])

    def noise(self, cells_px: tuple[int, ...], seed: int, gain: float = 0.5) -> FloatArray:
        """Smooth noise of unit size, see `smooth_noise`."""
        return self.of(smooth_noise((ATLAS_HEIGHT, ATLAS_WIDTH), cells_px, seed, gain))


def rise(values: FloatArray, low: float, high: float) -> FloatArray:
    """Smooth step from 0 at `low` to 1 at `high`, which may be the smaller."""
    t = np.clip((values - np.float32(low)) / np.float32(high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


def linear(rgb: tuple[int, int, int]) -> FloatArray:
    """BGR reflectance of an sRGB colour."""
    return (np.array(rgb[::-1], np.float32) / 255) ** 2


def face_angle(x: FloatArray, z: FloatArray) -> FloatArray:
    """Angle about the head's upright axis, radians, 0 in front, > 0 to the own left."""
    return np.asarray(np.arctan2(x, z + 0.0995), np.float32)


def hair_share(x: FloatArray, y: FloatArray, z: FloatArray) -> FloatArray:
    """How much a point of the base mesh lies inside the hairline, 0 to 1."""
    edge = np.interp(np.abs(face_angle(x, z)), HAIRLINE_ANGLE, HAIRLINE_Y).astype(np.float32)
    return rise(y - edge, -0.006, 0.006)


@cache
def texels() -> Texels:
    """Draw the mesh into its own atlas, with a margin so that seams don't bleed."""
    mesh = head_mesh()
    size = (ATLAS_WIDTH, ATLAS_HEIGHT)
    screen = mesh.atlas * np.array(size, np.float32)
    base = mesh.positions[mesh.render_to_position]
    seen = rasterize(screen, base[:, 2] + 1, mesh.triangles, size)  # the chest lies over the back
    attributes = np.column_stack([base, mesh.masks["lips"], mesh.masks["ears"]]).astype(np.float32)
    source = np.full(ATLAS_HEIGHT * ATLAS_WIDTH, -1)
    source[seen.pixel] = np.arange(len(seen.pixel))
    index, source = _with_margin(source.reshape(ATLAS_HEIGHT, ATLAS_WIDTH))
    x, y, z, lips, ears = seen.interpolate(mesh.triangles, attributes)[source].T.copy()
    part = mesh.triangle_part[seen.triangle[source]]
    return Texels(index, part, x, y, z, face_angle(x, z), lips, ears)


def _with_margin(source: IntArray) -> tuple[IntArray, IntArray]:
    """Flat indices of used texels and those up to four away, and the fragment each takes its values from."""
    empty = (source < 0).astype(np.uint8)
    distance, labels = cv2.distanceTransformWithLabels(empty, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    label_source = np.zeros(int(labels.max()) + 1, np.int64)
    used = source >= 0
    label_source[labels[used]] = source[used]
    index = np.flatnonzero(distance.ravel() <= 4)
    return index, label_source[labels.ravel()[index]]


def paint(identity: Identity) -> Atlas:
    """Paint one person's atlas; the same identity gives the same atlas."""
    at, mesh = texels(), head_mesh()
    fine = at.noise((8, 4, 2), identity.seed + 2, 0.8)
    skin, infrared = _skin(at, identity, fine)
    hair = linear(identity.hair_rgb)
    strand_plane = _strands(identity.seed)
    strands = at.of(strand_plane)
    covered = np.maximum(_brows(at, identity), _beard(at, identity, fine))
    if identity.hair != "bald":
        scalp = hair_share(at.x, at.y, at.z) * (1 - np.clip(at.ears * 1.5, 0, 1))
        covered = np.maximum(covered, scalp)
    skin = _mix(skin, hair * (0.55 + 0.9 * strands[:, None]), covered)
    infrared = _mix(infrared, 0.05 + 0.45 * hair.mean() + 0.05 * strands, covered)
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


def _mix(under: FloatArray, over: FloatArray, share: FloatArray) -> FloatArray:
    if under.ndim == 2:
        share = share[:, None]
    return np.asarray(under + (over - under) * share, np.float32)


def skin_colour(tone: float) -> FloatArray:
    """BGR reflectance of a skin tone 0 to 7."""
    low = min(int(tone), len(SKIN_TONES_RGB) - 2)
    share = np.float32(tone - low)
    return linear(SKIN_TONES_RGB[low]) * (1 - share) + linear(SKIN_TONES_RGB[low + 1]) * share


def _skin(at: Texels, identity: Identity, fine: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Bare skin with blood, age and lips; in colour and infrared."""
    tone, old = identity.tone, float(np.clip((identity.age - 20) / 60, 0, 1))
    broad = at.noise((128, 64, 32), identity.seed + 1)
    base = skin_colour(tone)
    red = 0.4 * at.spot(0.050, -0.032, 0.022, 0.020) + 0.4 * at.spot(0, -0.034, 0.014, 0.014)
    red += 0.2 * at.spot(0, -0.09, 0.025, 0.014) + 0.25 * np.clip(at.ears, 0, 1)
    dark = _age_lines(at, old, broad)
    shade = (1 + 0.05 * broad + 0.025 * fine) * (1 - dark)
    skin = base * shade[:, None]
    skin *= 1 - red[:, None] * np.array([0.24, 0.22, 0.02], np.float32) * np.float32(1 - 0.09 * tone)
    freckled = smooth_noise((ATLAS_HEIGHT, ATLAS_WIDTH), (5,), identity.seed + 5) > 2.2
    blurred = np.asarray(cv2.GaussianBlur(freckled.astype(np.float32), (0, 0), 1.2), np.float32)
    spots = at.of(blurred) * (0.2 + 0.6 * old)
    skin *= 1 - spots[:, None] * np.array([0.5, 0.4, 0.25], np.float32)
    lip = rise(at.lips, 0.25, 0.7)
    blood = np.float32((0.15 + 0.8 * identity.makeup) * (1 - 0.07 * tone))
    lip_colour = base * np.array([0.50, 0.50, 0.82], np.float32) * np.float32(1 - 0.2 * identity.makeup)
    lip_colour = lip_colour + np.array([0.02, 0.012, 0.16], np.float32) * blood
    lipped = _mix(skin, lip_colour * (1 + 0.06 * fine[:, None]), lip)
    infrared = SKIN_INFRARED * (1 + 0.03 * broad + 0.02 * fine) * (1 - 0.5 * dark) * (1 - 0.12 * lip)
    return lipped, np.asarray(infrared, np.float32)


def _age_lines(at: Texels, old: float, broad: FloatArray) -> FloatArray:
    """How much darker: under the eyes, lid crease, forehead lines, folds from nose to mouth."""
    dark = 0.28 * (0.35 + old) * at.spot(0.030, -0.016, 0.016, 0.0055)
    dark += 0.10 * at.spot(0.031, 0.009, 0.018, 0.0025)
    lines = np.sin((at.y + 0.001 * broad) * 900) * rise(at.y, 0.034, 0.044) * rise(at.y, 0.065, 0.052)
    dark += 0.22 * max(old - 0.25, 0) * np.clip(lines, 0, 1) * rise(np.abs(at.x), 0.05, 0.03)
    fold = np.abs(at.x) - 0.022 - 0.45 * np.clip(-0.042 - at.y, 0, 1)
    depth = 0.3 * max(old - 0.15, 0) * np.exp(-((fold / 0.0022) ** 2))
    dark += depth * rise(at.y, -0.078, -0.070) * rise(at.y, -0.034, -0.044)
    return np.asarray(np.clip(dark, 0, 0.8), np.float32)


def _brows(at: Texels, identity: Identity) -> FloatArray:
    """Share of each texel that brow hairs cover."""
    random = np.random.default_rng(identity.seed + 3)
    scale = BROW_PX_PER_M
    canvas = np.zeros((int(0.05 * scale), int(0.16 * scale)), np.float32)
    thick = 0.0042 * identity.brow * (1.15 if identity.sex == "male" else 0.85)
    for sign in (-1, 1):
        for _ in range(int(560 * identity.brow)):
            u = random.random()
            x = np.interp(u, np.linspace(0, 1, len(BROW_X)), BROW_X)
            y = np.interp(u, np.linspace(0, 1, len(BROW_Y)), BROW_Y)
            offset = random.normal(0, 0.42) * thick * (1 - 0.72 * u**1.5) * min(0.45 + 3.5 * u, 1)
            angle = 0.8 - 1.05 * u
            length = 0.0055 * (0.6 + 0.6 * random.random())
            lift = np.sin(angle) * length * (0.6 if offset < 0 else 0.2)
            ends = np.array([[x, y + offset], [x + np.cos(angle) * length, y + offset + lift]])
            pixels = ((ends * (sign, -1) + (0.08, 0.05)) * scale * 8).astype(np.int32)
            cv2.line(canvas, pixels[0].tolist(), pixels[1].tolist(), 1.0, 2, cv2.LINE_AA, 3)
    soft = np.asarray(cv2.GaussianBlur(canvas, (0, 0), 2.5), np.float32)
    share = np.zeros_like(at.x)
    near = (at.z > -0.02) & (at.y > 0) & (at.y < 0.049) & (np.abs(at.x) < 0.079)
    columns, rows = (at.x[near] + 0.08) * scale, (0.05 - at.y[near]) * scale
    share[near] = soft[rows.astype(np.int64), columns.astype(np.int64)]
    return np.asarray(np.clip(share, 0, 0.75))


def beard_share(
    x: FloatArray, y: FloatArray, z: FloatArray, lips: FloatArray, ears: FloatArray
) -> FloatArray:
    """How much a beard grows at a point of the base mesh, 0 to 1."""
    turned, across = np.abs(face_angle(x, z)), np.abs(x)
    side = rise(turned, 0.6, 1.2)
    region = rise(y, -0.040, -0.052) * (1 - side) + side * rise(y, 0.006, -0.020)
    region = region * rise(y, -0.128, -0.110) * rise(turned, 1.5, 1.25) * (1 - rise(lips, 0.1, 0.3))
    under_lip = np.exp(-((x / 0.005) ** 2) - ((y + 0.086) / 0.004) ** 2)
    bare_cheek = rise(y, -0.078, -0.062) * rise(across, 0.024, 0.030) * rise(turned, 0.9, 0.6)
    return np.asarray(region * (1 - 0.8 * under_lip) * (1 - bare_cheek) * (ears < 0.2), np.float32)


def _beard(at: Texels, identity: Identity, fine: FloatArray) -> FloatArray:
    """Share of each texel that beard or stubble covers."""
    if identity.sex == "female":
        return np.zeros_like(fine)
    density = 0.08 + 0.80 * identity.beard
    grain = np.clip(0.75 + 0.3 * fine, 0.2, 1.1)
    return np.asarray(beard_share(at.x, at.y, at.z, at.lips, at.ears) * density * grain)


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
    colour = _mix(colour, 0.018 + 0.012 * stripes[:, None], rise(np.abs(across), 0.0235, 0.0225))
    share = cloth * (at.part == head_mesh().parts.index("torso"))
    skin[:] = _mix(skin, colour, share)
    infrared[:] = _mix(infrared, 0.12 + 0.5 * colour.mean(1), share)
