"""Draw the contact sheet ``docs/synthetic_driver.jpg``: people, lights, expressions, turns, lids, what hides.

python scripts/draw_synthetic_driver.py
"""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from drivermon.emotions import EMOTIONS
from drivermon.simulation import CAST, Camera, DriverParameters, Light, Renderer

Picture = NDArray[np.uint8]

OUT = Path(__file__).parents[1] / "docs" / "synthetic_driver.jpg"
LIGHTS = {"day": Light(), "low sun": Light("low_sun", 60), "infrared": Light("night_ir")}
TILE = 148
NEAR = Camera(width=320, height=320, horizontal_fov_deg=26)
JPEG_QUALITY = 82


def tile(picture: Picture, label: str) -> Picture:
    """A square picture with its label."""
    small = cv2.resize(picture, (TILE, TILE), interpolation=cv2.INTER_AREA)
    small[-16:] = small[-16:] // 3  # a dark band under the label
    cv2.putText(small, label, (4, TILE - 5), cv2.FONT_HERSHEY_SIMPLEX, 0.36, (255, 255, 255), 1, cv2.LINE_AA)
    return np.asarray(small, np.uint8)


def near(renderer: Renderer, parameters: DriverParameters, label: str, light: Light | None = None) -> Picture:
    """A close view of one frame."""
    return tile(renderer.render(parameters, light)[0], label)


def wide(renderer: Renderer, parameters: DriverParameters, label: str, light: Light | None = None) -> Picture:
    """The middle of a whole frame."""
    picture, _ = renderer.render(parameters, light)
    return tile(np.ascontiguousarray(picture[:, 80:560]), label)


def people() -> list[list[Picture]]:
    """The cast in each light."""
    renderers = {name: Renderer(identity) for name, identity in CAST.items()}
    return [
        [wide(renderer, DriverParameters(), f"{name}, {kind}", light) for name, renderer in renderers.items()]
        for kind, light in LIGHTS.items()
    ]


def faces() -> list[list[Picture]]:
    """Expressions, lids, yawn, turns and what comes between."""
    amina, jonas = Renderer(CAST["amina"], NEAR), Renderer(CAST["jonas"], NEAR)
    mei, kofi = Renderer(CAST["mei"], NEAR), Renderer(CAST["kofi"])
    shown = [[near(r, DriverParameters(expression={e: 1.0}), e) for e in EMOTIONS] for r in (mei, amina)]
    for row, renderer in zip(shown, (mei, amina), strict=True):
        row.append(near(renderer, DriverParameters(left_aperture=0.4, right_aperture=0.4), "lids 0.4"))
        row.append(near(renderer, DriverParameters(left_aperture=0, right_aperture=0), "lids 0"))
        row.append(near(renderer, DriverParameters(jaw=1, left_aperture=0.5, right_aperture=0.5), "yawn"))
    turns = [near(jonas, DriverParameters(yaw_deg=yaw), f"yaw {yaw}") for yaw in (-90, -50, -25, 25, 50, 90)]
    turns += [near(jonas, DriverParameters(pitch_deg=pitch), f"pitch {pitch}") for pitch in (-35, 25)]
    turns += [near(jonas, DriverParameters(roll_deg=30), "roll 30")]
    turns += [near(jonas, DriverParameters(gaze_yaw_deg=25, gaze_pitch_deg=-15), "gaze")]
    off_axis = Renderer(CAST["kofi"], Camera(mount_yaw_deg=-28, mount_pitch_deg=12))
    hidden = [
        wide(kofi, DriverParameters(hand=0.5, jaw=0.8), "hand 0.5"),
        wide(kofi, DriverParameters(hand=1.0), "hand 1"),
        wide(kofi, DriverParameters(passenger=0.8), "passenger 0.8"),
        wide(kofi, DriverParameters(present=False), "nobody"),
        wide(off_axis, DriverParameters(), "camera at -28, 12"),
        wide(off_axis, DriverParameters(), "the same in infrared", LIGHTS["infrared"]),
        wide(kofi, DriverParameters(yaw_deg=-40), "sun from the right", Light("low_sun", -70)),
        wide(kofi, DriverParameters(), "sun from the left", Light("low_sun", 80)),
        wide(Renderer(CAST["kofi"], Camera(covered=0.5)), DriverParameters(), "half covered"),
        wide(Renderer(CAST["kofi"], Camera(noise=8)), DriverParameters(), "dusk", Light(intensity=0.03)),
    ]
    return [*shown, turns, hidden]


def main() -> None:
    """Draw and write the sheet."""
    sheet = np.vstack([np.hstack(row) for row in people() + faces()])
    OUT.parent.mkdir(exist_ok=True)
    cv2.imwrite(str(OUT), sheet, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    print(OUT, sheet.shape, f"{OUT.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
