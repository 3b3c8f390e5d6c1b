"""Facts as this computer gives them: a real stream, a real video, a real daemon's lock and bus."""

import logging
import os
import threading
from pathlib import Path

import pytest

from drivermon.benchmarking.pictures import load_jpegs
from drivermon.benchmarking.running import camera_showing
from drivermon.bus.keys import make_client, make_server
from drivermon.bus.lock import EndpointLock, holder_of
from drivermon.bus.thread import BusThread
from drivermon.checking import bus, watching
from drivermon.checking.bus import gather_endpoint, gather_keys
from drivermon.checking.camera import gather_device
from drivermon.checking.clock import gather_clocks, judge_clocks
from drivermon.checking.findings import Status
from drivermon.checking.landmarks import gather_predictor
from drivermon.checking.logged import collected
from drivermon.checking.networks import METADATA, gather_networks
from drivermon.checking.packages import IMPORTS, gather_packages, judge_packages
from drivermon.checking.permissions import gather_runtime_directory, gather_user
from drivermon.checking.processor import gather_processor
from drivermon.checking.service import gather_service
from drivermon.checking.watching import gather_source
from drivermon.config import BusSettings, CameraSettings, EmotionSettings, FaceSettings, Settings
from drivermon.errors import BusError
from drivermon.simulation.play import demo_video
from tests import samples
from tests.bus.conftest import folder, ipc  # noqa: F401 - a fixture
from tests.perception.tiny_networks import write_network
from tests.sources.videos import picture, steady, write_video


def watching_source(source: str, **others: object) -> Settings:
    return Settings(camera=CameraSettings.model_validate({"source": source, **others}))


# the camera


@pytest.mark.slow
def test_a_stream_is_watched_for_its_size_its_rate_and_the_face_it_shows() -> None:
    jpegs = load_jpegs(str(demo_video()), Settings(), 60)
    with camera_showing(jpegs, 30.0) as stream:
        camera, scene = gather_source(watching_source(stream.url), None)
    assert (camera.kind, camera.error, camera.device) == ("stream", None, None)
    assert camera.captured is not None
    assert camera.captured.size == scene.size == (640, 480)
    assert camera.captured.fps is not None
    assert camera.captured.fps > 0
    assert camera.captured.reasons == ()
    assert sum(seen.face is not None for seen in scene.seen) > len(scene.seen) / 2


def test_a_video_can_stand_in_for_the_camera() -> None:
    camera, scene = gather_source(watching_source(str(demo_video())), None)
    assert (camera.kind, camera.error) == ("recording", None)
    assert len(scene.seen) == 31  # two seconds at 15 a second
    assert scene.seen[-1].face is not None


def test_a_stream_that_is_not_there_tells_why_and_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "FIRST_WITHIN_S", 0.5)
    camera, scene = gather_source(watching_source("rtsp://anna:secret@127.0.0.1:1/x?key=secret"), None)
    assert camera.captured is not None
    assert camera.captured.frames == len(scene.seen) == 0
    assert "connection refused" in camera.captured.reasons[0]
    assert "secret" not in f"{camera}"


def test_a_password_with_an_at_sign_is_hidden_whole() -> None:
    camera, _ = gather_source(watching_source("http://anna:se@secret@127.0.0.1:1/x"), None)
    assert "secret" not in f"{camera}"


def test_a_camera_that_stands_still_is_frozen(tmp_path: Path) -> None:
    file = tmp_path / "still.mkv"
    write_video(file, steady(60), pictures=[picture(1)] * 60, codec="ffv1")
    camera, _ = gather_source(watching_source(str(file)), None)
    assert camera.captured is not None
    assert camera.captured.frozen


def test_what_is_no_source_and_what_breaks_off_is_told(tmp_path: Path) -> None:
    camera, scene = gather_source(watching_source(str(tmp_path / "none.mp4")), None)
    assert camera.error is not None
    assert "can't be opened" in camera.error
    assert scene.size is None
    noise = tmp_path / "noise.jsonl"
    noise.write_text("{}\n")
    assert gather_source(watching_source(str(noise)), None)[0].error is not None


def test_without_a_predictor_the_light_is_judged_and_the_face_is_not(tmp_path: Path) -> None:
    settings = Settings(
        camera=CameraSettings(source=str(demo_video())),
        face=FaceSettings(follower="dlib68", landmarks=str(tmp_path / "none")),
    )
    _, scene = gather_source(settings, None)
    assert scene.blind is not None
    assert scene.seen[0].quality.brightness > 0


def test_a_camera_that_is_not_there_is_not_opened() -> None:
    camera, scene = gather_source(watching_source("/dev/video-none"), None)
    assert camera.device is not None
    assert not camera.device.is_there
    assert (camera.captured, scene.seen) == (None, ())


