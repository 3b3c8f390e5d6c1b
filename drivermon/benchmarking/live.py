"""The daemon as a whole, live: what an alerting app gets, and what that costs."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from drivermon.benchmarking.pictures import FPS, to_and_fro
from drivermon.benchmarking.process_use import Use, use_of
from drivermon.benchmarking.running import DaemonProcess, Sent, camera_showing, daemon_watching, own_folder
from drivermon.benchmarking.spread import Spread, spread
from drivermon.bus.link import LinkEvent, LinkLost, Missed
from drivermon.bus.subscriber import Subscription, subscribe
from drivermon.config import Settings
from drivermon.errors import BenchmarkError
from drivermon.messages import Health, Observation

START_WITHIN_S: Final = 60.0
"""For the first judged picture: a computer that is busy or has a slow disk needs long for the imports."""

SETTLE_S: Final = 2.0
"""After the first judged picture, before anything counts: the stream's start is a burst."""

Progress = Callable[[float], None]
"""Called about once a second with the seconds measured so far."""

Company = Callable[[str], AbstractContextManager[None]]
"""From the daemon's endpoint to other subscribers, who are there within it."""


@dataclass(frozen=True, slots=True)
class Cpu:
    """Cores' worth of CPU time that the daemon uses, and its threads."""

    cores: float
    user_cores: float
    system_cores: float
    threads: int


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident memory of the daemon, 10^6 bytes; growth is the slope of a line through all samples."""

    start_mb: float
    end_mb: float
    max_mb: float
    growth_mb_per_min: float


@dataclass(frozen=True, slots=True)
class Live:
    """What was measured of the daemon on a real-time stream.

    Attributes:
        seconds: measured, after the start.
        capture_to_receive: from `Observation.t`, when the picture arrived at the daemon, until an
            app in another process has the message, parsed.
        sent_to_receive: from when the camera began to send the picture; `None` where the stream
            was connected anew and pictures can't be told apart any more.
        fps: observations received a second.
        face_share: of the observations, how many hold a measured face.
        dropped: pictures that the daemon skipped, by its own count.
        missed: observations that were published and not received.
        cpu, memory: of the daemon.
        start_s: from the start of its process to the first judged picture's arrival at the app.
        first_face_s: the same for the first measured face, `None` without one.
        provider: execution provider of the emotion network, `None` with emotion off.
        networks: digest of each network by name.

    """

    seconds: float
    capture_to_receive: Spread
    sent_to_receive: Spread | None
    fps: float
    face_share: float
    dropped: int
    missed: int
    cpu: Cpu
    memory: Memory
    start_s: float
    first_face_s: float | None
    provider: str | None
    networks: dict[str, str]


@dataclass(frozen=True, slots=True)
class Received:
    """An observation's arrival, monotonic seconds; `index` counts the stream's pictures."""

    at: float
    captured: float
    index: int
    face: bool


@dataclass(slots=True)
class Record:
    """What was seen of a daemon while it ran; monotonic seconds."""

    started: float
    observations: list[Received] = field(default_factory=list)
    uses: list[tuple[float, Use]] = field(default_factory=list)
    health: list[Health] = field(default_factory=list)
    missed: int = 0


def measure_live(
    settings: Settings,
    jpegs: list[bytes],
    seconds: float,
    progress: Progress,
    company: Company = lambda _: nullcontext(),
) -> Live:
    """Run a daemon on a stream of `jpegs` for `seconds` seconds, and listen to it.

    Args:
        settings: of the daemon.
        jpegs: shown over and over.
        seconds: measured.
        progress: told how far it is.
        company: whoever else listens meanwhile.

    Raises:
        BenchmarkError: the daemon or the camera does not start, or ends.

    """
    with own_folder() as folder, camera_showing(to_and_fro(jpegs), FPS) as camera:
        started = time.monotonic()
        with (
            daemon_watching(camera.url, settings, folder) as daemon,
            subscribe(daemon.endpoint, ("observation", "health")) as subscription,
        ):
            record = Record(started)
            _await_start(subscription, daemon, record)
            with company(daemon.endpoint):
                _listen(subscription, daemon, record, SETTLE_S, lambda _: None)
                settled = _settled(record)
                _listen(subscription, daemon, settled, seconds, progress)
        return summary(record, settled, camera.finish())


def _await_start(subscription: Subscription, daemon: DaemonProcess, record: Record) -> None:
    deadline = record.started + START_WITHIN_S
    while not record.observations:
        if time.monotonic() > deadline:
            raise BenchmarkError(
                f"the daemon has judged no picture within {START_WITHIN_S:.0f} s: {daemon.log_tail()}"
            )
        _hear(subscription, daemon, record)


def _listen(
    subscription: Subscription, daemon: DaemonProcess, record: Record, seconds: float, progress: Progress
) -> None:
    begun = time.monotonic()
    _sample(daemon, record)
    while (elapsed_s := time.monotonic() - begun) < seconds:
        if _hear(subscription, daemon, record):
            _sample(daemon, record)
            progress(elapsed_s)
    _sample(daemon, record)


def _hear(subscription: Subscription, daemon: DaemonProcess, record: Record) -> bool:
    """Take the next message; return whether it is the one that comes once a second."""
    item = subscription.receive(0.2)
    at = time.monotonic()
    match item:
        case Observation():
            record.observations.append(Received(at, item.t, item.index, item.face is not None))
        case Missed(topic="observation"):
            record.missed += item.count
        case Health():
            record.health.append(item)
            return True
        case None | LinkLost():
            daemon.require_running()
        case _:
            assert isinstance(item, LinkEvent)  # noqa: S101 - nothing else was subscribed to
    return False


def _sample(daemon: DaemonProcess, record: Record) -> None:
    use = use_of(daemon.pid)
    if use is None:
        daemon.require_running()
    else:
        record.uses.append((time.monotonic(), use))


def _settled(record: Record) -> Record:
    """Return a record of what comes from now on; the last health tells what was dropped before."""
    return Record(record.started, health=record.health[-1:])


def summary(start: Record, settled: Record, sent: Sent) -> Live:
    """Return the numbers of a run.

    Args:
        start: up to where everything had settled.
        settled: from there on.
        sent: by the camera.

    Raises:
        BenchmarkError: nothing was received after the start.

    """
    received = settled.observations
    if len(received) < 2 or not settled.health:
        raise BenchmarkError("too little was received to be measured; is --seconds long enough?")
    span_s = received[-1].at - received[0].at
    faces = [one for one in (*start.observations, *received) if one.face]
    health = settled.health[-1]
    return Live(
        seconds=settled.uses[-1][0] - settled.uses[0][0],
        capture_to_receive=spread([one.at - one.captured for one in received]),
        sent_to_receive=_since_sent(received, sent),
        fps=(len(received) - 1) / span_s,
        face_share=sum(one.face for one in received) / len(received),
        dropped=health.dropped - settled.health[0].dropped,
        missed=settled.missed,
        cpu=_cpu(settled.uses),
        memory=_memory(settled.uses),
        start_s=start.observations[0].at - start.started,
        first_face_s=faces[0].at - start.started if faces else None,
        provider=health.provider,
        networks=health.digests.networks,
    )


def _since_sent(received: list[Received], sent: Sent) -> Spread | None:
    if sent.connections != 1 or received[-1].index >= len(sent.times_s):
        return None
    return spread([one.at - sent.times_s[one.index] for one in received])


def _cpu(uses: list[tuple[float, Use]]) -> Cpu:
    (begun, first), (ended, last) = uses[0], uses[-1]
    span_s = ended - begun
    user, system = (last.user_s - first.user_s) / span_s, (last.system_s - first.system_s) / span_s
    return Cpu(user + system, user, system, max(use.threads for _, use in uses))


def _memory(uses: list[tuple[float, Use]]) -> Memory:
    times_min = np.array([at for at, _ in uses]) / 60.0
    resident_mb = np.array([use.resident_mb for _, use in uses])
    slope = float(np.polyfit(times_min - times_min[0], resident_mb, 1)[0])
    return Memory(float(resident_mb[0]), float(resident_mb[-1]), float(resident_mb.max()), slope)
