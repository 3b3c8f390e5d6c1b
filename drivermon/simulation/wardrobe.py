"""What a person wears on the head, as pieces of surface: hair, beard, cap, glasses, mask.

Places are in the unturned head of the person, metres.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from drivermon.simulation.arrays import FloatArray, IntArray
from drivermon.simulation.head import Head
from drivermon.simulation.identity import Identity
from drivermon.simulation.mesh import LEFT, SIDES, HeadMesh
from drivermon.simulation.parameters import DriverParameters
from drivermon.simulation.pieces import Piece, SkinPiece, SkullPiece
from drivermon.simulation.swatches import CAP, FRAME, HAIR, MASK, Swatch
from drivermon.simulation.texture import beard_share, face_angle, hair_share

LAYERS = 4  # shells of short hair; each outer one is sparser
SHORT_HAIR_M, BEARD_M = 0.009, 0.007
CAP_RIM_RAD = 1.25  # from the crown, over the forehead
CURTAIN_FRONT_RAD = {"bob": 1.02, "long": 0.98}
CURTAIN_TIP_Y = {"bob": -0.095, "long": -0.175}


def dress(head: Head, identity: Identity) -> list[Piece]:
    """Everything this person wears but the garment, which is painted on."""
    pieces: list[Piece] = []
    skull = Skull.of(head)
    ears = head.mesh.by_position(head.mesh.masks["ears"])
    base = head.mesh.positions
    if identity.hair != "bald":
        scalp = hair_share(*base.T) * (1 - np.clip(ears * 1.5, 0, 1))
        if identity.cap:
            scalp = scalp * (base[:, 1] < 0.045)
        pieces += fur(head.mesh, scalp, SHORT_HAIR_M, identity.seed + 40)
    if identity.hair in CURTAIN_TIP_Y:
        front, tip = CURTAIN_FRONT_RAD[identity.hair], CURTAIN_TIP_Y[identity.hair]
        pieces += curtain(skull, front, tip, identity.seed)
    if identity.beard > 0.25:
        lips = head.mesh.by_position(head.mesh.masks["lips"])
        x, y, z = base.T
        chin = beard_share(x, y, z, lips, ears)
        pieces += fur(head.mesh, chin * np.float32(identity.beard), BEARD_M, identity.seed + 41)
    if identity.cap:
        pieces += cap(skull)
    if identity.glasses or identity.sunglasses:
        pieces += Frames.of(head, identity).pieces()
    if identity.mask:
        pieces += face_mask(head)
    return pieces


@dataclass(frozen=True, slots=True)
class Skull:
    """How far the head reaches from its middle, for what is not shaped by the skin beneath.

    Attributes:
        centre: (3,) between the temples.
        directions: (N, 3) unit vectors to points of the skin.
        radii: (N,) their distances.

    """

    centre: FloatArray
    directions: FloatArray
    radii: FloatArray

    @classmethod
    def of(cls, head: Head) -> "Skull":
        """Measure the head above the ears."""
        skin = head.mesh.positions_of("skin")
        ears = head.mesh.by_position(head.mesh.masks["ears"])[skin]
        points = head.neutral[skin[(head.mesh.positions[skin, 1] > -0.02) & (ears < 0.3)]]
        centre = np.array([0, 0.028, (points[:, 2].min() + 0.012) / 2], np.float32)
        local = points - centre
        radii = np.linalg.norm(local, axis=1)
        return cls(centre, local / radii[:, None], radii)

    def at(self, angle: FloatArray, polar: FloatArray, above_m: float) -> FloatArray:
        """Points over the skin, (R, C, 3).

        Args:
            angle: (R, C) from the front, radians, own left > 0.
            polar: (R, C) from the crown, radians.
            above_m: height over the skin.

        """
        around = np.sin(polar)
        unit = np.stack([np.sin(angle) * around, np.cos(polar), np.cos(angle) * around], -1)
        near = unit @ self.directions.T > np.cos(0.22)
        reach = (near * self.radii).max(-1) + above_m
        reach = cv2.blur(np.pad(reach, 2, mode="edge"), (3, 3))[2:-2, 2:-2]
        return np.asarray(self.centre + unit * reach[..., None], np.float32)


def fur(mesh: HeadMesh, share: FloatArray, length_m: float, seed: int) -> list[Piece]:
    """Layers over the skin where `share` (P,) is, cut out by the strands, sparser to the tips."""
    render = share[mesh.render_to_position]
    triangles = mesh.triangles[mesh.part("skin", "torso") & (render[mesh.triangles].max(1) > 0.15)]
    used, local = np.unique(triangles, return_inverse=True)
    follows = mesh.render_to_position[used]
    random = np.random.default_rng(seed)
    height = length_m * (1 + 0.15 * random.standard_normal(len(share))) * share
    thin = 0.75 * (1 - share[follows])
    return [
        SkinPiece(
            triangles=local.reshape(-1, 3),
            atlas=mesh.atlas[used],
            follows=follows,
            height=(height[follows] * ((k + 1) / LAYERS)).astype(np.float32),
            level=(0.12 + 0.6 * (k / LAYERS) ** 1.2 + thin).astype(np.float32),
            two_sided=False,
            shine=0.02,
        )
        for k in range(LAYERS)
    ]


def grid(rows: int, columns: int, swatch: Swatch) -> tuple[IntArray, FloatArray]:
    """Triangles, front to +z for rows that go down and columns that go to +x, and their atlas coordinates."""
    index = np.arange(rows * columns).reshape(rows, columns)
    a, b, c, d = (q.ravel() for q in (index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]))
    triangles = np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)])
    down, across = np.meshgrid(np.linspace(0, 1, rows), np.linspace(0, 1, columns), indexing="ij")
    return triangles, swatch.coordinates(down.ravel(), across.ravel())


def grid_normals(points: FloatArray) -> FloatArray:
    """(R, C, 3) normals of a grid of points, to +z for rows that go down and columns that go to +x."""
    down = np.gradient(points, axis=0)
    across = np.gradient(points, axis=1)
    normals = np.cross(down, across)
    return np.asarray(normals / np.maximum(np.linalg.norm(normals, axis=2, keepdims=True), 1e-9), np.float32)


def curtain(skull: Skull, front_rad: float, tip_y: float, seed: int) -> list[Piece]:
    """Hair that falls from the crown over ears and neck, open in front."""
    rows, columns = 22, 48
    random = np.random.default_rng(seed + 42)
    # columns run from the own right temple round the back to the left one
    angle = np.linspace(-front_rad, front_rad - 2 * np.pi, columns)[None].repeat(rows, 0)
    polar = np.linspace(0.12, np.pi / 2, 10)[:, None].repeat(columns, 1)
    top = skull.at(angle[:10], polar, 0.008)
    fall = np.linspace(0, 1, rows - 9)[1:, None]
    tip = tip_y + 0.012 * np.abs(np.cos(angle[0])) + 0.006 * random.standard_normal(columns)
    below = np.repeat(top[-1:], rows - 10, axis=0)
    out = below[..., [0, 2]] - skull.centre[[0, 2]]
    out /= np.linalg.norm(out, axis=2, keepdims=True)
    flare = 0.016 * np.sin(np.clip(fall * 1.6, 0, 1) * np.pi / 2) - 0.014 * fall**2
    wave = 0.003 * np.sin(fall * 9 + 5 * random.random(columns)[None])
    below[..., [0, 2]] += out * (flare + wave)[..., None]
    below[..., 1] = top[-1:, :, 1] + (tip - top[-1, :, 1]) * fall
    points = np.concatenate([top, below])
    triangles, atlas = grid(rows, columns, HAIR)
    normals = grid_normals(points)
    down = np.linspace(0, 1, rows)[:, None]
    edge = np.minimum(np.arange(columns), np.arange(columns)[::-1])[None] / 2
    level = np.clip(0.6 * (1 - edge) + np.clip((down - 0.85) * 4, 0, 0.6), 0.02, 0.85)
    sky = (0.95 - 0.45 * down).repeat(columns, 1).ravel().astype(np.float32)
    outer = SkullPiece(
        triangles=triangles,
        atlas=atlas,
        level=level.ravel().astype(np.float32),
        two_sided=False,
        shine=0.06,
        points=points.reshape(-1, 3),
        normals=normals.reshape(-1, 3),
        sky=sky,
    )
    inner = replace(
        outer,
        triangles=triangles[:, ::-1],
        points=(points - 0.003 * normals).reshape(-1, 3),
        normals=-outer.normals,
        sky=np.full(len(sky), 0.12, np.float32),
        shine=0.0,
    )
    return [outer, inner]


def cap(skull: Skull) -> list[Piece]:
    """A cap with a peak."""
    rows, columns = 10, 49
    angle = np.linspace(-np.pi, np.pi, columns)[None].repeat(rows, 0)
    rim = CAP_RIM_RAD + 0.25 * (1 - np.cos(angle)) / 2
    points = skull.at(angle, np.linspace(0.02, 1, rows)[:, None] * rim, 0.009)
    triangles, atlas = grid(rows, columns, CAP)
    dome = SkullPiece(
        triangles=triangles,
        atlas=atlas,
        points=points.reshape(-1, 3),
        normals=grid_normals(points).reshape(-1, 3),
        sky=np.ones(rows * columns, np.float32),
        shine=0.01,
    )
    return [dome, _peak(skull)]


def _peak(skull: Skull) -> Piece:
    rows, columns = 6, 25
    angle = np.linspace(-1.05, 1.05, columns)[None].repeat(rows, 0)
    out = np.linspace(0, 1, rows)[:, None]
    rim = skull.at(angle, np.full_like(angle, CAP_RIM_RAD), 0.009)
    length = 0.068 * np.cos(angle / 1.05 * np.pi / 2) ** 0.6
    rim[..., 2] += length * out
    rim[..., 1] -= 0.020 * out + 0.018 * (1 - np.cos(angle)) * out
    triangles, atlas = grid(rows, columns, CAP)
    up = np.tile(np.array([0, 0.95, 0.3], np.float32), (rows * columns, 1))
    return SkullPiece(
        triangles=triangles,
        atlas=atlas,
        points=rim.reshape(-1, 3),
        normals=up,
        sky=np.full(rows * columns, 0.8, np.float32),
        shine=0.01,
    )


@dataclass(frozen=True, slots=True)
class Frames:
    """A pair of glasses.

    Attributes:
        lenses: outline (N, 3) of each lens.
        paths: middle lines (N, 3) of the other tubes.
        radius_m: of the tubes.

    """

    lenses: tuple[FloatArray, FloatArray]
    paths: tuple[FloatArray, ...]
    radius_m: float

    @classmethod
    def of(cls, head: Head, identity: Identity) -> "Frames":
        """Fit a pair to the eyes, nose and ears; shape and size drawn from the identity."""
        random = np.random.default_rng(identity.seed + 77)
        wide = random.uniform(0.0265, 0.030) * (1.06 if identity.sunglasses else 1.0)
        high = random.uniform(0.018, 0.024) * (1.12 if identity.sunglasses else 1.0)
        power = random.uniform(2.1, 3.4)
        front = max(centre[2] + radius for centre, radius in head.eyes.values()) + 0.017
        around = np.linspace(0, 2 * np.pi, 40, endpoint=False)
        across = np.sign(np.cos(around)) * np.abs(np.cos(around)) ** (2 / power) * wide
        upward = np.sign(np.sin(around)) * np.abs(np.sin(around)) ** (2 / power) * high
        lenses, paths = [], []

        def curved(x: FloatArray) -> FloatArray:
            return np.asarray(front - 2.8 * x**2)

        for side in SIDES:
            sign = 1 if side == LEFT else -1
            x, y, _ = head.eyes[side][0]
            x = x + sign * 0.0015
            outline = np.stack([x + across, y - 0.003 + upward, curved(x + across)], 1)
            lenses.append(outline.astype(np.float32))
            hinge = x + sign * wide
            ear = head.mesh.landmarks(head.neutral)[16 if side == LEFT else 0]
            bar = [
                [hinge, y + 0.008, curved(hinge)],
                [hinge + sign * 0.007, y + 0.008, curved(hinge) - 0.012],
                [ear[0] + sign * 0.008, y + 0.008, ear[2] - 0.005],
            ]
            paths.append(np.array(bar, np.float32))
        inner = [lens[np.abs(lens[:, 0]).argmin()] for lens in lenses]
        middle = (inner[0] + inner[1]) / 2 + np.array([0, 0.006, 0.002], np.float32)
        paths.append(np.array([inner[0] + (0, 0.004, 0), middle, inner[1] + (0, 0.004, 0)], np.float32))
        return cls((lenses[0], lenses[1]), tuple(paths), float(random.uniform(0.0009, 0.0020)))

    def pieces(self) -> list[Piece]:
        """Rims, bridge and bars."""
        rims = [tube(lens, self.radius_m, closed=True) for lens in self.lenses]
        return rims + [tube(path, self.radius_m, closed=False) for path in self.paths]


def tube(path: FloatArray, radius_m: float, *, closed: bool, swatch: Swatch = FRAME) -> Piece:
    """A thin tube along a path."""
    sides = 6
    along = np.roll(path, -1, 0) - np.roll(path, 1, 0)
    if not closed:
        along[0], along[-1] = path[1] - path[0], path[-1] - path[-2]
    along = along / np.linalg.norm(along, axis=1, keepdims=True)
    first = np.cross(along, np.array([0.05, 0.1, 1.0]))
    weak = np.linalg.norm(first, axis=1) < 0.3
    first[weak] = np.cross(along[weak], np.array([0, 1.0, 0]))
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    second = np.cross(along, first)
    turn = np.arange(sides) * 2 * np.pi / sides
    normals = np.cos(turn)[None, :, None] * first[:, None] + np.sin(turn)[None, :, None] * second[:, None]
    points = path[:, None] + radius_m * normals
    n = len(path)
    i = np.arange(n if closed else n - 1)[:, None]
    k = np.arange(sides)[None]
    a, b = i * sides + k, (i + 1) % n * sides + k
    c, d = (i + 1) % n * sides + (k + 1) % sides, i * sides + (k + 1) % sides
    quads = np.stack([a, b, c, d], -1).reshape(-1, 4)
    half = np.full(n * sides, 0.5)
    return SkullPiece(
        triangles=np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]]),
        atlas=swatch.coordinates(half, half),
        points=points.reshape(-1, 3).astype(np.float32),
        normals=normals.reshape(-1, 3).astype(np.float32),
        sky=np.ones(n * sides, np.float32),
        shine=0.15,
    )


def face_mask(head: Head) -> list[Piece]:
    """A pleated mask from the bridge of the nose to under the chin, with loops to the ears."""
    shut = _mask_points(head, head.expressed(DriverParameters()))
    opened = _mask_points(head, head.expressed(DriverParameters(jaw=1)))
    rows, columns = shut.shape[:2]
    triangles, atlas = grid(rows, columns, MASK)
    cloth = SkullPiece(
        triangles=triangles,
        atlas=atlas,
        points=shut.reshape(-1, 3),
        opened=opened.reshape(-1, 3),
        normals=grid_normals(shut).reshape(-1, 3),
        sky=np.full(rows * columns, 0.85, np.float32),
    )
    points = head.mesh.landmarks(head.neutral)
    loops = []
    for column, jaw in ((0, points[0]), (-1, points[16])):
        sign = np.sign(jaw[0])
        behind = jaw + np.array([sign * 0.010, -0.004, -0.012], np.float32)
        for row in (1, rows - 2):
            path = np.stack(
                [shut[row, column], (shut[row, column] + behind) / 2 + (sign * 0.004, 0, 0), behind]
            )
            loops.append(tube(path.astype(np.float32), 0.0011, closed=False, swatch=MASK))
    return [cloth, *loops]


def _mask_points(head: Head, positions: FloatArray) -> FloatArray:
    """(R, C, 3) cloth stretched over the skin of the lower face."""
    rows, columns = 14, 27
    skin = positions[head.mesh.positions_of("skin")]
    skin_angle = face_angle(skin[:, 0], skin[:, 2])
    radius = np.hypot(skin[:, 0], skin[:, 2] + 0.0995)
    chin = positions[head.mesh.landmark_vertices[8, 0]]
    angle = np.linspace(-1.0, 1.0, columns)
    top = -0.014 - 0.014 * np.minimum(np.abs(angle) / 0.35, 1) - 0.004 * np.abs(angle)
    bottom = chin[1] - 0.004 + (0.030 + (-0.112 - chin[1]) * -0.6) * (np.abs(angle) / 1.0) ** 1.6
    y = top + np.linspace(0, 1, rows)[:, None] * (bottom - top)
    reach = np.zeros((rows, columns))
    for r in range(rows):
        for c in range(columns):
            near = np.exp(-(((skin_angle - angle[c]) / 0.11) ** 2) - ((skin[:, 1] - y[r, c]) / 0.009) ** 2)
            reach[r, c] = (radius * (near > 0.2)).max(initial=0.0) if (near > 0.2).any() else 0.0
    floor = np.where(reach > 0, reach, np.max(reach, 0, keepdims=True) * 0.9)
    smooth = floor.copy()
    for _ in range(3):
        padded = np.pad(smooth, 1, mode="edge")
        mean = (padded[:-2, 1:-1] + padded[2:, 1:-1] + padded[1:-1, :-2] + padded[1:-1, 2:]) / 4
        smooth = np.maximum(0.5 * smooth + 0.5 * mean, floor - 0.002)
    smooth += 0.004
    turn = np.broadcast_to(angle, (rows, columns))
    return np.stack([np.sin(turn) * smooth, y, np.cos(turn) * smooth - 0.0995], -1).astype(np.float32)
