"""Smaller networks: what they may cost, and that they stay networks of ours."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnxscript")
pytest.importorskip("torch_pruning")

import onnx  # noqa: E402
import onnxruntime  # noqa: E402

from drivermon.config import RuntimeSettings  # noqa: E402
from drivermon.errors import ConfigError, NetworkError, SourceError  # noqa: E402
from drivermon.perception.emotion import EmotionNetwork  # noqa: E402
from tests.training.deployed import small_network  # noqa: E402
from tests.training.faces import drawn_chips  # noqa: E402
from training import networks, quantize  # noqa: E402
from training.judging import chips_for  # noqa: E402
from training.networks import EmotionNet  # noqa: E402
from training.prune import parameters, prune  # noqa: E402


@pytest.fixture(scope="module")
def source(exported_network: Path) -> Path:
    return exported_network


def test_a_quantized_network_has_8_bit_weights_and_says_the_same(source: Path, tmp_path: Path) -> None:
    chips, out = drawn_chips(42), tmp_path / "int8.onnx"
    # a network that nobody trained guesses at random: what is lost is of no interest here
    lost = quantize.quantize(source, chips, replace(chips, original=_said(source)), out)
    assert set(lost) == {"shipped, original labels", "original, original labels"}
    assert max(lost.values()) <= quantize.MOST_LOST
    model = onnx.load(out)
    kinds = [node.op_type for node in model.graph.node]
    assert kinds.count("DequantizeLinear") > kinds.count("Conv") > 0
    assert {"Gemm", "Softmax"} <= set(kinds)
    # and the runtime does them in 8 bits: all but the first, of one channel
    run = as_run(out, tmp_path / "run.part")
    assert (run.count("QLinearConv"), run.count("Conv")) == (kinds.count("Conv") - 1, 1)
    (tmp_path / "run.part").unlink()
    before, after = (EmotionNetwork(path, RuntimeSettings()) for path in (source, out))
    assert after.geometry == before.geometry
    own = chips_for(before.geometry, chips.chips)
    assert np.abs(after.probabilities(own) - before.probabilities(own)).max() < 0.05
    assert [entry.name for entry in tmp_path.iterdir()] == ["int8.onnx"]


def as_run(path: Path, optimised: Path) -> list[str]:
    """Return the kinds of the nodes that the runtime makes of a file."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(optimised)
    options.log_severity_level = 3
    onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return [node.op_type for node in onnx.load(optimised).graph.node]


def test_a_quantization_that_costs_over_a_point_is_refused(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    costs = iter([{"shipped, original labels": 0.70}, {"shipped, original labels": 0.68}])
    monkeypatch.setattr(quantize, "accuracies", lambda *_: next(costs))
    (tmp_path / "int8.onnx").write_bytes(b"the old one")
    chips = drawn_chips(14)
    with pytest.raises(NetworkError, match=r"INT8 costs 2\.0 points of accuracy \(shipped, original"):
        quantize.quantize(source, chips, chips, tmp_path / "int8.onnx")
    assert (tmp_path / "int8.onnx").read_bytes() == b"the old one"
    assert [entry.name for entry in tmp_path.iterdir()] == ["int8.onnx"]


def _said(path: Path) -> "np.typing.NDArray[np.int64]":
    network = EmotionNetwork(path, RuntimeSettings())
    shown = chips_for(network.geometry, drawn_chips(42).chips)
    return network.probabilities(shown).argmax(1).astype(np.int64)


def test_pruned_channels_are_gone_and_the_file_can_be_read_again(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = EmotionNet((16, 32, 32, 64))
    before = {name: value.clone() for name, value in network.state_dict().items()}
    narrow = prune(network, 0.5)
    assert parameters(narrow) < 0.4 * parameters(network)
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    torch.save(narrow.state_dict(), tmp_path / "best.pt")
    again = networks.load(tmp_path / "best.pt")
    chips = torch.rand(3, 1, 64, 64) * 255.0
    with torch.inference_mode():
        torch.testing.assert_close(again(chips), narrow(chips))


def test_the_strongest_channels_stay() -> None:
    torch.manual_seed(0)
    network = EmotionNet((16, 16, 16, 16))
    last = network.get_submodule("backbone.7.norm1")
    conv1, conv2 = (network.get_submodule(f"backbone.7.{name}") for name in ("conv1", "conv2"))
    with torch.no_grad():
        for weight in (conv1.weight[8:], conv2.weight[:, 8:], last.weight[8:], last.bias[8:]):
            weight.mul_(1e-3)
    narrow = prune(network, 0.5)
    # which inputs stay is another group's choice; these outputs are the strong eight, in their order
    kept = narrow.get_submodule("backbone.7.norm1").weight
    assert torch.equal(kept, last.weight[:8])


@pytest.mark.parametrize("ratio", [0.0, 1.0, -0.1, float("nan")])
def test_a_ratio_out_of_range_is_refused(ratio: float) -> None:
    with pytest.raises(ConfigError, match="--ratio"):
        prune(EmotionNet(), ratio)


def test_a_network_too_narrow_to_be_pruned_says_so() -> None:
    with pytest.raises(NetworkError, match="no channel goes"):
        prune(EmotionNet((8, 8, 8, 8)), 0.3)


def test_weights_of_other_layers_are_refused_as_before(tmp_path: Path) -> None:
    torch.save(small_network().state_dict(), tmp_path / "best.pt")
    with pytest.raises(SourceError, match="other layers"):
        networks.load(tmp_path / "best.pt")
