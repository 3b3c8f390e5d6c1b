"""What the benchmark makes of what it has seen: from arrivals and samples to numbers."""

import io
import json
import signal
import socket
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from drivermon.benchmarking.budget import Limit, Line, judge_stage, live_lines, replay_lines
from drivermon.benchmarking.camera import Camera, read_pictures
from drivermon.benchmarking.live import Live, Received, Record, summary
from drivermon.benchmarking.machine import processor_of
from drivermon.benchmarking.pictures import load_jpegs, to_and_fro
from drivermon.benchmarking.process_use import Use, use_of
from drivermon.benchmarking.replaying import measure_replay
from drivermon.benchmarking.running import Sent, ending_on_sigterm, signals_held
from drivermon.benchmarking.spread import spread
from drivermon.benchmarking.stages import PARTS, measure_stages
from drivermon.config import EmotionSettings, FaceSettings, Settings
from drivermon.errors import BenchmarkError, SourceError
from drivermon.simulation.play import demo_video
from tests import samples
from tests.sources.videos import steady, write_video


def run(latency_s: float = 0.008, frames: int = 60) -> tuple[Record, Record]:
    """A daemon that started at 100 s and was settled at 105 s, at 30 pictures a second."""
    start = Record(100.0, observations=[Received(103.0, 102.9, 0, False), Received(104.0, 103.9, 1, True)])
    times = [105.0 + number / 30 for number in range(frames)]
    settled = Record(
        100.0,
        [Received(t + latency_s, t, 2 + number, number % 2 == 0) for number, t in enumerate(times)],
        [(105.0, Use(10.0, 1.0, 200.0, 9)), (107.0, Use(10.5, 1.1, 202.0, 12))],
        [samples.health().model_copy(update={"dropped": count}) for count in (5, 8)],
    )
    return start, settled


def measured() -> Live:
    sent = Sent(1, (102.8, 103.8, *(105.0 - 0.002 + number / 30 for number in range(61))))
    return summary(*run(), sent)


def test_a_run_becomes_numbers() -> None:
    live = measured()
    assert live.capture_to_receive.count == 60
    assert live.capture_to_receive.p50_ms == pytest.approx(8.0)
    assert live.sent_to_receive is not None
    assert live.sent_to_receive.max_ms == pytest.approx(10.0)
    assert live.fps == pytest.approx(30.0)
    assert live.face_share == 0.5
    assert live.dropped == 3
    assert (live.start_s, live.first_face_s) == (3.0, 4.0)
    assert live.cpu.user_cores == pytest.approx(0.25)
    assert live.cpu.system_cores == pytest.approx(0.05)
    assert live.cpu.cores == pytest.approx(0.3)
    assert live.cpu.threads == 12
    assert (live.memory.start_mb, live.memory.max_mb) == (200.0, 202.0)
    assert live.memory.growth_mb_per_min == pytest.approx(60.0)


@pytest.mark.parametrize(
    "sent", [Sent(2, (0.0,) * 100), Sent(1, (0.0,) * 10)], ids=["reconnected", "too few"]
)
def test_pictures_that_can_not_be_told_apart_give_no_time_since_they_were_sent(sent: Sent) -> None:
    assert summary(*run(), sent).sent_to_receive is None


def test_nothing_received_is_no_number() -> None:
    with pytest.raises(BenchmarkError, match="too little"):
        summary(*run(frames=1), Sent(1, ()))


@pytest.mark.parametrize(
    ("number", "raised"), [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, SystemExit)]
)
def test_a_signal_that_is_held_comes_afterwards(number: signal.Signals, raised: type[BaseException]) -> None:
    done = []

    def interrupted() -> None:
        with ending_on_sigterm(), signals_held():
            signal.raise_signal(number)
            done.append("all that was within")

    with pytest.raises(raised):
        interrupted()
    assert done


def test_percentiles_of_durations() -> None:
    found = spread([number / 1000 for number in range(101)])
    assert (found.count, found.p50_ms, found.p95_ms, found.p99_ms, found.max_ms) == pytest.approx(
        (101, 50.0, 95.0, 99.0, 100.0)
    )


@pytest.mark.parametrize(
    ("limit", "value", "verdict"),
    [
        (Limit(most=10.0), 10.0, "met"),
        (Limit(most=10.0), 10.01, "missed"),
        (Limit(least=4.0), 4.0, "met"),
        (Limit(least=4.0), 3.99, "missed"),
    ],
)
def test_exactly_at_a_budget_is_within_it(limit: Limit, value: float, verdict: str) -> None:
    assert Line("x", value, "s", limit=limit).verdict == verdict
    assert Line("x", value, "s").verdict is None


def test_drops_miss_the_budget_that_the_rest_of_a_quick_run_meets() -> None:
    verdicts = {line.name: line.verdict for line in live_lines(measured())}
    assert verdicts.pop("pictures dropped") == "missed"
    assert set(verdicts.values()) == {"met", None}


