"""Nothing but a network that the runtime accepts, and that gives what PyTorch gave, reaches its folder."""

import json
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnxscript")

import onnx  # noqa: E402

from drivermon.config import RuntimeSettings  # noqa: E402
from drivermon.errors import NetworkError, OutputError, SourceError  # noqa: E402
from drivermon.perception.alignment import DEFAULT_GEOMETRY, ChipGeometry  # noqa: E402
from drivermon.perception.emotion import EmotionNetwork  # noqa: E402
from drivermon.perception.registry import find_network  # noqa: E402
from tests.training.deployed import PROVENANCE, deployed, exported  # noqa: E402
from tests.training.faces import drawn_chips  # noqa: E402
from training import export as exporting  # noqa: E402
from training.export import Deployed, export, register  # noqa: E402
from training.files import written_whole  # noqa: E402
from training.judging import chips_for  # noqa: E402
from training.networks import EmotionNet, Network  # noqa: E402
from training.run import load_best  # noqa: E402

CHIPS = chips_for(DEFAULT_GEOMETRY, drawn_chips(8).chips)


class Colour(EmotionNet):
    """A network of larger colour chips, as the classic ones are, but small."""

    geometry = ChipGeometry(96, (0.31, 0.37), 3)

    def forward(self, chips: torch.Tensor) -> torch.Tensor:
        return super().forward(chips.mean(1, keepdim=True))


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A network that is in use already."""
    path = tmp_path / "emotion.onnx"
    path.write_bytes(b"the old one")
    return path


@pytest.fixture
def converted(exported_network: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The graph as it was converted once before; what comes after is real."""

    def copied(_model: Deployed, _geometry: ChipGeometry, path: Path) -> None:
        shutil.copyfile(exported_network, path)

    monkeypatch.setattr(exporting, "_write_graph", copied)


