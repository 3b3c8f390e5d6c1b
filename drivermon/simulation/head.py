"""One person's head: shape, and how it moves with the parameters."""

from dataclasses import dataclass
from typing import get_args

import numpy as np

from drivermon.simulation.arrays import FloatArray, IntArray
from drivermon.simulation.expression import shown_aperture, unit_weights
from drivermon.simulation.geometry import rotation_matrix, turn_about
from drivermon.simulation.identity import Identity, Sex
from drivermon.simulation.lids import Lid, make_lid
from drivermon.simulation.mesh import LEFT, RIGHT, SIDES, HeadMesh, head_mesh
from drivermon.simulation.parameters import DriverParameters

OPEN_EAR, OPEN_EAR_SPREAD = 0.285, 0.02  # people: 0.257, 0.021 as a landmark network sees them
SHAPE_SPREAD = 0.32  # standard deviation of the weights of the small traits
UPPER_TEETH_M = np.array([0, -0.002, 0.0015], np.float32)  # the mesh hides them behind the lip
SUNK_BALL = 0.10
LASHES_DOWN_DEG = 60.0  # the upper lashes turn down as the lid closes; else dlib goes on seeing an open eye


@dataclass(frozen=True, slots=True)
class Posed:
    """A head in one frame.

    Attributes:
        positions: (P, 3) in the world, metres.
        unturned: (P, 3) before head rotation and seat offset; expression and lids are in.
        rotation: (3, 3) of the head in the world.
        seat: (3,) offset of the driver, metres.
        apertures: measured lid aperture by side, share of the open eye.

    """

    positions: FloatArray
    unturned: FloatArray
    rotation: FloatArray
    seat: FloatArray
    apertures: dict[str, float]


def smoothstep(low: float, high: float, x: FloatArray) -> FloatArray:
    """0 at `low`, 1 at `high`, smooth between; `low` may be the larger."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


class Head:
    """The mesh shaped to an identity.

    Attributes:
        mesh: the base mesh.
        neutral: (P, 3) expressionless, lids as the shape has them, origin between the eyes.
        pivot: (3,) about which the head turns.
        eyes: centre (3,) and radius of each eyeball by side.
        lids: by side.

    """

    def __init__(self, identity: Identity) -> None:
        """Shape the mesh; the same identity gives the same head."""
        self.mesh = head_mesh()
        random = np.random.default_rng(identity.seed + 1000)
        shaped = _shape(self.mesh, identity, random)
        balls = {side: _sphere(shaped[_eyeball(self.mesh, side)]) for side in SIDES}
        middle = (balls[LEFT][0] + balls[RIGHT][0]) / 2
        self.neutral = shaped - middle
        self.eyes = {side: (centre - middle, radius) for side, (centre, radius) in balls.items()}
        neck, skull = (self.neutral[self.mesh.joints[name]].mean(0) for name in ("neck", "head"))
        self.pivot = neck * np.float32(0.45) + skull * np.float32(0.55)
        open_ear = float(np.clip(random.normal(OPEN_EAR, OPEN_EAR_SPREAD), 0.24, 0.33))
        self.lids: dict[str, Lid] = {
            side: make_lid(self.mesh, side, self.neutral, open_ear) for side in SIDES
        }
        self.neck_share = _neck_share(self.mesh)
        self._eyeballs = {side: _eyeball(self.mesh, side) for side in SIDES}
        self._lashes = [
            _Lashes.of(self.mesh, row, side, self.neutral) for row in ("upper", "lower") for side in SIDES
        ]
        self._lash_length = {"upper": 0.5 + 0.3 * identity.makeup, "lower": 0.15 + 0.2 * identity.makeup}

    def expressed(self, parameters: DriverParameters) -> FloatArray:
        """(P, 3) positions with expression, jaw and lids, not turned."""
        positions = self.neutral.copy()
        for name, weight in unit_weights(parameters).items():
            self.mesh.add_target(positions, f"unit/{name}", weight)
        asked = {LEFT: parameters.left_aperture, RIGHT: parameters.right_aperture}
        for side in SIDES:
            shown = shown_aperture(asked[side], parameters)
            self.lids[side].set_aperture(positions, shown)
            # gaze turns the iris, not the mesh; under a shut lid the ball sinks, or it would show through
            centre, _ = self.eyes[side]
            ball = self._eyeballs[side]
            sunk = 1 - SUNK_BALL * max(1 - shown / 0.3, 0.0)
            positions[ball] = centre + (self.neutral[ball] - centre) * np.float32(sunk)
        for lashes in self._lashes:
            shut = 1 - min(self.lids[lashes.side].aperture(positions), 1.0)
            lashes.place(positions, self._lash_length[lashes.row], shut)
        return positions

    def pose(self, parameters: DriverParameters) -> Posed:
        """Positions in the world: expression, then head turned on the neck, then the seat's offset."""
        unturned = self.expressed(parameters)
        rotation = rotation_matrix(parameters.yaw_deg, parameters.pitch_deg, parameters.roll_deg)
        apertures = {side: self.lids[side].aperture(unturned) for side in SIDES}
        positions = self.turned(unturned, rotation, self.neck_share)
        seat = np.array(parameters.seat_m, np.float32)
        return Posed(positions + seat, unturned, rotation, seat, apertures)

    def jaw_drop(self, positions: FloatArray) -> float:
        """How far the chin is down, 0 shut to about 1 in a full yawn."""
        chin = self.mesh.landmark_vertices[8, 0]
        index, delta = self.mesh.targets["unit/jawOpen"]
        full = float(-delta[np.flatnonzero(index == chin)[0], 1])
        return float(np.clip((self.neutral[chin, 1] - positions[chin, 1]) / full, 0, 1.2))

    def turned(self, points: FloatArray, rotation: FloatArray, share: FloatArray | None = None) -> FloatArray:
        """Turn points fixed to the skull, or (with shares) points along the neck."""
        if share is None:
            return np.asarray(self.pivot + (points - self.pivot) @ rotation.T, np.float32)
        out = self.turned(points, rotation)
        neck = share < 1
        out[neck] = turn_about(points[neck], self.pivot, rotation, share[neck])
        return out


