import hashlib
import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from drivermon.config import RuntimeSettings
from drivermon.errors import InstallationError, NetworkError
from drivermon.perception import onnx_session
from drivermon.perception.onnx_session import open_session, require_one_runtime
from tests.perception.tiny_networks import write_network

CUDA_FIRST = ("CUDAExecutionProvider", "CPUExecutionProvider")


class FakeRuntime:
    """An ONNX Runtime that says it has CUDA and whose sessions run on `really`."""

    def __init__(self, really: list[str], available: list[str]) -> None:
        self.really = really
        self.available = available
        self.asked: list[str] = []
        self.preloaded = False

    def preload_dlls(self) -> None:
        self.preloaded = True

    def get_available_providers(self) -> list[str]:
        return self.available

    def SessionOptions(self) -> Any:  # noqa: N802 (the runtime's own name)
        return SimpleNamespace(add_session_config_entry=lambda *_: None)

    def InferenceSession(self, _content: bytes, _options: Any, providers: list[str]) -> Any:  # noqa: N802
        self.asked = providers
        meta = SimpleNamespace(custom_metadata_map={})
        return SimpleNamespace(get_providers=lambda: self.really, get_modelmeta=lambda: meta)


@pytest.fixture
def fake_runtime(monkeypatch: pytest.MonkeyPatch) -> Any:
    def install(really: list[str], available: list[str]) -> FakeRuntime:
        runtime = FakeRuntime(really, available)
        monkeypatch.setattr(onnx_session.importlib, "import_module", lambda _: runtime)
        monkeypatch.setattr(onnx_session, "require_one_runtime", lambda: "onnxruntime-gpu")
        return runtime

    return install


def test_a_network_opens_on_the_cpu_with_its_digest_and_metadata(tmp_path: Path) -> None:
    path = write_network(tmp_path / "net.onnx")
    opened = open_session(path, RuntimeSettings())
    assert opened.providers == ("CPUExecutionProvider",)
    assert opened.digest == hashlib.sha256(path.read_bytes()).hexdigest()
    assert opened.metadata["drivermon_kind"] == "emotion"


def test_threads_and_spinning_are_set(tmp_path: Path) -> None:
    path = write_network(tmp_path / "net.onnx")
    options = open_session(path, RuntimeSettings(threads=2)).session.get_session_options()
    assert options.intra_op_num_threads == 2
    assert options.inter_op_num_threads == 1
    assert options.get_session_config_entry("session.intra_op.allow_spinning") == "0"
    assert options.get_session_config_entry("session.inter_op.allow_spinning") == "0"


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "empty"), (b"not a network at all", "not an ONNX network"), (b"\x08\x0a\x12\x04", "not an ONNX")],
)
def test_a_file_that_is_no_network_is_named_in_the_error(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "broken.onnx"
    path.write_bytes(content)
    with pytest.raises(NetworkError, match=words) as caught:
        open_session(path, RuntimeSettings())
    assert str(path) in str(caught.value)


def test_a_network_cut_in_half_is_refused(tmp_path: Path) -> None:
    path = write_network(tmp_path / "net.onnx")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(NetworkError, match="not an ONNX network"):
        open_session(path, RuntimeSettings())


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "absent.onnx", tmp_path):
        with pytest.raises(NetworkError, match="can't be read"):
            open_session(path, RuntimeSettings())


def test_a_provider_that_is_not_there_stops_and_says_what_to_install(tmp_path: Path) -> None:
    path = write_network(tmp_path / "net.onnx")
    with pytest.raises(InstallationError, match=r"CUDAExecutionProvider can't be used.*drivermon\[gpu\]"):
        open_session(path, RuntimeSettings(providers=CUDA_FIRST))


def test_a_provider_that_is_not_there_is_logged_when_the_cpu_may_go_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = write_network(tmp_path / "net.onnx")
    settings = RuntimeSettings(providers=("CUDAExecutionProvider",), on_missing_provider="cpu")
    with caplog.at_level(logging.WARNING):
        opened = open_session(path, settings)
    assert opened.providers == ("CPUExecutionProvider",)
    assert "CUDAExecutionProvider can't be used" in caplog.text


def test_a_misspelt_provider_stops(tmp_path: Path) -> None:
    path = write_network(tmp_path / "net.onnx")
    with pytest.raises(InstallationError, match="check the spelling"):
        open_session(path, RuntimeSettings(providers=("cuda",)))


def test_a_provider_that_fails_to_start_is_no_silent_fallback(tmp_path: Path, fake_runtime: Any) -> None:
    path = write_network(tmp_path / "net.onnx")
    runtime = fake_runtime(["CPUExecutionProvider"], list(CUDA_FIRST))
    with pytest.raises(InstallationError, match="CPUExecutionProvider took its place"):
        open_session(path, RuntimeSettings(providers=CUDA_FIRST))
    assert runtime.preloaded


def test_providers_are_passed_through_in_their_order(tmp_path: Path, fake_runtime: Any) -> None:
    path = write_network(tmp_path / "net.onnx")
    runtime = fake_runtime(list(CUDA_FIRST), ["CPUExecutionProvider", "CUDAExecutionProvider"])
    opened = open_session(path, RuntimeSettings(providers=CUDA_FIRST))
    assert runtime.asked == list(CUDA_FIRST)
    assert opened.providers == CUDA_FIRST


def test_exactly_one_runtime_is_accepted() -> None:
    assert require_one_runtime(["numpy", "onnx", "onnxruntime"]) == "onnxruntime"
    assert require_one_runtime(["ONNXRuntime_GPU", "onnxruntime-extensions"]) == "onnxruntime-gpu"
    assert require_one_runtime() == "onnxruntime"


def test_no_runtime_names_the_extra_to_install() -> None:
    with pytest.raises(InstallationError, match=r"pip install \"drivermon\[cpu\]\""):
        require_one_runtime(["numpy", "onnx", "onnxscript"])


def test_two_runtimes_name_both_and_the_mend() -> None:
    with pytest.raises(InstallationError, match="pip uninstall -y onnxruntime onnxruntime-gpu"):
        require_one_runtime(["onnxruntime-gpu", "onnxruntime"])