@contextmanager
def full_disk(free: int) -> Iterator[None]:
    """Refuse to write more than `free` bytes to any file, as a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (free, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def assert_untouched(old: Path) -> None:
    assert old.read_bytes() == b"the old one"
    assert [entry.name for entry in old.parent.iterdir()] == ["emotion.onnx"]


def test_an_exported_network_is_complete_and_registered(tmp_path: Path) -> None:
    path = tmp_path / "emotion.onnx"
    assert export(deployed(), PROVENANCE, CHIPS, path) <= 1e-4
    digest = register("emotion", path, "test")
    assert find_network("emotion", tmp_path) == path
    assert json.loads((tmp_path / "registry.json").read_text())["emotion"]["card"] == "emotion.md"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["emotion.onnx", "registry.json"]
    network = EmotionNetwork(path, RuntimeSettings())
    assert (network.geometry, network.digest) == (DEFAULT_GEOMETRY, digest)
    for count in (1, 3, 8):
        assert network.probabilities(CHIPS[:count]).shape == (count, 7)
    model = onnx.load(path, load_external_data=False)
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    assert {"labels", "chip", "temperature", "version", "data", "licence", "created"} <= set(metadata)
    assert all(weight.data_location == onnx.TensorProto.DEFAULT for weight in model.graph.initializer)
    assert str(tmp_path).encode() not in path.read_bytes()


def test_a_network_of_larger_colour_chips_is_exported_with_its_own_geometry(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network: Network = Colour(widths=(4, 8), blocks=(1, 1)).eval()
    chips = chips_for(network.geometry, drawn_chips(3).chips)
    assert export(Deployed(network, deployed().calibration), PROVENANCE, chips, tmp_path / "c.onnx") <= 1e-4
    assert EmotionNetwork(tmp_path / "c.onnx", RuntimeSettings()).geometry == Colour.geometry


@pytest.mark.usefixtures("converted")
def test_an_export_that_differs_is_caught_and_leaves_the_old_network_in_place(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = deployed()
    write: Callable[..., None] = exporting._write_graph

    def write_another(*arguments: Any) -> None:
        write(*arguments)
        with torch.no_grad():
            model.network.heads.bias[0] += 0.01

    monkeypatch.setattr(exporting, "_write_graph", write_another)
    with pytest.raises(NetworkError, match="differs from PyTorch"):
        export(model, PROVENANCE, CHIPS, old)
    assert_untouched(old)


@pytest.mark.usefixtures("converted")
def test_an_export_without_a_weight_is_caught(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write: Callable[..., None] = exporting._write_graph

    def write_broken(model: Deployed, geometry: ChipGeometry, path: Path) -> None:
        write(model, geometry, path)
        broken = onnx.load(path)
        del broken.graph.initializer[0]
        onnx.save(broken, path)

    monkeypatch.setattr(exporting, "_write_graph", write_broken)
    with pytest.raises((NetworkError, onnx.checker.ValidationError)):
        export(deployed(), PROVENANCE, CHIPS, old)
    assert_untouched(old)


@pytest.mark.usefixtures("converted")
def test_without_chips_to_compare_on_nothing_is_exported(old: Path) -> None:
    with pytest.raises(NetworkError, match="no chip to compare"):
        export(deployed(), PROVENANCE, CHIPS[:0], old)
    assert_untouched(old)


def test_a_full_disk_leaves_the_old_network_in_place(old: Path) -> None:
    with (
        full_disk(free=2000),
        pytest.raises(OutputError, match=r"emotion\.onnx can't be .*disk full"),
    ):
        export(deployed(), PROVENANCE, CHIPS, old)
    assert_untouched(old)


def test_a_registry_that_can_not_be_written_keeps_its_entries(exported_network: Path, tmp_path: Path) -> None:
    network = Path(shutil.copy(exported_network, tmp_path))
    register("emotion", network, "test")
    with full_disk(free=10), pytest.raises(OutputError, match=r"registry\.json can't be written"):
        register("second", network, "test")
    assert find_network("emotion", tmp_path) == network


@pytest.mark.usefixtures("converted")
def test_a_kill_in_the_middle_leaves_the_old_network_and_the_next_export_goes_through(
    old: Path, exported_network: Path
) -> None:
    """Killed after the file is written and before it is checked: what is there has another name."""
    killed = (
        "import os, shutil, signal, sys\n"
        "from pathlib import Path\n"
        "from tests.training.deployed import exported\n"
        "from training import export\n"
        "export._write_graph = lambda model, geometry, path: shutil.copyfile(sys.argv[2], path)\n"
        "export.parity = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        "exported(Path(sys.argv[1]))\n"
    )
    root = Path(exporting.__file__).parents[1]
    command = [sys.executable, "-c", killed, str(old), str(exported_network)]
    done = subprocess.run(command, cwd=root, check=False, capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert old.read_bytes() == b"the old one"
    assert {entry.name for entry in old.parent.iterdir()} == {"emotion.onnx", "emotion.onnx.part"}
    exported(old)
    assert [entry.name for entry in old.parent.iterdir()] == ["emotion.onnx"]


def test_a_wrong_checkpoint_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="train first"):
        load_best(tmp_path)
    (tmp_path / "best.pt").write_bytes(b"no checkpoint")
    with pytest.raises(SourceError, match=r"best\.pt holds no weights"):
        load_best(tmp_path)
    torch.save({"layer": torch.zeros(3)}, tmp_path / "best.pt")
    with pytest.raises(SourceError, match="no checkpoint of compact, large"):
        load_best(tmp_path)


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file.txt"

    def write(text: str, fault: Exception | None = None) -> None:
        with written_whole(path) as part:
            part.write_text(text)
            if fault is not None:
                raise fault

    with pytest.raises(KeyError):
        write("half", KeyError("stopped"))
    assert list(path.parent.iterdir()) == []
    write("whole")
    assert path.read_text() == "whole"
    with pytest.raises(OutputError, match="disk full"):
        write("half", OSError(28, "No space left on device"))
    assert path.read_text() == "whole"
    assert list(path.parent.iterdir()) == [path]
