"""Scenario drives as observations, through interpretation and alerts."""

import json
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np

from drivermon.config import Settings
from drivermon.messages import Alert, Digests, DriverState, Observation, Observed
from drivermon.pipeline import Pipeline
from drivermon.simulation.drive.judging import complaints
from drivermon.simulation.play import USUAL, MeasurementNoise, load_script, play_observations
from drivermon.simulation.script import Script

NAMES = tuple(sorted(path.stem for path in Path(__file__).parent.glob("*.drive")))
DIGESTS = Digests(config="c", networks={})


def script_file(name: str) -> Path:
    """Where the script of a situation is."""
    return Path(__file__).with_name(f"{name}.drive")


@cache
def script(name: str) -> Script:
    """The drive of a situation."""
    return load_script(script_file(name))


def observed(
    name: str, fps: float, noise: MeasurementNoise = USUAL, seed: int | None = None, dropped: float = 0.0
) -> list[Observed]:
    """Play a situation; `dropped` is the share of frames that get lost at random beyond the script's."""
    luck = np.random.default_rng([7, seed or 0])
    events = play_observations(script(name), fps, noise, seed)
    return [event for event in events if not isinstance(event, Observation) or luck.random() >= dropped]


def judged(
    events: Iterable[Observed], settings: Settings | None = None, restart_at: int | None = None
) -> Iterator[tuple[DriverState, tuple[Alert, ...]]]:
    """Run a pipeline; before the event `restart_at` it goes on in another one, as after a restart."""
    pipeline = Pipeline(settings or Settings(), DIGESTS, None)
    for index, event in enumerate(events):
        if index == restart_at:
            kept = json.dumps(pipeline.state(), allow_nan=False)
            pipeline = Pipeline(settings or Settings(), DIGESTS, None)
            pipeline.restore(json.loads(kept))
        result = pipeline.step(event)
        yield result.state, result.alerts


def alerts_of(
    events: Iterable[Observed], settings: Settings | None = None, restart_at: int | None = None
) -> list[Alert]:
    """All alerts of a drive."""
    return [alert for _, alerts in judged(events, settings, restart_at) for alert in alerts]


def unmet(name: str, events: list[Observed], alerts: list[Alert], fps: float) -> list[str]:
    """What is not as the script expects.

    Nobody can be warned before the frame comes that shows it: a hole of dropped frames allows as much.
    """
    times = [event.t for event in events]
    hole_s = max((after - before for before, after in pairwise(times)), default=0.0) - 1.0 / fps
    return complaints(script(name).expectations, alerts, late_s=max(0.0, hole_s))
