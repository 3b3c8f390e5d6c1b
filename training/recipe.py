"""What a training run is made of: the compact network's own recipe, and the published one."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

SCRATCH, FACES = "scratch", "faces"


@dataclass(frozen=True, slots=True)
class Recipe:
    """All choices of a run; the defaults are the compact network's.

    Attributes:
        network: name in `networks.NETWORKS`.
        epochs: passes over all training chips.
        batch: chips per step, over all processes together.
        optimizer: "adamw", or "sgd" with momentum 0.9.
        learning_rate: of AdamW at its peak, of SGD at the start.
        schedule: "cosine": linear warm-up over a tenth of the steps, then a cosine to 0; "thirds":
            a tenth of the rate after each third of the epochs.
        weight_decay: not on biases and normalisations.
        ema: decay per step of the averaged weights, which are the ones that are kept; 0 keeps the last.
        augmented: chips are disturbed as a cabin camera would, anew every time.
        small_first: from scratch, the first epochs see smaller chips.
        even: rare classes are drawn more often.
        patience: epochs without a better held-out score until the run stops; 0 never stops early.
        init: "scratch", "faces", or the path of weights: a `best.pt`, an exported
            .onnx or a public state dict.
        seen_px: at which the compact and the large network see chips; 0 for that of the starting weights.
        still: share of the epochs in which the early layers keep weights learned on faces.
        early_rate: learning rate of early layers that were given weights, in shares of the others'.
        face_epochs: passes over the faces for "faces", to learn what the recogniser says of them; 0 for a
            network that takes the recogniser's layers over, and leaves it at that.
        face_limit: faces that are learned from for "faces"; each costs 10 ms once.
        face_rate: AdamW's learning rate there.
        teachers: checkpoints of earlier runs whose mean opinion is learned beside the labels.
        unlabelled_teachers: the same of chips without any of the seven classes, in place of `teachers`: what
            these have learned by heart does no harm there.
        crossed: teacher k of n teaches part k alone, which it has left out.
        left_out: k and n: the part of so many, from 1 on, that is not learned from, to teach it later.
        informed: teachers have seen the votes when they say what the original label is.
        trust: share of the teachers in what is learned, 0 to 1.
        seed: of weights, order and augmentation.
        threads: of torch.

    """

    network: str = "compact"
    epochs: int = 40
    batch: int = 128
    optimizer: Literal["adamw", "sgd"] = "adamw"
    learning_rate: float = 1e-3
    schedule: Literal["cosine", "thirds"] = "cosine"
    weight_decay: float = 0.05
    ema: float = 0.998
    augmented: bool = True
    small_first: bool = True
    even: bool = True
    patience: int = 0
    init: str = FACES
    seen_px: int = 0
    still: float = 0.5
    early_rate: float = 0.2
    face_epochs: int = 0
    face_limit: int = 8000
    face_rate: float = 2e-3
    teachers: tuple[Path, ...] = ()
    unlabelled_teachers: tuple[Path, ...] = ()
    crossed: bool = False
    left_out: tuple[int, int] | None = None
    informed: bool = False
    trust: float = 0.5
    seed: int = 0
    threads: int = 1

    @property
    def weights(self) -> Path | None:
        """The file that `init` names, if it names one."""
        return None if self.init in (SCRATCH, FACES) else Path(self.init)


def published(network: str, batch: int, face_rate: float) -> Recipe:
    """Return the published recipe: SGD at 0.001, a tenth after each third of 30 epochs, chips as they are.

    The decay's weight is not published; 5e-4 is AlexNet's own (Krizhevsky et al. 2012).
    """
    return Recipe(
        network=network,
        epochs=30,
        batch=batch,
        optimizer="sgd",
        learning_rate=1e-3,
        schedule="thirds",
        weight_decay=5e-4,
        ema=0.0,
        augmented=False,
        small_first=False,
        even=False,
        face_epochs=4,
        face_rate=face_rate,
    )
