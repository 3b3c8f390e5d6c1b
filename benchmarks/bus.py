"""How the bus does with many subscribers: delay, memory, CPU; of the bus alone, or of a whole daemon.

    python benchmarks/bus.py [--seconds 20] [--daemon]

With `--daemon`, `drivermon run` watches a camera of 30 pictures a second (the shipped drive), and the
delay is that from a picture's arrival until the client has its observation. Else one process publishes
a state and an observation 30 times a second. Another, with `subscribe`, takes the time of each. Beside
it stand 99 more subscribers that read; one that never does; and one process in which subscribers come
and go. Processes, not threads, so that nobody shares the publisher's interpreter. The delay is that of
this client as well: it parses and validates each message.
"""

import argparse
import itertools
import multiprocessing
import os
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from pathlib import Path

import zmq
from rich.console import Console
from rich.table import Table

from drivermon import DriverState, Missed, Observation, subscribe
from drivermon.benchmarking.live import measure_live
from drivermon.benchmarking.pictures import load_jpegs
from drivermon.bus.thread import BusThread
from drivermon.config import BusSettings, Settings
from drivermon.messages import Digests, FaceMeasurement, Health, LatencyPercentiles, Probabilities
from drivermon.simulation.play import demo_video

FPS = 30.0
SPAWN = multiprocessing.get_context("spawn")
CROWD_PROCESSES = 3
MAX_PICTURES = 600

Guest = Callable[[str, Event], None]


def state(t: float) -> DriverState:
    """Return a state in which something discrete changes with every frame, so that each goes out."""
    probabilities = Probabilities.from_vector([0.4, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1])
    return DriverState(
        t=t,
        emotion=None,
        probabilities=probabilities,
        emotion_s=0.0,
        seen=True,
        not_seen_s=0.0,
        degraded=None,
        degraded_s=0.0,
        blinks=round(t * FPS),
    )


def observation(t: float, index: int) -> Observation:
    """Return an observation with a face."""
    probabilities = Probabilities.from_vector([0.4, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1])
    face = FaceMeasurement(box=(250.0, 130.0, 140.0, 142.0), score=1.2, probabilities=probabilities)
    return Observation(t=t, index=index, face=face)


def health(t: float) -> Health:
    """Return a healthy daemon."""
    return Health(
        t=t,
        fps=FPS,
        latency=LatencyPercentiles(p50_ms=1.0, p95_ms=1.0, p99_ms=1.0),
        dropped=0,
        camera="ok",
        provider=None,
        digests=Digests(config="", networks={}),
        lagging=False,
        uptime_s=t,
        version="",
    )


def measure(endpoint: str, results: Connection, ending: Event) -> None:
    """Time every message from its publishing until the client has it; send the delays and what was missed."""
    delays_s: list[float] = []
    missed = 0
    with subscribe(endpoint) as subscription:
        while not ending.is_set():
            item = subscription.receive(0.2)
            if subscription.envelope is not None and item is not None:
                delays_s.append(time.monotonic() - subscription.envelope.published)
            elif isinstance(item, Missed):
                missed += item.count
    results.send((delays_s, missed))


def read(endpoint: str, count: int, ending: Event) -> None:
    """Be `count` subscribers that read everything."""
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    poller = zmq.Poller()
    for _ in range(count):
        socket = context.socket(zmq.SUB)
        socket.connect(endpoint)
        socket.subscribe("")
        poller.register(socket, zmq.POLLIN)
    while not ending.is_set():
        for socket, _ in poller.poll(200):
            socket.recv_multipart(copy=False)
    context.destroy(linger=0)


def sleep(endpoint: str, ending: Event) -> None:
    """Be a subscriber that never reads; its own queue is short, so that all the rest is the publisher's."""
    with zmq.Context() as context, context.socket(zmq.SUB) as socket:
        socket.rcvhwm = 1
        socket.rcvbuf = 4096
        socket.connect(endpoint)
        socket.subscribe("")
        ending.wait()


def come_and_go(endpoint: str, ending: Event) -> None:
    """Be twenty subscribers a second, each of which hears a few messages and leaves."""
    with zmq.Context() as context:
        while not ending.is_set():
            with context.socket(zmq.SUB) as socket:
                socket.linger = 0
                socket.connect(endpoint)
                socket.subscribe("")
                for _ in range(3):
                    if socket.poll(1000):
                        socket.recv_multipart()
            ending.wait(0.05)


def join(endpoint: str, results: Connection, ending: Event) -> None:
    """Join again and again; send how long it took each time until the open alerts were known."""
    took_s: list[float] = []
    while not ending.wait(0.02):
        begun = time.monotonic()
        with subscribe(endpoint, "state") as subscription:
            while not isinstance(subscription.receive(), DriverState):
                pass
        took_s.append(time.monotonic() - begun)
    results.send((took_s, 0))


