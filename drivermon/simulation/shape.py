"""From an identity to the shape of its head."""

import numpy as np

from drivermon.simulation.arrays import FloatArray, IntArray
from drivermon.simulation.identity import Identity, Sex
from drivermon.simulation.mesh import LEFT, HeadMesh

SHAPE_SPREAD = 0.32  # standard deviation of the weights of the small traits
UPPER_TEETH_M = np.array([0, -0.002, 0.0015], np.float32)  # the mesh hides them behind the lip


def shaped(mesh: HeadMesh, identity: Identity, random: np.random.Generator) -> FloatArray:
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


def average(mesh: HeadMesh, sex: Sex) -> FloatArray:
    """Positions of an average person of middle age, all ethnicities in equal shares."""
    positions = mesh.positions.copy()
    _add_build(mesh, positions, Identity(sex=sex, age=50, ethnicity=(1.0, 1.0, 1.0)))
    return positions


def eyeball(mesh: HeadMesh, side: str) -> IntArray:
    """Positions of one eyeball."""
    eyes = mesh.positions_of("eye")
    return np.asarray(eyes[(mesh.positions[eyes, 0] > 0) == (side == LEFT)])


def sphere(points: FloatArray) -> tuple[FloatArray, float]:
    """Centre and radius of the sphere nearest to the points, by linear least squares."""
    p = points.astype(np.float64)
    solution = np.linalg.lstsq(np.c_[2 * p, np.ones(len(p))], (p**2).sum(1), rcond=None)[0]
    centre = solution[:3]
    return centre.astype(np.float32), float(np.sqrt(solution[3] + centre @ centre))
