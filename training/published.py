"""What is known of the published results; `None` where a number is not known here, never a guess."""

from dataclasses import dataclass

OVERFIT_PICTURES, OVERFIT_NEUTRAL = 742, 544
"""Size of the set on which over-fitting was looked for, and how many of its pictures are neutral."""


@dataclass(frozen=True, slots=True)
class Published:
    """Published facts of one network.

    Attributes:
        parameters: as counted there; see the network's own module for why ours differ.
        batch: pictures a step.
        retrained: which layers learned.

    """

    parameters: int
    batch: int
    retrained: str


NETWORKS = {
    "alexnet": Published(56_896_903, 60, "last convolution, fully connected"),
    "vgg16": Published(134_289_223, 40, "last convolution, fully connected"),
    "resnet101": Published(42_619_847, 20, "last layer"),
}
TEST_ACCURACY = "97 %"
"""The best, on pictures of people who stood in training too: it was split by picture."""
UNSEEN_ACCURACY = "79–82 %"
"""Of the same networks on new people."""
UNKNOWN = "not known"