def test_devices_are_told_from_files(tmp_path: Path) -> None:
    for name in ("video0", "video10", "videox"):
        (tmp_path / name).touch()
    found = gather_device(str(tmp_path / "video0"), tmp_path)
    assert (found.is_there, found.is_camera) == (True, False)
    assert found.others == (str(tmp_path / "video0"), str(tmp_path / "video10"))
    null = gather_device("/dev/null", tmp_path)
    assert (null.is_there, null.is_camera, null.usable) == (True, True, True)


# packages and networks


def test_the_packages_of_this_environment_are_alone_and_in_order() -> None:
    packages = gather_packages()
    assert [package.name for package in packages] == list(IMPORTS)
    assert all(len(package.distributions) == 1 for package in packages), packages
    assert {finding.status for finding in judge_packages(packages)} == {Status.OK}


def test_a_second_distribution_is_found_by_the_files_it_claims(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = tmp_path / "opencv_python-5.0.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: opencv-python\nVersion: 5.0.0\n")
    (info / "RECORD").write_text("cv2/__init__.py,,\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    found = {package.name: package for package in gather_packages()}
    assert found["cv2"].distributions[0] == "opencv-python 5.0.0"
    assert found["cv2"].distributions[1].startswith("opencv-python-headless ")
    assert len(found["dlib"].distributions) == 1


def test_the_shipped_networks_are_whole() -> None:
    facts = gather_networks(Settings())
    assert facts.registry_error is None
    assert {one.name: one.error for one in facts.shipped} == {
        "emotion": None,
        "emotion_int8": None,
        "face_detector": None,
        "face_follower": None,
        "face_follower_int8": None,
    }
    assert facts.opened is not None
    assert facts.opened.missing == ()
    assert facts.opened.providers[0] == "CPUExecutionProvider"


def test_a_network_of_ones_own_may_lack_metadata_that_is_not_needed(tmp_path: Path) -> None:
    path = write_network(tmp_path / "own.onnx")
    facts = gather_networks(Settings(emotion=EmotionSettings(network=str(path))))
    assert facts.opened is not None
    assert facts.opened.missing == tuple(METADATA[3:])


def test_a_network_that_is_no_network_is_told(tmp_path: Path) -> None:
    path = tmp_path / "bad.onnx"
    path.write_bytes(b"nothing")
    facts = gather_networks(Settings(emotion=EmotionSettings(network=str(path))))
    assert facts.opened is None
    assert str(path) in (facts.open_error or "")


def test_a_provider_that_is_not_there_is_judged_and_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    settings = Settings.model_validate_json(
        '{"runtime": {"providers": ["CUDAExecutionProvider"], "on_missing_provider": "cpu"}}'
    )
    facts = gather_networks(settings)
    if "CUDAExecutionProvider" in facts.available:
        pytest.skip("this environment has the runtime for CUDA")
    assert facts.opened is not None
    assert facts.opened.providers[0] == "CPUExecutionProvider"
    assert caplog.text == ""


def test_a_corrupt_predictor_is_told(tmp_path: Path) -> None:
    (tmp_path / "bad.dat").write_bytes(b"nothing")
    assert gather_predictor(Settings()).error is None
    bad = gather_predictor(Settings(face=FaceSettings(landmarks=str(tmp_path / "bad.dat"))))
    assert "bad.dat" in (bad.error or "")


# the bus


def test_a_free_endpoint_is_looked_at_and_nothing_is_made(folder: Path) -> None:  # noqa: F811
    found = gather_endpoint(ipc(folder))
    assert (found.taken, found.writable, found.error) == (False, True, None)
    assert list(folder.iterdir()) == []
    nowhere = gather_endpoint(ipc(folder / "none"))
    assert not nowhere.writable


def test_a_running_bus_is_named_by_its_process_and_heard(folder: Path) -> None:  # noqa: F811
    with BusThread(ipc(folder), "test", "monotonic", lambda _: None) as running:
        running.post(samples.health())
        found = gather_endpoint(ipc(folder))
    assert (found.taken, found.holder, found.unheard) == (True, str(os.getpid()), None)
    assert found.health is not None
    assert found.health.fps == samples.health().fps
    assert found.source == "test"


def test_the_daemon_of_the_service_is_found_where_this_user_has_none(
    folder: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bus, "LISTEN_S", 0.1)
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(folder / "own"))
    service = folder / "service"
    service.mkdir()
    lock = EndpointLock(service / "bus.sock")
    found = gather_endpoint(BusSettings(), service)
    lock.close()
    assert (found.taken, found.address) == (True, f"ipc://{service}/bus.sock")
    assert gather_endpoint(BusSettings(), service).address == f"ipc://{folder}/own/bus.sock"
    monkeypatch.delenv("RUNTIME_DIRECTORY")
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    assert gather_endpoint(BusSettings(), service).address == ""


