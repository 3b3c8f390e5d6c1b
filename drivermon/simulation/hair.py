"""Hair and beards: shells over the skin that strands cut out, and a curtain that falls."""

from dataclasses import replace

import numpy as np

from drivermon.simulation.arrays import FloatArray
from drivermon.simulation.grids import grid, grid_normals
from drivermon.simulation.mesh import HeadMesh
from drivermon.simulation.pieces import Piece, SkinPiece, SkullPiece
from drivermon.simulation.skull import Skull
from drivermon.simulation.swatches import HAIR

LAYERS = 4  # each outer one is sparser


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
