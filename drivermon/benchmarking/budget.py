"""What is measured beside what it may cost: on 2 CPU cores, 640x480, 30 frames a second."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from drivermon.benchmarking.live import Live
from drivermon.benchmarking.replaying import Replay
from drivermon.benchmarking.stages import Stage

Verdict = Literal["met", "missed"]


@dataclass(frozen=True, slots=True)
class Limit:
    """A budget: the value may be at most `most`, or must be at least `least`; `goal` is where it shall go."""

    most: float | None = None
    least: float | None = None
    goal: float | None = None

    def judge(self, value: float) -> Verdict:
        """Say whether `value` is within the budget; exactly at it is."""
        within = (self.most is None or value <= self.most) and (self.least is None or value >= self.least)
        return "met" if within else "missed"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table; `limit` is `None` where nothing is asked for."""

    name: str
    value: float
    unit: str
    decimals: int = 1
    limit: Limit | None = None

    @property
    def verdict(self) -> Verdict | None:
        """Whether the budget is met, `None` without one."""
        return None if self.limit is None else self.limit.judge(self.value)


P50_MS: Final = Limit(most=10.0, goal=6.0)
P99_MS: Final = Limit(most=25.0, goal=15.0)
DROPPED: Final = Limit(most=0)
CORES: Final = Limit(most=1.0)
RESIDENT_MB: Final = Limit(most=400.0, goal=300.0)
START_S: Final = Limit(most=5.0)
STAGE_MS: Final = {"follow the last face": Limit(most=2.0)}
"""Medians; whatever else is limited only by what all stages together may take."""
REPLAY: Final = Limit(least=4.0, goal=10.0)


def live_lines(live: Live) -> Iterator[Line]:
    """Yield the lines of a daemon on a stream."""
    latency = live.capture_to_receive
    yield Line("capture to receive, median", latency.p50_ms, "ms", limit=P50_MS)
    yield Line("capture to receive, 95 %", latency.p95_ms, "ms")
    yield Line("capture to receive, 99 %", latency.p99_ms, "ms", limit=P99_MS)
    yield Line("capture to receive, longest", latency.max_ms, "ms")
    if live.sent_to_receive is not None:
        yield Line("camera to receive, median", live.sent_to_receive.p50_ms, "ms")
        yield Line("camera to receive, 99 %", live.sent_to_receive.p99_ms, "ms")
    yield Line("rate", live.fps, "fps")
    yield Line("pictures with a face", 100 * live.face_share, "%")
    yield Line("pictures dropped", live.dropped, "", 0, DROPPED)
    yield Line("messages missed", live.missed, "", 0, DROPPED)
    yield Line("CPU of the daemon", live.cpu.cores, "cores", 2, CORES)
    yield Line("  of it user, system", live.cpu.user_cores, f"+ {live.cpu.system_cores:.2f}", 2)
    yield Line("resident memory, most", live.memory.max_mb, "MB", 0, RESIDENT_MB)
    yield Line("  at the beginning", live.memory.start_mb, "MB", 0)
    yield Line("  at the end", live.memory.end_mb, "MB", 0)
    yield Line("  growth", live.memory.growth_mb_per_min, "MB/min", 2)
    yield Line("start until the first judged picture", live.start_s, "s", limit=START_S)
    if live.first_face_s is not None:
        yield Line("start until the first face", live.first_face_s, "s")


def replay_lines(replay: Replay) -> Iterator[Line]:
    """Yield the lines of a replay."""
    yield Line("replay", replay.fps, "fps", 0)
    yield Line("replay, times real time at 30 fps", replay.times_real_time, "x", limit=REPLAY)


def judge_stage(stage: Stage) -> Verdict | None:
    """Say whether a stage is within its budget, `None` for those that have none of their own."""
    limit = STAGE_MS.get(stage.name.strip())
    return None if limit is None else limit.judge(stage.took.p50_ms)
