"""A drive as pictures, and as files."""

import csv
import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from drivermon.errors import DrivermonError, OutputError
from drivermon.events import Frame, Gap, VehicleSignal
from drivermon.simulation.drive.contact_sheet import COLUMNS, ROWS, ContactSheet, moments
from drivermon.simulation.drive.playing import shots
from drivermon.simulation.drive.recording import Recording, record
from drivermon.simulation.drive.schedule import frame_times
from drivermon.simulation.drive.timeline import Timeline
from drivermon.simulation.drive.truth_rows import read_rows
from drivermon.simulation.drive.video import VideoWriter
from drivermon.simulation.play import (
    demo_truth,
    demo_video,
    load_script,
    named_scripts,
    parse_script,
    play,
)

TINY = """
title Two seconds
length 2 s
fps 10
camera size 96x72
signal speed 30
t = 0.4 eyes closed for 0.4 s
t = 1.0 camera lost for 0.55 s
t = 1.2 signal speed unknown
t = 1.7 camera covered for 0.2 s
"""


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    files = Recording.beside(tmp_path_factory.mktemp("drive") / "tiny.mp4")
    assert record(parse_script(TINY, "tiny.drive"), files) == 14
    return files


def test_a_drive_is_frames_gaps_and_signals_in_order() -> None:
    played = list(play(parse_script(TINY, "tiny.drive")))
    times = [event.t for event, _ in played]
    assert times == sorted(times)
    frames = [event for event, _ in played if isinstance(event, Frame)]
    assert [frame.index for frame in frames] == list(range(14))
    assert [frame.t for frame in frames] == [*np.arange(0, 10) / 10, 1.6, 1.7, 1.8, 1.9]
    assert {frame.source for frame in frames} == {"sim:tiny"}
    assert all(frame.image.shape == (72, 96, 3) for frame in frames)
    assert [event.t for event, _ in played if isinstance(event, Gap)] == [1.0, 1.5]
    signals = [event for event, _ in played if isinstance(event, VehicleSignal)]
    assert signals == [VehicleSignal(0, "speed", 30.0), VehicleSignal(1.2, "speed", None)]
    for event, truth in played:
        assert (truth is not None) == isinstance(event, Frame)


def test_truth_follows_the_script() -> None:
    truths = {event.t: truth for event, truth in play(parse_script(TINY)) if truth is not None}
    shut, opened = truths[0.6], truths[0.2]
    assert shut.left_aperture is not None
    assert opened.left_aperture is not None
    assert shut.left_aperture < 0.1
    assert opened.left_aperture > 0.8


def test_another_number_of_processes_gives_the_same_pictures() -> None:
    script = parse_script("length 1.6 s\nfps 10\ncamera size 96x72\nt = 0.5 blink\nt = 1.2 light night")
    alone, together = (list(shots(Timeline(script), jobs=jobs)) for jobs in (1, 2))
    assert len(alone) == len(together) == 16
    for one, other in zip(alone, together, strict=True):
        assert (one.t, one.index, one.scene) == (other.t, other.index, other.scene)
        np.testing.assert_array_equal(one.image, other.image)


def test_a_cover_darkens_the_picture_only_while_it_is_there() -> None:
    script = parse_script("length 3 s\nfps 4\ncamera size 96x72\nt = 1 camera covered for 1 s")
    brightness = {event.t: event.image.mean() for event, _ in play(script) if isinstance(event, Frame)}
    assert brightness[1.5] < 0.3 * brightness[0.5]
    assert brightness[2.75] > 0.8 * brightness[0.5]


def test_the_video_keeps_the_times_of_its_frames(recorded: Recording) -> None:
    with av.open(str(recorded.video)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        times = [frame.time for frame in container.decode(stream)]
    assert times == pytest.approx([*np.arange(0, 10) / 10, 1.6, 1.7, 1.8, 1.9], abs=1e-6)


def test_there_is_one_row_of_truth_for_each_frame(recorded: Recording) -> None:
    rows = read_rows(recorded.truth)
    with av.open(str(recorded.video)) as container:
        times = [frame.time for frame in container.decode(video=0)]
    assert [row["t"] for row in rows] == pytest.approx(times, abs=1e-6)
    assert [row["index"] for row in rows] == list(range(14))
    first, shut, covered = rows[0], rows[6], rows[12]
    assert (first["doing"], shut["doing"], covered["doing"]) == ([], ["eyes closed"], ["camera covered"])
    assert np.shape(first["points68"]) == (68, 2)
    assert len(first["points68_visible"]) == 68
    assert shut["parameters"]["left_aperture"] < 0.2
    assert covered["covered"] > 0.9


def test_events_signals_and_sheet_lie_beside_the_video(recorded: Recording) -> None:
    with recorded.events.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["clip"] for row in rows} == {"tiny.mp4"}
    assert [row["event"] for row in rows] == ["blink", "camera_lost", "camera_covered"]
    signals = [json.loads(line) for line in recorded.signals.read_text().splitlines()]
    assert signals == [{"t": 0.0, "name": "speed", "value": 30.0}, {"t": 1.2, "name": "speed", "value": None}]
    sheet = cv2.imread(str(recorded.sheet))
    assert sheet is not None
    assert sheet.shape[1] > 1600


