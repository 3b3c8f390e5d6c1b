"""From facts to findings: every silent failure has a line of its own, and a remedy."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivermon.checking.bus import Endpoint, Keys, judge_endpoint, judge_keys
from drivermon.checking.clock import RELEASED, Clocks, judge_clocks
from drivermon.checking.findings import Finding, Status, exit_status, failed_as, ok, skipped, warn
from drivermon.checking.landmarks import Predictor, judge_predictor
from drivermon.checking.networks import Networks, Opened, Shipped, judge_networks
from drivermon.checking.packages import Package, judge_packages
from drivermon.checking.permissions import (
    RuntimeDirectory,
    User,
    judge_runtime_directory,
    judge_user,
)
from drivermon.checking.processor import Processor, judge_processor, quota_of
from drivermon.checking.service import Service, judge_service
from drivermon.config import RuntimeSettings
from drivermon.events import GapCause
from tests import samples
from tests.checking.asserting import assert_is, by_name

CPU, CUDA = "CPUExecutionProvider", "CUDAExecutionProvider"


def test_only_a_failure_makes_the_exit_status_1() -> None:
    good = [ok("a", "b"), warn("a", "b", "c"), skipped("a", "b")]
    assert exit_status([]) == exit_status(good) == 0
    assert exit_status([*good, failed_as("a", "b; c")]) == 1


def test_an_error_is_split_into_what_and_remedy() -> None:
    assert failed_as("x", "gone; get it; or not") == Finding("x", Status.FAIL, "gone", "get it; or not")
    assert failed_as("x", "gone").remedy


# packages


def test_one_distribution_an_import_is_well() -> None:
    assert_is(judge_packages((Package("cv2", ("opencv-python-headless 5.0",), None),))[0], "ok", "5.0")


@pytest.mark.parametrize(
    ("name", "two", "remedy"),
    [
        ("cv2", ("opencv-python 5.0", "opencv-python-headless 5.0"), "pip install 'opencv-python-headless'"),
        ("dlib", ("dlib 20.0", "dlib-bin 20.0"), "pip uninstall -y dlib dlib-bin && pip install 'dlib-bin'"),
        ("onnxruntime", ("onnxruntime 1.32", "onnxruntime-gpu 1.31"), "pip install 'drivermon[cpu]'"),
    ],
)
def test_two_distributions_of_one_import_fail_although_it_can_be_imported(
    name: str, two: tuple[str, ...], remedy: str
) -> None:
    assert_is(judge_packages((Package(name, two, None),))[0], "fail", *two, remedy)


def test_a_package_that_is_not_there_or_broken_fails() -> None:
    broken, missing = judge_packages(
        (Package("cv2", ("opencv-python-headless 5.0",), "no cv2"), Package("dlib", (), "No module"))
    )
    assert_is(broken, "fail", "no cv2", "--force-reinstall 'opencv-python-headless'")
    assert_is(missing, "fail", "not installed", "dlib-bin")


def test_a_package_of_the_system_has_no_known_distribution() -> None:
    assert_is(judge_packages((Package("dlib", (), None),))[0], "ok")


# networks

OPENED = Opened("/n/emotion.onnx", "ab" * 32, (CPU,), ())
NETWORKS = Networks(None, (Shipped("emotion", "ab" * 32, None),), True, OPENED, None, (CPU,), False)


def networks(runtime: RuntimeSettings | None = None, **changes: Any) -> dict[str, Finding]:
    return by_name(judge_networks(replace(NETWORKS, **changes), runtime or RuntimeSettings()))


def test_networks_as_they_should_be() -> None:
    found = networks()
    assert_is(found["shipped emotion"], "ok", "abababababab")
    assert_is(found["emotion network"], "ok")
    assert_is(found["execution provider"], "ok", CPU)


def test_another_file_than_the_shipped_one_fails() -> None:
    shipped = (Shipped("emotion", "ab", "x.onnx: not the file that was shipped; install drivermon again"),)
    assert_is(networks(shipped=shipped)["shipped emotion"], "fail", "not the file", "install drivermon again")


def test_a_registry_that_can_not_be_read_fails_and_the_network_may_still_be_well() -> None:
    found = networks(registry_error="r.json: can't be read; install it", shipped=())
    assert_is(found["shipped networks"], "fail", "can't be read")
    assert_is(found["emotion network"], "ok")


def test_a_network_that_is_refused_fails_and_no_provider_is_judged() -> None:
    found = networks(opened=None, open_error="x.onnx: its labels are wrong; export it")
    assert_is(found["emotion network"], "fail", "labels are wrong", "export it")
    assert_is(found["execution provider"], "skipped")


def test_metadata_that_is_not_complete_is_a_warning() -> None:
    found = networks(opened=replace(OPENED, missing=("temperature", "licence")))
    assert_is(found["emotion network"], "warn", "temperature, licence")


def test_emotion_off_needs_no_network() -> None:
    found = networks(enabled=False, opened=None)
    assert {found[name].status for name in ("emotion network", "execution provider")} == {Status.SKIPPED}


def test_a_provider_that_took_the_place_of_the_one_asked_for_is_told() -> None:
    wanted = RuntimeSettings(providers=(CUDA, CPU), on_missing_provider="cpu")
    found = networks(wanted)["execution provider"]
    assert_is(found, "warn", f"{CUDA} was asked for and {CPU} runs", "drivermon[gpu]")
    odd = networks(RuntimeSettings(providers=("CudaProvider", CPU), on_missing_provider="cpu"))
    assert_is(odd["execution provider"], "warn", "spelling")


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({}, "skipped", "unverified here"),
        ({"available": (CUDA, CPU)}, "skipped", "unverified here"),
        ({"gpu": True}, "warn", "can't use it"),
        ({"gpu": True, "available": (CUDA, CPU)}, "ok", "runtime.providers"),
        ({"gpu": True, "opened": replace(OPENED, providers=(CUDA, CPU))}, "ok", "runs the network"),
    ],
)
def test_cuda_is_only_called_well_where_it_was_seen(changes: Any, status: str, words: str) -> None:
    assert_is(networks(**changes)["CUDA"], status, words)


def test_the_landmark_predictor() -> None:
    assert_is(judge_predictor(Predictor("68 points", None)), "ok", "68 points")
    assert_is(
        judge_predictor(Predictor("x", "x.dat: none; set face.landmarks")), "fail", "set face.landmarks"
    )


# permissions

USER = User("anna", False, frozenset({"anna", "video"}), True)


@pytest.mark.parametrize(
    ("user", "needs_camera", "status", "words"),
    [
        (USER, True, "ok", "anna is in it"),
        (USER, False, "skipped", "no camera"),
        (replace(USER, groups=frozenset({"anna"})), True, "warn", "usermod -aG video anna"),
        (replace(USER, groups=frozenset(), is_root=True), True, "ok", "root"),
        (replace(USER, groups=frozenset(), has_video_group=False), True, "skipped", "udev"),
    ],
)
def test_the_group_of_cameras(user: User, needs_camera: bool, status: str, words: str) -> None:
    assert_is(judge_user(user, needs_camera), status, words)


FOLDER = RuntimeDirectory(Path("/run/user/7/drivermon"), 0o700, True, True)


@pytest.mark.parametrize(
    ("folder", "status", "words"),
    [
        (FOLDER, "ok", "private"),
        (replace(FOLDER, mode=0o750), "ok", "private"),
        (replace(FOLDER, mode=None), "ok", "will be made"),
        (replace(FOLDER, in_memory=None), "ok", "private"),
        (replace(FOLDER, path=None), "fail", "XDG_RUNTIME_DIR"),
        (replace(FOLDER, writable=False), "fail", "can't write"),
        (replace(FOLDER, mode=0o777), "fail", "chmod o-w /run/user/7/drivermon"),
        (replace(FOLDER, mode=0o755), "warn", "chmod 0700"),
        (replace(FOLDER, in_memory=False), "warn", "disk"),
    ],
)
def test_the_runtime_directory(folder: RuntimeDirectory, status: str, words: str) -> None:
    assert_is(judge_runtime_directory(folder), status, words)


@given(mode=st.integers(0, 0o777), writable=st.booleans(), in_memory=st.sampled_from([True, False, None]))
def test_a_directory_that_others_may_write_in_is_never_called_well(
    mode: int, writable: bool, in_memory: bool | None
) -> None:
    found = judge_runtime_directory(RuntimeDirectory(Path("/x"), mode, writable, in_memory))
    assert (found.status is Status.FAIL) == (not writable or bool(mode & 0o002))
    assert (found.status is Status.OK) == (writable and not mode & 0o006 and in_memory is not False)


# the bus

FREE = Endpoint("ipc:///run/x/bus.sock", None, False, None, True, None, None, None)
TAKEN = replace(FREE, taken=True, holder="4711", health=samples.health())


def test_a_free_endpoint_and_no_daemon() -> None:
    free, daemon = judge_endpoint(FREE)
    assert_is(free, "ok", "free")
    assert_is(daemon, "skipped", "none is running")


def test_a_daemon_that_is_well_is_named_by_its_process() -> None:
    taken, daemon = judge_endpoint(TAKEN)
    assert_is(taken, "ok", "held by process 4711")
    assert_is(daemon, "ok", "camera ok, 30 fps")


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({"health": None}, "fail", "process 4711 has said nothing"),
        ({"health": None, "holder": None}, "fail", "not known"),
        ({"health": samples.health().model_copy(update={"camera": GapCause.LOST})}, "warn", "camera lost"),
        ({"health": samples.health().model_copy(update={"lagging": True})}, "warn", "lagging"),
        ({"health": None, "unheard": "no keys"}, "skipped", "no keys"),
    ],
)
def test_a_daemon_that_is_not_well(changes: Any, status: str, words: str) -> None:
    assert_is(judge_endpoint(replace(TAKEN, **changes))[1], status, words)


def test_an_endpoint_that_can_not_be() -> None:
    assert_is(judge_endpoint(replace(FREE, writable=False))[0], "fail", "bus.endpoint")
    assert_is(judge_endpoint(replace(FREE, error="x.lock: no; run it as root"))[0], "fail", "as root")
    assert_is(judge_endpoint(replace(FREE, address=""))[0], "skipped", "runtime directory")


@pytest.mark.parametrize(
    ("keys", "status", "words"),
    [
        (Keys("", False, None, 0), "skipped", "no TCP port"),
        (Keys("/k", False, None, 0), "skipped", "no TCP port"),
        (Keys("", True, None, 0), "skipped", "loopback only"),
        (Keys("/k", True, "server.key: open to others; chmod 600 it", 0), "fail", "chmod 600"),
        (Keys("/k", True, None, 0), "warn", "drivermon keys /k CLIENT"),
        (Keys("/k", True, None, 2), "ok", "2 clients"),
    ],
)
def test_keys_are_needed_over_a_network_only(keys: Keys, status: str, words: str) -> None:
    assert_is(judge_keys(keys), status, words)


# the computer

CLOCKS = Clocks((1.0, 2.0, 2.0, 3.0), 1e-9, datetime(2030, 1, 1, tzinfo=UTC))


def test_clocks_that_run() -> None:
    assert [finding.status for finding in judge_clocks(CLOCKS)] == [Status.OK, Status.OK]


@pytest.mark.parametrize(
    ("clocks", "status", "words"),
    [
        (replace(CLOCKS, readings=(1.0, 0.5, 2.0)), "fail", "backward"),
        (replace(CLOCKS, readings=(1.0, 1.0)), "fail", "stands still"),
        (replace(CLOCKS, resolution_s=0.01), "warn", "steps of 10 ms"),
    ],
)
def test_a_monotonic_clock_that_is_none(clocks: Clocks, status: str, words: str) -> None:
    assert_is(judge_clocks(clocks)[0], status, words)


def test_a_system_clock_before_the_release_is_wrong_and_no_failure() -> None:
    release = datetime.combine(RELEASED, datetime.min.time(), UTC)
    early, late = (replace(CLOCKS, utc=release + timedelta(seconds=s)) for s in (-1, 0))
    assert_is(judge_clocks(early)[1], "warn", "timedatectl")
    assert_is(judge_clocks(late)[1], "ok")


@pytest.mark.parametrize(
    ("processor", "threads", "statuses"),
    [
        (Processor(2, None, 0.5), 1, ("ok", "ok", "ok")),
        (Processor(2, None, 2.5), 2, ("ok", "warn", "ok")),
        (Processor(1, None, 0.5), 2, ("warn", "ok", "warn")),
        (Processor(4, 0.5, 0.5), 1, ("fail", "ok", "ok")),
        (Processor(4, 1.5, 0.5), 2, ("warn", "ok", "warn")),
    ],
)
def test_what_the_processor_has_to_give(
    processor: Processor, threads: int, statuses: tuple[str, ...]
) -> None:
    findings = judge_processor(processor, RuntimeSettings(threads=threads))
    for finding, status in zip(findings, statuses, strict=True):
        assert_is(finding, status)


def test_a_quota_is_read() -> None:
    assert quota_of("max 100000\n") is None
    assert quota_of("150000 100000\n") == 1.5


RUNNING = Service("/etc/x.service", "/opt/d", True, None, True, "active", "enabled")


@pytest.mark.parametrize(
    ("service", "status", "words"),
    [
        (RUNNING, "ok", "active"),
        (replace(RUNNING, unit=None), "skipped", "not installed"),
        (replace(RUNNING, program_is_there=False), "fail", "/opt/d is not there"),
        (replace(RUNNING, config_error="c.toml: can't read; check it"), "fail", "check it"),
        (replace(RUNNING, config_error="c.toml: not TOML"), "fail", "drivermon config"),
        (replace(RUNNING, systemd=False), "skipped", "does not run"),
        (replace(RUNNING, active="failed"), "fail", "journalctl"),
        (replace(RUNNING, enabled="disabled"), "warn", "enable --now"),
        (replace(RUNNING, active="inactive"), "warn", "systemctl start"),
    ],
)
def test_the_unit(service: Service, status: str, words: str) -> None:
    assert_is(judge_service(service), status, words)
