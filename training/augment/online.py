"""What a cabin camera does to a face, done to whole batches of chips, anew every time they are seen.

First what is on the face and moves with it, then geometry, then light, then loss. Every amount is drawn
per chip from the seed, so a seed repeats a run. A share of the chips is only moved, lit otherwise and now
and then given glasses: a network that hardly ever sees a clear face learns slowly what it looks like.
"""

import torch
from torch import Tensor

from training.augment.camera import blurred, coarse, compressed, grainy, moved
from training.augment.cover import covered, spectacled
from training.augment.draws import Draws
from training.augment.face import FacePlace
from training.augment.light import darkened, exposed, glaring, infrared

CALM = 0.75
"""Share of the chips that are only moved, lit otherwise and given glasses."""


class Augment:
    """Turn wide uint8 chips (N, W, W) or (N, W, W, 3) into float32 (N, C, S, S) of 0 to 255."""

    def __init__(self, size_px: int, seed: int, chip_px: int | None = None) -> None:
        """Make one that cuts chips of `chip_px` out of wider ones and scales them to `size_px`."""
        self.size_px = size_px
        self.chip_px = size_px if chip_px is None else chip_px
        self._draws = Draws(seed)

    def __call__(self, wide: Tensor) -> Tensor:
        """Return the augmented chips, on the device of `wide`."""
        draws = self._draws
        draws.device = wide.device
        face = FacePlace.on(wide.shape[1], self.chip_px)
        chips = wide[:, None].float() if wide.ndim == 3 else wide.permute(0, 3, 1, 2).float()
        chips = spectacled(chips, draws, face)
        calm = round(CALM * len(chips))
        changed = covered(infrared(chips[calm:], draws, face), draws, face)
        chips = moved(torch.cat([chips[:calm], changed]), draws, self.size_px, self.chip_px)
        chips = exposed(chips, draws)
        changed = darkened(glaring(chips[calm:], draws), draws)
        changed = grainy(blurred(coarse(changed, draws), draws), draws)
        return torch.cat([chips[:calm], compressed(changed, draws)]).clamp_(0.0, 255.0)