def test_packed_truth_reads_the_same(recorded: Recording, tmp_path: Path) -> None:
    files = Recording.beside(tmp_path / "tiny.mp4", packed=True)
    record(parse_script(TINY, "tiny.drive"), files)
    assert files.truth.name == "tiny.truth.jsonl.gz"
    assert files.truth.stat().st_size < recorded.truth.stat().st_size / 2
    assert read_rows(files.truth) == read_rows(recorded.truth)


def test_gray_pictures_make_a_video_too(tmp_path: Path) -> None:
    path = tmp_path / "gray.mkv"
    with VideoWriter(path, 64, 48, 10, crf=20) as video:
        for k in range(5):
            video.write(np.full((48, 64), 40 * k, np.uint8), k / 7)
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
        tick = frames[0].time_base or Fraction(1, 1000)
    assert [frame.time for frame in frames] == pytest.approx([k / 7 for k in range(5)], abs=float(tick))
    assert [frame.to_ndarray(format="gray").mean() for frame in frames] == pytest.approx(
        [0, 40, 80, 120, 160], abs=3
    )


@pytest.mark.parametrize("name", ["drive.avi", "drive", "no/such/folder/drive.mp4"])
def test_a_video_that_cant_be_written_is_refused_before_rendering(name: str, tmp_path: Path) -> None:
    with pytest.raises(OutputError):
        Recording.beside(tmp_path / name)


def test_a_folder_in_the_way_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "drive.mp4").mkdir()
    with pytest.raises(OutputError, match="can't write"):
        record(parse_script("length 0.2 s\ncamera size 64x64"), Recording.beside(tmp_path / "drive.mp4"))


def test_odd_sides_are_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="even sides"):
        VideoWriter(tmp_path / "odd.mp4", 65, 48, 10, crf=20)


def test_a_drive_without_a_frame_is_refused(tmp_path: Path) -> None:
    script = parse_script("length 2 s\nt = 0 camera lost")
    with pytest.raises(OutputError, match="has no frame"):
        record(script, Recording.beside(tmp_path / "none.mp4"))


def test_broken_rows_of_truth_are_refused(tmp_path: Path) -> None:
    for name, content in (("a.jsonl", b"{"), ("b.jsonl.gz", b"no gzip"), ("c.jsonl", b"\xff")):
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(DrivermonError, match=name):
            read_rows(path)
    with pytest.raises(DrivermonError, match="can't be read"):
        read_rows(tmp_path / "missing.jsonl")


@pytest.mark.parametrize("name", sorted(named_scripts()))
def test_the_moments_of_a_sheet_cover_the_drive(name: str) -> None:
    script = load_script(name)
    times = moments(Timeline(script))
    assert len(times) == COLUMNS * ROWS
    assert times == sorted(set(times))
    assert times[0] >= 0
    assert times[-1] < script.length_s
    for step in script.steps:
        if not step.action.releases and len(script.steps) <= COLUMNS * ROWS:
            assert any(step.start_s <= t < step.end_s for t in times)


def test_a_sheet_shows_where_there_was_no_picture() -> None:
    script = parse_script("length 9 s\ncamera size 96x72\nt = 3 camera lost 3 s")
    sheet = ContactSheet(Timeline(replace(script, title="Größe → 1")))
    for t in (0.5, 2.2, 6.4, 8.0):
        sheet.add(np.full((72, 96, 3), 200, np.uint8), t)
    page = sheet.draw()
    assert np.mean(np.all(page == 200, axis=2)) > 0.1
    assert np.mean(page.max(axis=2) < 50) > 0.1


def test_the_shipped_demo_is_there_with_its_truth() -> None:
    script = load_script("demo")
    with av.open(str(demo_video())) as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height) == (script.camera.width, script.camera.height)
        times = [
            float(packet.pts * packet.time_base)
            for packet in container.demux(stream)
            if packet.pts is not None
        ]
    truth = demo_truth()
    assert [row["t"] for row in truth] == pytest.approx(times, abs=1e-5)
    drive = Timeline(script)
    assert [row["t"] for row in truth] == frame_times(drive).tolist()
    # rendered from the script as it is now
    for row, scene in zip(truth[::60], drive.scenes(frame_times(drive)[::60]), strict=True):
        assert row["doing"] == list(scene.doing)
        assert row["parameters"]["yaw_deg"] == pytest.approx(scene.parameters.yaw_deg, abs=1e-3)
    folder = demo_video().parent
    assert sum(path.stat().st_size for path in folder.glob("demo.*")) <= 4_000_000