def _shape(mesh: HeadMesh, identity: Identity, random: np.random.Generator) -> FloatArray:
    """Base mesh with age, sex, ethnicity and weight, and a draw of small traits."""
    positions = mesh.positions.copy()
    positions[_upper_teeth(mesh)] += UPPER_TEETH_M
    _add_build(mesh, positions, identity)
    for name in _small_traits(mesh):
        if random.random() < 0.3:
            weight = min(abs(random.normal(0, SHAPE_SPREAD)), 0.65)
            for target in _both_sides(mesh, name):
                mesh.add_target(positions, target, weight)
    for name in sorted(n for n in mesh.targets if n.startswith("shape/asym")):
        if random.random() < 0.08:
            mesh.add_target(positions, name, random.random() * 0.3)
    return positions


def _add_build(mesh: HeadMesh, positions: FloatArray, identity: Identity) -> None:
    """Add age, sex, ethnicity and weight, in place."""
    old = min(max((identity.age - 20) / 60, 0.0), 1.0)
    races = np.array(identity.ethnicity) / sum(identity.ethnicity)
    w = identity.weight
    builds = {"min": max(0.0, 1 - 2 * w), "average": 1 - abs(2 * w - 1), "max": max(0.0, 2 * w - 1)}
    for age, share in (("young", 1 - old), ("old", old)):
        for race, part in zip(("african", "asian", "caucasian"), races, strict=True):
            mesh.add_target(positions, f"race/{race}-{identity.sex}-{age}", share * part)
        for build, part in builds.items():
            mesh.add_target(positions, f"weight/{build}-{identity.sex}-{age}", share * part)


def _small_traits(mesh: HeadMesh) -> list[str]:
    """Names of local shape targets; left and right of a pair share one name."""
    names = {name.removeprefix("shape/") for name in mesh.targets if name.startswith("shape/")}
    pairs = {name[2:] if name[:2] in ("l-", "r-") else name for name in names}
    return sorted(n for n in pairs if not any(part in n for part in ("asym", "neck", "trans", "push")))


