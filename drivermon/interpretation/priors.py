"""What the population measures, by scheme of landmarks: where a driver's own normal starts from."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Prior:
    """How one way to measure a face reads lids and lips.

    Attributes:
        open: an open eye.
        shut: a shut eye.
        most_shut: a shut eye is never learned to read more than this.
        yawning: inner-lip ratio over the resting one that only a yawn passes.
        yawn_over: and under which it is over.
        judged_to_deg: how far the head may turn or sink before lids can't be read any more; infinite for
            a method that tells itself how surely an eye is seen.
        kept_after_s: a closure older than this keeps its timer when the eyes get lost.

    """

    open: float
    shut: float
    most_shut: float
    yawning: float
    yawn_over: float
    judged_to_deg: float
    kept_after_s: float


FOLLOWER = Prior(
    open=0.285, shut=0.03, most_shut=0.075, yawning=0.75, yawn_over=0.6,
    judged_to_deg=float("inf"), kept_after_s=0.3,
)  # fmt: skip
"""A network that follows the face: shut 0.03, open 0.285; yawn 1.1 and more, speech at most 0.6."""

DLIB68 = Prior(
    open=0.27, shut=0.085, most_shut=0.085, yawning=0.5, yawn_over=0.4,
    judged_to_deg=20.0, kept_after_s=1.0,
)  # fmt: skip
"""dlib's 68 points: a shut eye reads 0.37 to 0.48 of the open one, 0.10 to 0.13, and noisily, so that
`shut` stands below it: a missed closure rather than a false alarm. The mouth never passes 0.65. It can't
tell that it sees no eye, and loses the face when it turns or yawns."""

_BY_SCHEME = {"dlib68": DLIB68}


def prior_of(scheme: str | None) -> Prior:
    """Return what the scheme of a `FaceMeasurement` measures of the population."""
    return _BY_SCHEME.get(scheme or "", FOLLOWER)