@contextmanager
def company(endpoint: str, crowd: int, guests: list[Guest]) -> Iterator[None]:
    """Have `crowd` reading subscribers and the other guests around."""
    ending = SPAWN.Event()
    shares = [crowd // CROWD_PROCESSES + (n < crowd % CROWD_PROCESSES) for n in range(CROWD_PROCESSES)]
    processes = [SPAWN.Process(target=read, args=(endpoint, share, ending)) for share in shares if share]
    processes += [SPAWN.Process(target=guest, args=(endpoint, ending)) for guest in guests]
    for process in processes:
        process.start()
    try:
        yield
    finally:
        ending.set()
        for process in processes:
            process.join()


def resident_mb() -> float:
    """Return the resident memory of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def cpu_s() -> float:
    """Return the CPU time that this process has used."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def publish(bus: BusThread, seconds: float) -> None:
    """Publish in real time for so many seconds."""
    begun = time.monotonic()
    for index in itertools.count():
        t = index / FPS
        wait_s = begun + t - time.monotonic()
        if wait_s > 0:
            time.sleep(wait_s)
        if t > seconds:
            return
        if index % int(FPS) == 0:
            bus.post(health(t))
        bus.post(observation(t, index), state(t))


def run_daemon(name: str, crowd: int, guests: list[Guest], seconds: float) -> list[str]:
    """Run one line of the table of a whole daemon."""
    settings = Settings()
    jpegs = load_jpegs(str(demo_video()), settings, MAX_PICTURES)
    live = measure_live(
        settings, jpegs, seconds, lambda _: None, lambda endpoint: company(endpoint, crowd, guests)
    )
    delay, memory = live.capture_to_receive, live.memory
    return [
        name,
        str(delay.count),
        *(f"{value:.2f}" for value in (delay.p50_ms, delay.p99_ms, delay.max_ms)),
        f"{live.missed}, {live.dropped}",
        f"{100 * live.cpu.cores:.1f} %",
        f"{memory.end_mb:.1f}",
        f"{memory.end_mb - memory.start_mb:+.1f}",
    ]


def run(
    name: str,
    crowd: int,
    guests: list[Guest],
    seconds: float,
    meter: Callable[[str, Connection, Event], None] = measure,
) -> list[str]:
    """Run one line of the table."""
    with tempfile.TemporaryDirectory(prefix="dm-") as folder:
        settings = BusSettings(
            endpoint=f"ipc://{folder}/b.sock",
            signals_endpoint=f"ipc://{folder}/s.sock",
            publish_observations=True,
        )
        theirs, ours = SPAWN.Pipe()
        ending = SPAWN.Event()
        with BusThread(settings, "benchmark", "media") as bus, company(bus.endpoint, crowd, guests):
            metering = SPAWN.Process(target=meter, args=(bus.endpoint, theirs, ending))
            metering.start()
            publish(bus, 8.0)  # until everybody is there and pools of memory have their size
            before_mb, before_s, begun = resident_mb(), cpu_s(), time.monotonic()
            publish(bus, seconds)
            share = (cpu_s() - before_s) / (time.monotonic() - begun)
            after_mb = resident_mb()
            ending.set()
            delays_s, missed = ours.recv()
            metering.join()
    delays_ms = sorted(1000 * delay for delay in delays_s[-int(2 * FPS * seconds) :])
    ranks = statistics.quantiles(delays_ms, n=1000, method="inclusive")
    return [
        name,
        str(len(delays_ms)),
        *(f"{value:.2f}" for value in (ranks[499], ranks[989], delays_ms[-1])),
        str(missed),
        f"{100 * share:.1f} %",
        f"{before_mb:.1f}",
        f"{after_mb - before_mb:+.1f}",
    ]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20.0, help="of each line of the table")
    parser.add_argument("--daemon", action="store_true", help="a whole daemon instead of the bus alone")
    asked = parser.parse_args()
    seconds = asked.seconds
    begin = "a picture's arrival" if asked.daemon else "publishing"
    table = Table(title=f"From {begin} to a client in another process, 30 frames a second")
    table.add_column("subscribers")
    missed = "missed, dropped" if asked.daemon else "missed"
    for heading in ("messages", "p50 ms", "p99 ms", "max ms", missed, "CPU", "memory MB", "grew MB"):
        table.add_column(heading, justify="right")
    lines: list[tuple[str, int, list[Guest]]] = [
        ("1", 0, []),
        ("100", 99, []),
        ("100, 1 never reading", 98, [sleep]),
        ("100, 1 never reading, 20 a second coming and going", 98, [sleep, come_and_go]),
    ]
    for line in lines:
        table.add_row(*(run_daemon if asked.daemon else run)(*line, seconds))
    if not asked.daemon:
        name = "100, 1 never reading: a joiner, until it knows the open alerts"
        table.add_row(*run(name, 98, [sleep], seconds, join))
    Console(width=150).print(table)


if __name__ == "__main__":
    main()
