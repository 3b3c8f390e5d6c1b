"""One person's head and how it moves with the parameters."""

from dataclasses import dataclass
from typing import get_args

import numpy as np

from drivermon.simulation.arrays import FloatArray
from drivermon.simulation.expression import shown_aperture, unit_weights
from drivermon.simulation.geometry import rotation_matrix, turn_about
from drivermon.simulation.identity import Identity, Sex
from drivermon.simulation.lashes import Lashes
from drivermon.simulation.lids import Lid, make_lid
from drivermon.simulation.mesh import LEFT, RIGHT, SIDES, HeadMesh, head_mesh
from drivermon.simulation.parameters import DriverParameters
from drivermon.simulation.shape import average, eyeball, shaped, sphere

OPEN_EAR, OPEN_EAR_SPREAD = 0.285, 0.02  # people: 0.257, 0.021 as a landmark network sees them
SUNK_BALL = 0.10  # of the radius, under a shut lid


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
        positions = shaped(self.mesh, identity, random)
        balls = {side: sphere(positions[eyeball(self.mesh, side)]) for side in SIDES}
        middle = (balls[LEFT][0] + balls[RIGHT][0]) / 2
        self.neutral = positions - middle
        self.eyes = {side: (centre - middle, radius) for side, (centre, radius) in balls.items()}
        neck, skull = (self.neutral[self.mesh.joints[name]].mean(0) for name in ("neck", "head"))
        self.pivot = neck * np.float32(0.45) + skull * np.float32(0.55)
        open_ear = float(np.clip(random.normal(OPEN_EAR, OPEN_EAR_SPREAD), 0.24, 0.33))
        self.lids: dict[str, Lid] = {
            side: make_lid(self.mesh, side, self.neutral, open_ear) for side in SIDES
        }
        self.neck_share = _neck_share(self.mesh)
        self._eyeballs = {side: eyeball(self.mesh, side) for side in SIDES}
        self._lashes = [
            Lashes.of(self.mesh, row, side, self.neutral) for row in ("upper", "lower") for side in SIDES
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


def _neck_share(mesh: HeadMesh) -> FloatArray:
    """(P,) share of the head's rotation: 1 for all of the face to the chin, 0 at the shoulders."""
    y, z = mesh.positions[:, 1], mesh.positions[:, 2]
    top = -0.105 - 0.5 * np.maximum(z + 0.05, 0)
    t = np.clip((y + 0.185) / (top + 0.185), 0, 1)
    share = np.asarray(t * t * (3 - 2 * t), np.float32)
    share[mesh.positions_of("mouth", "socket", "eye", "teeth", "tongue", "upper_lashes", "lower_lashes")] = 1
    return share


def neutral_landmarks_3d() -> FloatArray:
    """(68, 3) points of the average face without expression, eyes open.

    Metres; x to the own left, y up, z forward; origin between the eyes.
    """
    mesh = head_mesh()
    sexes = [average(mesh, sex) for sex in get_args(Sex)]
    neutral = (sexes[0] + sexes[1]) / 2
    neutral -= (sphere(neutral[eyeball(mesh, LEFT)])[0] + sphere(neutral[eyeball(mesh, RIGHT)])[0]) / 2
    for side in SIDES:
        make_lid(mesh, side, neutral, OPEN_EAR).set_aperture(neutral, 1.0)
    return mesh.landmarks(neutral)
