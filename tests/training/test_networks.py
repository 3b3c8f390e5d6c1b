from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from drivermon.errors import ConfigError, SourceError  # noqa: E402
from training.networks import NETWORKS, build, load, load_weights_into, read_weights, recipe_of  # noqa: E402
from training.networks.base import Network  # noqa: E402
from training.networks.compact import SEEN, EmotionNet  # noqa: E402

CLASSIC = ("alexnet", "vgg16", "resnet101")
PUBLISHED = {"alexnet": 56_896_903, "vgg16": 134_289_223, "resnet101": 42_619_847}


def skeleton(name: str) -> Network:
    """Return a network without memory for its weights."""
    with torch.device("meta"):
        return build(name)


def trained(network: Network) -> int:
    return sum(weight.numel() for weight in network.parameters())


def test_the_compact_network_stays_small_and_keeps_its_layers_names() -> None:
    network = skeleton("compact")
    assert trained(network) <= 2_000_000
    names = [name for name, _ in network.named_parameters()]
    assert (names[0], names[-1]) == ("backbone.0.weight", "heads.bias")
    assert {"backbone.4.norm1.running_var", SEEN} <= set(network.state_dict())


def test_vgg16_has_exactly_the_published_parameters() -> None:
    assert trained(skeleton("vgg16")) == PUBLISHED["vgg16"]


def test_the_published_alexnet_is_the_one_in_two_columns() -> None:
    def convolution(inputs: int, outputs: int, side: int, groups: int = 1) -> int:
        return inputs // groups * side**2 * outputs + outputs

    network = skeleton("alexnet")
    connected = sum(weight.numel() for weight in network.classifier.parameters())
    two_columns = (
        convolution(3, 96, 11)
        + convolution(96, 256, 5, groups=2)
        + convolution(256, 384, 3)
        + convolution(384, 384, 3, groups=2)
        + convolution(384, 256, 3, groups=2)
    )
    assert two_columns + connected == PUBLISHED["alexnet"]
    assert trained(network) == 57_032_519


def test_the_published_resnet_counts_running_means_and_variances_too() -> None:
    network = skeleton("resnet101")
    measured = sum(
        value.numel() for name, value in network.state_dict().items() if name.split(".")[-1].startswith("run")
    )
    assert trained(network) == 42_514_503
    assert trained(network) + measured == PUBLISHED["resnet101"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("alexnet", {"features.0.weight": (64, 3, 11, 11), "classifier.6.bias": (7,)}),
        ("vgg16", {"features.28.weight": (512, 512, 3, 3), "classifier.0.weight": (4096, 25088)}),
        (
            "resnet101",
            {
                "conv1.weight": (64, 3, 7, 7),
                "layer1.0.downsample.0.weight": (256, 64, 1, 1),
                "layer3.22.bn3.running_mean": (1024,),
                "layer4.2.conv2.weight": (512, 512, 3, 3),
                "fc.weight": (7, 2048),
            },
        ),
    ],
)
def test_layers_have_torchvisions_names_and_shapes(name: str, expected: dict[str, tuple[int, ...]]) -> None:
    state = skeleton(name).state_dict()
    assert {key: tuple(state[key].shape) for key in expected} == expected


@pytest.mark.parametrize("name", CLASSIC)
def test_only_the_published_layers_are_retrained(name: str) -> None:
    network = skeleton(name).freeze()
    left = {key for key, weight in network.named_parameters() if weight.requires_grad}
    last = {"alexnet": ("features.10", "classifier"), "vgg16": ("features.28", "classifier")}
    assert left == {key for key, _ in network.named_parameters() if key.startswith(last.get(name, ("fc.",)))}
    assert left


def test_the_published_recipes() -> None:
    assert [recipe_of(name).batch for name in CLASSIC] == [60, 40, 20]
    for name in CLASSIC:
        recipe = recipe_of(name)
        assert (recipe.optimizer, recipe.learning_rate, recipe.schedule) == ("sgd", 0.001, "thirds")
        assert recipe.epochs == 30


def test_gray_and_colour_chips_give_logits_of_both_views_from_one_layer() -> None:
    torch.manual_seed(0)
    network = build("alexnet").eval()
    gray = 255.0 * torch.rand(2, 1, 224, 224)
    with torch.inference_mode():
        logits = network(gray)
        assert torch.equal(network(gray.expand(-1, 3, -1, -1)), logits)
        assert network.trunk(gray).shape == (2, 256, 13, 13)
    assert logits.shape == (2, 2, 7)
    assert torch.equal(logits[:, 0], logits[:, 1])


def test_channels_are_taken_as_opencv_gives_them() -> None:
    network = build("alexnet")
    blue = torch.zeros(1, 3, 8, 8)
    blue[:, 0] = 255.0
    seen = network.normalised(blue)
    assert float(seen[0, 2, 0, 0]) > 2.0
    assert float(seen[0, 0, 0, 0]) < -2.0


def test_public_weights_of_another_task_are_taken_over_but_the_last_layer() -> None:
    torch.manual_seed(0)
    public = {key: torch.randn(value.shape) for key, value in build("resnet101").state_dict().items()}
    public = {key: value for key, value in public.items() if not key.endswith("num_batches_tracked")}
    public |= {"fc.weight": torch.randn(1000, 2048), "fc.bias": torch.randn(1000)}
    network = build("resnet101")
    message = load_weights_into(network, public, "public.pth")
    assert "fc had 1000 outputs and starts anew" in message
    assert torch.equal(network.state_dict()["layer3.5.conv2.weight"], public["layer3.5.conv2.weight"])
    assert float(network.fc.weight.detach().std()) == pytest.approx(0.01, rel=0.05)
    assert float(network.fc.bias.detach().abs().max()) == 0.0


def test_weights_of_another_network_are_refused_by_the_name_of_a_layer(tmp_path: Path) -> None:
    path = tmp_path / "best.pt"
    torch.save(build("compact").state_dict(), path)
    with pytest.raises(SourceError, match=r"no checkpoint of AlexNet.*other layers.*features\.0\.weight"):
        load_weights_into(build("alexnet"), read_weights(path), str(path))
    torch.save(EmotionNet(widths=(4, 8), blocks=(1, 1)).state_dict(), path)
    with pytest.raises(SourceError, match="no checkpoint of compact, large"):
        load(path)


@pytest.mark.parametrize("value", [b"no weights", None])
def test_a_file_that_holds_no_weights_is_named(tmp_path: Path, value: bytes | None) -> None:
    path = tmp_path / "best.pt"
    if value is None:
        torch.save({"epoch": 3}, path)
    else:
        path.write_bytes(value)
    with pytest.raises(SourceError, match=r"best\.pt holds no weights"):
        read_weights(path)


def test_a_checkpoint_tells_which_network_it_is(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = build("compact")
    torch.save(network.state_dict(), tmp_path / "best.pt")
    again = load(tmp_path / "best.pt")
    assert isinstance(again, EmotionNet)
    assert not again.training
    assert torch.equal(again.heads.weight, network.heads.weight)


def test_an_unknown_network_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(ConfigError, match=", ".join(NETWORKS)):
        build("lenet")
