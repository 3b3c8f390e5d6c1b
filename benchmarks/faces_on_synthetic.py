"""How often the synthetic driver's face is found, by skin tone and light, within ±30° of yaw.

python benchmarks/faces_on_synthetic.py [IDENTITIES] [JOBS]

Every identity drives the same script, its head sweeping from side to side, in each light, through
the real perception with the camera's automatic exposure. No identity is left out.
"""

import math
import sys
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor

import cv2

from drivermon.config import EmotionSettings, Settings
from drivermon.events import Frame
from drivermon.perception import open_perceiver
from drivermon.simulation import Camera, DriverParameters, Light, Renderer, random_identity

LIGHTS = ("day", "low_sun", "night_ir")
TONES = ("light 0-2", "middle 2.5-4.5", "dark 5-7")
FPS = 10.0
SWEEP_S = 4.0
"""One sweep to +30°, to -30° and back; with the acquisition at its begin."""

YAW_DEG = 30.0

Counts = dict[tuple[str, str], tuple[int, int]]


def tone_of(seed: int, identities: int) -> float:
    """Spread the skin tones 0 (light) to 7 (dark) evenly over the identities."""
    return 7.0 * seed / max(identities - 1, 1)


def group(tone: float) -> str:
    """Return the row of the table that a skin tone belongs to."""
    return TONES[min(int(tone / 7.0 * len(TONES)), len(TONES) - 1)]


def judge(seed: int, tone: float) -> Counts:
    """Count frames and found faces of one identity, for each light."""
    cv2.setNumThreads(1)
    settings = Settings(emotion=EmotionSettings(enabled=False))
    perceiver = open_perceiver(settings)
    camera = Camera()
    renderer = Renderer(random_identity(seed, tone=tone), camera)
    counts: Counts = {}
    for light in LIGHTS:
        perceiver.forget()
        frames = found = 0
        for index in range(int(SWEEP_S * FPS)):
            t = index / FPS
            yaw_deg = YAW_DEG * math.sin(2 * math.pi * t / SWEEP_S)
            image, _ = renderer.render(DriverParameters(yaw_deg=yaw_deg), Light(kind=light), seed=index)
            observation = perceiver.observe(Frame(image, t, index, f"identity {seed}"))
            frames += 1
            found += observation.face is not None
        counts[group(tone), light] = (frames, found)
    return counts


def main() -> None:
    """Print the table and the identities that were found least."""
    identities = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    jobs = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    tones = [tone_of(seed, identities) for seed in range(identities)]
    totals: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    worst: list[tuple[float, int, float, str]] = []
    with ProcessPoolExecutor(jobs) as pool:
        for seed, counts in enumerate(pool.map(judge, range(identities), tones)):
            for (row, light), (frames, found) in counts.items():
                totals[row, light][0] += frames
                totals[row, light][1] += found
                worst.append((found / frames, seed, tones[seed], light))
    print(
        f"{identities} identities, {int(SWEEP_S * FPS)} frames each and light, within ±{YAW_DEG:.0f}° of yaw"
    )
    print(f"{'skin tone':16}" + "".join(f"{light:>10}" for light in LIGHTS))
    for row in TONES:
        print(
            f"{row:16}"
            + "".join(f"{totals[row, light][1] / totals[row, light][0]:10.1%}" for light in LIGHTS)
        )
    print(
        f"{'all':16}"
        + "".join(
            f"{sum(totals[r, light][1] for r in TONES) / sum(totals[r, light][0] for r in TONES):10.1%}"
            for light in LIGHTS
        )
    )
    print("found least:")
    for share, seed, tone, light in sorted(worst)[:8]:
        print(f"  identity {seed} (tone {tone:.1f}) {light}: {share:.1%}")


if __name__ == "__main__":
    main()