def test_a_holder_that_says_nothing_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    monkeypatch.setattr(bus, "LISTEN_S", 0.1)
    lock = EndpointLock(folder / "b.sock")
    try:
        found = gather_endpoint(ipc(folder))
    finally:
        lock.close()
    assert (found.taken, found.holder, found.health) == (True, str(os.getpid()), None)


def test_a_lock_is_held_until_it_is_given_up(folder: Path) -> None:  # noqa: F811
    socket = folder / "b.sock"
    assert holder_of(socket) is None
    lock = EndpointLock(socket)
    assert holder_of(socket) == str(os.getpid())
    lock.close()
    assert holder_of(socket) is None
    with pytest.raises(BusError):
        holder_of(folder / "b.sock.lock" / "x")


def test_a_port_is_free_or_taken(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:  # noqa: F811
    monkeypatch.setattr(bus, "LISTEN_S", 0.1)
    with BusThread(ipc(folder, endpoint="tcp://127.0.0.1:0"), "test", "monotonic", lambda _: None) as running:
        address = running.endpoint
        assert gather_endpoint(BusSettings(endpoint=address)).taken
    assert not gather_endpoint(BusSettings(endpoint=address)).taken


def test_keys_are_read_as_the_daemon_reads_them(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    over_tcp = BusSettings(endpoint="tcp://0.0.0.0:5555", keys=str(keys))
    assert gather_keys(over_tcp).error is not None
    make_server(keys)
    make_client(keys, "dashboard")
    assert (gather_keys(over_tcp).error, gather_keys(over_tcp).clients) == (None, 1)
    (keys / "server.key_secret").chmod(0o644)
    assert "chmod 600" in (gather_keys(over_tcp).error or "")
    assert not gather_keys(BusSettings(keys=str(keys))).over_tcp


# the computer


def test_the_runtime_directory_is_looked_at_and_not_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"disk / ext4 rw 0 0\nnone {tmp_path}/with\\040space tmpfs rw 0 0\n")
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path / "with space" / "drivermon"))
    found = gather_runtime_directory(mounts)
    assert (found.mode, found.writable, found.in_memory) == (None, True, False)
    assert not (tmp_path / "with space").exists()
    (tmp_path / "with space" / "drivermon").mkdir(parents=True, mode=0o700)
    found = gather_runtime_directory(mounts)
    assert (found.mode, found.writable, found.in_memory) == (0o700, True, True)
    monkeypatch.delenv("RUNTIME_DIRECTORY")
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    assert gather_runtime_directory(mounts).path is None


def test_user_clock_and_processor_of_this_computer() -> None:
    assert gather_user().name
    assert {finding.status for finding in judge_clocks(gather_clocks())} <= {Status.OK, Status.WARN}
    assert gather_processor().cores == len(os.sched_getaffinity(0))


def test_the_least_quota_of_all_control_groups_above_counts(tmp_path: Path) -> None:
    own, groups = tmp_path / "cgroup", tmp_path / "groups"
    own.write_text("0::/system.slice/drivermon.service\n")
    (groups / "system.slice/drivermon.service").mkdir(parents=True)
    assert gather_processor(own, groups).quota is None
    (groups / "system.slice/drivermon.service/cpu.max").write_text("max 100000\n")
    (groups / "system.slice/cpu.max").write_text("150000 100000\n")
    assert gather_processor(own, groups).quota == 1.5


def test_the_shipped_unit_is_read(tmp_path: Path) -> None:
    unit = (Path(__file__).parents[2] / "systemd/drivermon.service").read_text()
    program, config = tmp_path / "drivermon", tmp_path / "car.toml"
    program.touch()
    config.write_text("[camera]\nfps = 15\n")
    unit = unit.replace("/opt/drivermon/bin/drivermon", str(program))
    unit = unit.replace("/etc/drivermon/drivermon.toml", str(config))
    (tmp_path / "drivermon.service").write_text(unit)
    found = gather_service((tmp_path / "none", tmp_path), booted=tmp_path / "none")
    assert (found.program, found.program_is_there, found.config_error) == (str(program), True, None)
    assert not found.systemd
    config.write_text("[camera]\nfps = 0\n")
    assert "camera.fps" in (gather_service((tmp_path,), tmp_path / "none").config_error or "")
    assert gather_service((tmp_path / "none",)).unit is None


def test_what_is_collected_goes_nowhere_else(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("drivermon.sources.live")
    with collected("drivermon.sources") as messages:
        thread = threading.Thread(target=logger.warning, args=("lost %d", 1))
        thread.start()
        logger.info("no matter")
        thread.join()
    logger.warning("afterwards")
    assert messages == ["lost 1"]
    assert caplog.messages == ["afterwards"]
