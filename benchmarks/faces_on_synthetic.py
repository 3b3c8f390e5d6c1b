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

from drivermon.config import load
from drivermon.events import Frame
from drivermon.perception import open_perceiver
from drivermon.simulation import Camera, DriverParameters, Identity, Light, Renderer, random_identity

LIGHTS = ("day", "low_sun", "night_ir")
TONES = ("light 0-2", "middle 2.5-4.5", "dark 5-7")
FPS = 10.0
SWEEP_S = 4.0
"""One sweep to +30°, to -30° and back."""

DRIVE_S = 8.0
"""Two sweeps, with the acquisition at their begin."""

YAW_DEG = 30.0
FRAMES = int(DRIVE_S * FPS)

Counts = dict[str, int]
"""Light -> frames with a face."""


def tone_of(seed: int, identities: int) -> float:
    """Spread the skin tones 0 (light) to 7 (dark) evenly over the identities."""
    return 7.0 * seed / max(identities - 1, 1)


def group(tone: float) -> str:
    """Return the row of the table that a skin tone belongs to."""
    return TONES[min(int(tone / 7.0 * len(TONES)), len(TONES) - 1)]


def wear(identity: Identity) -> str:
    """Return the row of the table that what somebody wears belongs to."""
    for name in ("mask", "sunglasses", "glasses", "cap"):
        if getattr(identity, name):
            return name
    return "nothing"


def judge(seed: int, tone: float) -> tuple[str, Counts]:
    """Count frames and found faces of one identity, for each light; say what it wears."""
    cv2.setNumThreads(1)
    perceiver = open_perceiver(load(options={"emotion.enabled": False}).settings)
    identity = random_identity(seed, tone=tone)
    renderer = Renderer(identity, Camera())
    counts: Counts = {}
    for light in LIGHTS:
        perceiver.forget()
        found = 0
        for index in range(FRAMES):
            t = index / FPS
            yaw_deg = YAW_DEG * math.sin(2 * math.pi * t / SWEEP_S)
            image, _ = renderer.render(DriverParameters(yaw_deg=yaw_deg), Light(kind=light), seed=index)
            found += perceiver.observe(Frame(image, t, index, f"identity {seed}")).face is not None
        counts[light] = found
    return wear(identity), counts


def show(title: str, groups: dict[str, list[Counts]]) -> None:
    """Print the share of frames with a face, for each group and light."""
    print(f"{title:16}{'people':>8}" + "".join(f"{light:>10}" for light in LIGHTS))
    for name, members in groups.items():
        if not members:
            continue
        shares = [sum(counts[light] for counts in members) / (len(members) * FRAMES) for light in LIGHTS]
        print(f"{name:16}{len(members):8}" + "".join(f"{share:10.1%}" for share in shares))


def main() -> None:
    """Print a table by skin tone, one by what people wear, and who was found least."""
    identities = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    jobs = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    tones = [tone_of(seed, identities) for seed in range(identities)]
    by_tone: dict[str, list[Counts]] = {name: [] for name in TONES}
    by_wear: dict[str, list[Counts]] = defaultdict(list)
    least: list[tuple[float, int, str, str]] = []
    with ProcessPoolExecutor(jobs) as pool:
        for seed, (worn, counts) in enumerate(pool.map(judge, range(identities), tones)):
            by_tone[group(tones[seed])].append(counts)
            by_wear[worn].append(counts)
            least += [(found / FRAMES, seed, worn, light) for light, found in counts.items()]
    print(f"{identities} identities, {FRAMES} frames each and light, within ±{YAW_DEG:.0f}° of yaw\n")
    show("skin tone", {**by_tone, "all": [counts for members in by_tone.values() for counts in members]})
    print()
    show("wears", by_wear)
    print("\nfound least:")
    for share, seed, worn, light in sorted(least)[:8]:
        print(f"  {share:6.1%}  identity {seed}, tone {tones[seed]:.1f}, wears {worn}, {light}")


if __name__ == "__main__":
    main()