def _both_sides(mesh: HeadMesh, name: str) -> tuple[str, ...]:
    single = f"shape/{name}"
    return (single,) if single in mesh.targets else (f"shape/l-{name}", f"shape/r-{name}")


def _upper_teeth(mesh: HeadMesh) -> IntArray:
    """Positions of the teeth that do not move with the jaw."""
    teeth = mesh.positions_of("teeth")
    index, _ = mesh.targets["unit/jawOpen"]
    return np.setdiff1d(teeth, index)


def _eyeball(mesh: HeadMesh, side: str) -> IntArray:
    eyes = mesh.positions_of("eye")
    return np.asarray(eyes[(mesh.positions[eyes, 0] > 0) == (side == LEFT)])


def _sphere(points: FloatArray) -> tuple[FloatArray, float]:
    """Centre and radius of the sphere nearest to the points, by linear least squares."""
    p = points.astype(np.float64)
    solution = np.linalg.lstsq(np.c_[2 * p, np.ones(len(p))], (p**2).sum(1), rcond=None)[0]
    centre = solution[:3]
    return centre.astype(np.float32), float(np.sqrt(solution[3] + centre @ centre))


def _neck_share(mesh: HeadMesh) -> FloatArray:
    """(P,) share of the head's rotation: 1 for all of the face to the chin, 0 at the shoulders."""
    y, z = mesh.positions[:, 1], mesh.positions[:, 2]
    top = -0.105 - 0.5 * np.maximum(z + 0.05, 0)
    t = np.clip((y + 0.185) / (top + 0.185), 0, 1)
    share = np.asarray(t * t * (3 - 2 * t), np.float32)
    share[mesh.positions_of("mouth", "socket", "eye", "teeth", "tongue", "upper_lashes", "lower_lashes")] = 1
    return share


@dataclass(frozen=True, slots=True)
class _Lashes:
    """A strip of lashes that hangs on a lid margin."""

    side: str
    row: str
    tips: IntArray
    roots: IntArray
    offsets: FloatArray

    @classmethod
    def of(cls, mesh: HeadMesh, row: str, side: str, neutral: FloatArray) -> "_Lashes":
        tips = mesh.positions_of(f"{row}_lashes")
        tips = tips[(mesh.positions[tips, 0] > 0) == (side == LEFT)]
        skin = mesh.positions_of("skin", "socket")
        distance = np.linalg.norm(mesh.positions[tips][:, None] - mesh.positions[skin][None], axis=2)
        roots = skin[distance.argmin(1)]
        return cls(side, row, tips, roots, neutral[tips] - neutral[roots])

    def place(self, positions: FloatArray, length: float, shut: float) -> None:
        """Hang the strip on the moved lid, `length` long, turned down by how far the lid is shut."""
        angle = np.radians(LASHES_DOWN_DEG if self.row == "upper" else 20.0) * shut
        c, s = np.float32(np.cos(angle)), np.float32(np.sin(angle))
        x, y, z = (self.offsets * np.float32(length)).T
        forward = np.float32(0.0004 + (0.002 * shut if self.row == "upper" else 0.0))
        positions[self.tips] = positions[self.roots] + np.stack(
            [x, y * c - z * s, y * s + z * c + forward], 1
        )


def neutral_landmarks_3d() -> FloatArray:
    """(68, 3) points of the average face without expression, eyes open.

    Metres; x to the own left, y up, z forward; origin between the eyes.
    """
    mesh = head_mesh()
    sexes = [_average(mesh, sex) for sex in get_args(Sex)]
    neutral = (sexes[0] + sexes[1]) / 2
    neutral -= (_sphere(neutral[_eyeball(mesh, LEFT)])[0] + _sphere(neutral[_eyeball(mesh, RIGHT)])[0]) / 2
    for side in SIDES:
        make_lid(mesh, side, neutral, OPEN_EAR).set_aperture(neutral, 1.0)
    return mesh.landmarks(neutral)


def _average(mesh: HeadMesh, sex: Sex) -> FloatArray:
    """Positions of an average person of middle age, all ethnicities in equal shares."""
    positions = mesh.positions.copy()
    _add_build(mesh, positions, Identity(sex=sex, age=50, ethnicity=(1.0, 1.0, 1.0)))
    return positions