PUBLISHED = Settings(face=FaceSettings(detector="hog", follower="dlib68"))


def test_each_stage_is_timed_on_pictures_with_a_face_and_judged() -> None:
    jpegs = load_jpegs(str(demo_video()), PUBLISHED, 14)
    stages = {stage.name.strip(): stage for stage in measure_stages(PUBLISHED, jpegs)}
    assert list(stages) == [name.strip() for name in PARTS]
    whole, parts = stages.pop("all of a picture"), [one for one in stages.values() if one.part == "frame"]
    assert whole.took.count == 9
    assert whole.took.max_ms >= max(one.took.p50_ms for one in parts)
    assert judge_stage(stages["follow the last face"]) in {"met", "missed"}
    assert judge_stage(stages["decode"]) is None


def test_without_emotion_its_stages_are_left_out() -> None:
    settings = Settings(emotion=EmotionSettings(enabled=False))
    jpegs = load_jpegs(str(demo_video()), settings, 14)
    names = {stage.name.strip() for stage in measure_stages(settings, jpegs)}
    assert {"follow the last face", "quality of the picture"} <= names
    assert not {"landmarks", "head pose"} & names  # the follower measures that itself
    assert not {"alignment", "emotion"} & names


def test_a_replay_is_judged_against_real_time_and_leaves_its_rows_where_it_is_told(tmp_path: Path) -> None:
    video = tmp_path / "tiny.mp4"
    write_video(video, steady(5))
    found = measure_replay(str(video), Settings(), tmp_path / "out")
    assert found.frames == 5
    assert found.fps == pytest.approx(5 / found.wall_s)
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["tiny.jsonl"]
    slow, fast = (replace(found, times_real_time=times) for times in (3.9, 4.0))
    assert [[line.verdict for line in replay_lines(one)] for one in (slow, fast)] == [
        [None, "missed"],
        [None, "met"],
    ]


def test_a_recording_that_breaks_off_is_no_number(tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole.mkv", tmp_path / "cut.mkv"
    write_video(whole, steady(60))
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    with pytest.raises(SourceError, match="cut"):
        measure_replay(str(cut), Settings(), tmp_path / "out")


def stat(name: str, user: int, system: int, threads: int, pages: int) -> str:
    fields = [
        "S",
        "1",
        *["0"] * 9,
        str(user),
        str(system),
        *["0"] * 4,
        str(threads),
        "0",
        "0",
        "0",
        str(pages),
    ]
    return f"7 ({name}) {' '.join(fields)} 0 0"


def test_the_use_of_a_process_counts_its_descendants(tmp_path: Path) -> None:
    for pid, children in ((7, "8 99"), (8, "9"), (9, "")):
        task = tmp_path / f"{pid}/task/{pid}"
        task.mkdir(parents=True)
        (task / "children").write_text(children)
        (tmp_path / f"{pid}/stat").write_text(stat("a (strange) name", 100, 50, 2, 1000))
    use = use_of(7, tmp_path)
    one = use_of(9, tmp_path)
    assert use is not None
    assert one is not None
    assert use.threads == 6
    assert one.user_s == 2 * one.system_s > 0
    assert use.user_s == pytest.approx(3 * one.user_s)
    assert use.resident_mb == pytest.approx(3 * one.resident_mb)
    assert use_of(99, tmp_path) is None


def test_the_processor_is_named_where_the_kernel_names_it() -> None:
    assert processor_of("processor\t: 0\nmodel name\t: Fast One\n") == "Fast One"
    assert processor_of("processor\t: 0\nModel\t\t: Raspberry Pi 5\n") == "Raspberry Pi 5"
    assert processor_of("processor\t: 0\n") is None


def test_pictures_go_to_and_fro_without_showing_one_twice_in_a_row() -> None:
    assert to_and_fro([b"a", b"b", b"c"]) == [b"a", b"b", b"c", b"b"]
    assert to_and_fro([b"a", b"b"]) == [b"a", b"b"]


def test_the_camera_takes_pictures_from_its_input() -> None:
    header = json.dumps({"fps": 25, "sizes": [3, 2]}).encode() + b"\n"
    assert read_pictures(io.BytesIO(header + b"abcde")) == ([b"abc", b"de"], 25.0)


def test_the_camera_shows_all_pictures_over_and_over_to_one_after_another() -> None:
    camera = Camera([b"<one>", b"<two>"], fps=1000.0)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=camera.serve, args=(listening,))
        thread.start()
        for _ in range(2):
            with socket.create_connection(listening.getsockname()) as client, client.makefile("rb") as stream:
                client.sendall(b"GET / HTTP/1.0\r\n\r\n")
                assert stream.readline() == b"HTTP/1.0 200 OK\r\n"
                while stream.readline() != b"\r\n":
                    pass
                assert stream.read(20) == b"<one><two><one><two>"
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()
    assert camera.connections == 2
    assert len(camera.sent) >= 8
    assert camera.sent == sorted(camera.sent)
