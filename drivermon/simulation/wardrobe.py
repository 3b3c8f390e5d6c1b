"""What a person wears on the head, put together from the identity."""

import numpy as np

from drivermon.simulation.glasses import Frames
from drivermon.simulation.hair import curtain, fur
from drivermon.simulation.head import Head
from drivermon.simulation.headwear import cap, face_mask
from drivermon.simulation.identity import Identity
from drivermon.simulation.pieces import Piece
from drivermon.simulation.skull import Skull
from drivermon.simulation.texels import beard_share, hair_share

SHORT_HAIR_M, BEARD_M = 0.009, 0.007
SHORTEST_BEARD = 0.25  # of density: below it is stubble, which is only painted
UNDER_CAP_Y = 0.045
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
            scalp = scalp * (base[:, 1] < UNDER_CAP_Y)
        pieces += fur(head.mesh, scalp, SHORT_HAIR_M, identity.seed + 40)
    if identity.hair in CURTAIN_TIP_Y:
        front, tip = CURTAIN_FRONT_RAD[identity.hair], CURTAIN_TIP_Y[identity.hair]
        pieces += curtain(skull, front, tip, identity.seed)
    if identity.beard > SHORTEST_BEARD:
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
