"""Where the parts of an aligned face lie on a wide chip, for what is put onto the face itself."""

from dataclasses import dataclass

from drivermon.perception.alignment import DEFAULT_GEOMETRY


@dataclass(frozen=True, slots=True)
class FacePlace:
    """Places in shares of the wide chip's side.

    Attributes:
        eyes_x: of the eye on the left and of that on the right of the chip.
        eyes_y: of both.
        apart: distance of the eyes.

    """

    eyes_x: tuple[float, float]
    eyes_y: float
    apart: float

    @classmethod
    def on(cls, wide_px: int, chip_px: int) -> "FacePlace":
        """Return it for chips of `chip_px` in the middle of wide ones."""
        rim = (wide_px - chip_px) / 2
        x, y = ((share * chip_px + rim) / wide_px for share in DEFAULT_GEOMETRY.left_eye)
        return cls((x, 1.0 - x), y, 1.0 - 2.0 * x)
