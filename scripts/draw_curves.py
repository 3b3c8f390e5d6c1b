"""Draw what perception measures on the synthetic driver against the truth: docs/curves.png.

python scripts/draw_curves.py [OUT.png]

Three people of light, middle and dark skin drive the same script by day.
"""

import sys
from pathlib import Path

import cv2
import matplotlib.pyplot as plt
import numpy as np

from drivermon.config import load
from drivermon.events import Frame
from drivermon.perception import Perception, open_perceiver
from drivermon.simulation import parse_script, play

SCRIPT = """
driver {driver}
length 24 s
fps 15
still
t = 1.0   blink
t = 2.5   blink
t = 4.0   eyes closed for 1.8 s
t = 7.0   eyes narrow 0.5 for 1.5 s
t = 10.0  yawn 4 s
t = 15.5  head yaw 30 for 2 s
t = 18.5  head yaw -30 for 2 s
t = 21.5  head pitch -15 for 1.5 s
"""

DRIVERS = {"plain": "light skin", "mei": "middle", "kofi": "dark skin"}
COLOURS = {"plain": "#d08770", "mei": "#8f6fb0", "kofi": "#3b6ea5"}


def measure(driver: str) -> dict[str, np.ndarray]:
    """Play the script and return curves by name; what was not measured is NaN."""
    perceiver = open_perceiver(load(options={"emotion.enabled": False}).settings)
    rows = []
    for event, truth in play(parse_script(SCRIPT.format(driver=driver), "curves")):
        if not isinstance(event, Frame) or truth is None or truth.left_ear is None or truth.right_ear is None:
            continue
        perception: Perception = perceiver.perceive(event)
        face = perception.face
        eyes = [value for value in (face.eyes if face and face.eyes else ()) if value is not None]
        rows.append(
            (
                event.t,
                (truth.left_ear + truth.right_ear) / 2,
                np.mean(eyes) if eyes else np.nan,
                truth.inner_lip_ratio,
                face.mouth if face and face.mouth is not None else np.nan,
                truth.yaw_deg,
                face.pose.yaw_deg if face and face.pose else np.nan,
            )
        )
    names = ("t", "eyes_true", "eyes", "mouth_true", "mouth", "yaw_true", "yaw")
    return dict(zip(names, np.array(rows, float).T, strict=True))


def main() -> None:
    """Measure, draw, and print the errors."""
    cv2.setNumThreads(1)
    out = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[1] / "docs" / "curves.png")
    figure, axes = plt.subplots(3, 1, figsize=(11, 8), sharex=True, layout="constrained")
    titles = {
        "eyes": "eye aspect ratio, mean of both eyes",
        "mouth": "inner-lip opening over width",
        "yaw": "yaw, degrees",
    }
    for driver, skin in DRIVERS.items():
        curves = measure(driver)
        for axis, (name, title) in zip(axes, titles.items(), strict=True):
            first = driver == "plain"
            if first:
                axis.set_title(title, loc="left", fontsize=11)
            axis.plot(
                curves["t"],
                curves[f"{name}_true"],
                color="0.75",
                linewidth=3,
                label="truth" if first else None,
            )
            axis.plot(
                curves["t"], curves[name], color=COLOURS[driver], linewidth=1.2, label=f"{driver}, {skin}"
            )
            error = np.nanmean(np.abs(curves[name] - curves[f"{name}_true"]))
            found = np.isfinite(curves[name]).mean()
            correlation = np.ma.corrcoef(
                np.ma.masked_invalid(curves[name]), np.ma.masked_invalid(curves[f"{name}_true"])
            )[0, 1]
            print(
                f"{driver:6} {name:6} mean error {error:.3f}, correlation {correlation:.3f}, "
                f"measured {found:.1%}"
            )
    for axis in axes:
        axis.spines[["top", "right"]].set_visible(False)
        axis.grid(alpha=0.25)
    axes[0].legend(ncols=4, frameon=False, loc="lower right", bbox_to_anchor=(1, 1.0), fontsize=9)
    axes[-1].set_xlabel("seconds")
    figure.savefig(out, dpi=90)


if __name__ == "__main__":
    main()
