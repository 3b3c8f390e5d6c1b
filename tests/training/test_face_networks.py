import math
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnxscript")

from drivermon.config import RuntimeSettings  # noqa: E402
from drivermon.errors import NetworkError, SourceError  # noqa: E402
from drivermon.perception.face_detector import NetworkDetector  # noqa: E402
from drivermon.perception.follower import FaceFollower  # noqa: E402
from drivermon.perception.registry import find_network  # noqa: E402
from tests.training.face_chips import drawn_faces  # noqa: E402
from training.export import Provenance  # noqa: E402
from training.face import export as exporting  # noqa: E402
from training.face.backgrounds import pattern  # noqa: E402
from training.face.detector_losses import losses as detector_losses  # noqa: E402
from training.face.detector_losses import targets  # noqa: E402
from training.face.detector_network import STRIDE, DetectorNet, Found  # noqa: E402
from training.face.export import Deployed, DeployedDetector, DeployedFollower, export  # noqa: E402
from training.face.faces import LEFT, RIGHT  # noqa: E402
from training.face.follower_losses import losses as follower_losses  # noqa: E402
from training.face.follower_network import EYE, Block, FollowerNet, Measured, eye_patches  # noqa: E402
from training.face.judge import point_errors  # noqa: E402
from training.face.narrow import narrow  # noqa: E402
from training.face.sample import CROP_PX, Sampler  # noqa: E402
from training.face.train_follower import collate, narrowed, train  # noqa: E402
from training.face.training_run import (  # noqa: E402
    LAST,
    LOG,
    Batch,
    FaceRecipe,
    FaceRun,
    load_averaged,
    save_averaged,
)

WHO = Provenance("drawn", "none", "a test")


def batch_of(count: int) -> Batch:
    random = np.random.default_rng(0)
    sampler = Sampler(drawn_faces(), {"faces68": 1.0}, [pattern(random)])
    return collate([sampler.draw(random) for _ in range(count)])


def told(batch: Batch) -> Measured:
    sure = [60 * batch[name] - 30 for name in ("visible", "present")]
    return Measured(batch["points"], batch["aperture"], sure[0], batch["mouth"], batch["pose"], sure[1])


def test_networks_are_as_small_as_they_should_be() -> None:
    for network, most in ((FollowerNet(), 0.65e6), (DetectorNet(), 0.4e6)):
        assert sum(weights.numel() for weights in network.parameters()) < most


def test_who_says_the_truth_is_not_told_off_and_every_mistake_is() -> None:
    batch = batch_of(32)
    right = told(batch)
    assert all(float(part) == pytest.approx(0.0, abs=1e-5) for part in follower_losses(right, batch).values())
    for name, part in (
        ("points", "points"),
        ("aperture", "aperture"),
        ("visible", "visible"),
        ("mouth", "mouth"),
        ("pose", "pose"),
        ("present", "present"),
    ):
        wrong = right._replace(**{name: -getattr(right, name) + 0.1})
        assert float(follower_losses(wrong, batch)[part]) > 0.01


def test_the_detectors_targets_peak_in_the_cell_of_the_middle_and_decode_to_the_box() -> None:
    boxes = np.array([[40, 24, 30, 40], [np.nan] * 4], np.float32)
    bumps, distances = targets(boxes, 96, 160)
    assert bumps.shape == (2, 12, 20)
    row, column = np.unravel_index(int(bumps[0].argmax()), (12, 20))
    assert [int(row), int(column)] == [44 // STRIDE, 55 // STRIDE]
    x, y = (column + 0.5) * STRIDE, (row + 0.5) * STRIDE
    left, top, right, bottom = (float(d) for d in distances[0, :, row, column])
    assert (x - left, y - top, left + right, top + bottom) == pytest.approx((40, 24, 30, 40))
    assert float(bumps[1].abs().sum()) == 0.0


def test_the_detectors_loss_is_least_for_the_truth() -> None:
    bumps, distances = targets(np.array([[40, 24, 30, 40]], np.float32), 96, 160)
    logits = torch.logit(bumps.clamp(1e-6, 1 - 1e-6))
    right = detector_losses(Found(logits, distances.clamp_min(0)), bumps, distances)
    assert all(float(part) < 1e-2 for part in right.values())
    assert float(detector_losses(Found(-logits, distances), bumps, distances)["cells"]) > 1.0
    assert float(detector_losses(Found(logits, distances * 2), bumps, distances)["overlap"]) > 0.3


@pytest.mark.slow
def test_exported_networks_are_opened_by_the_runtime(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    torch.manual_seed(0)
    crops = random.integers(0, 255, (3, CROP_PX, CROP_PX, 1), np.uint8)
    assert export(DeployedFollower(FollowerNet()), WHO, crops, tmp_path / "f.onnx") < 1e-3
    assert FaceFollower(tmp_path / "f.onnx", RuntimeSettings()).size_px == CROP_PX
    pictures = random.integers(0, 255, (2, 128, 96, 1), np.uint8)
    assert export(DeployedDetector(DetectorNet()), WHO, pictures, tmp_path / "d.onnx") < 1e-3
    detector = NetworkDetector(tmp_path / "d.onnx", RuntimeSettings())
    assert detector.search(np.zeros((300, 500), np.uint8)) == []


def test_a_network_that_differs_from_pytorch_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The graph that comes out has the weights of another run."""

    def write_another(_deployed: Deployed, path: Path) -> None:
        shutil.copyfile(find_network("face_follower"), path)

    monkeypatch.setattr(exporting, "_write_graph", write_another)
    crops = np.zeros((1, CROP_PX, CROP_PX, 1), np.uint8)
    with pytest.raises(NetworkError, match="differs from PyTorch"):
        export(DeployedFollower(FollowerNet()), WHO, crops, tmp_path / "f.onnx")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_run_learns_logs_and_is_taken_up_again(tmp_path: Path) -> None:
    recipe = FaceRecipe(minutes=0.02, batch=8, workers=0)
    train(drawn_faces(), [pattern(np.random.default_rng(0))], tmp_path, recipe)
    first = torch.load(tmp_path / LAST, weights_only=True)
    assert first["step"] > 0
    assert first["spent_s"] >= 1.2
    again = FaceRun(FollowerNet(), tmp_path, recipe)
    assert again.spent_s == first["spent_s"]
    before = {
        name: value.clone() for name, value in load_averaged(FollowerNet(), tmp_path).state_dict().items()
    }
    longer = FaceRecipe(minutes=0.04, batch=8, workers=0)
    train(drawn_faces(), [pattern(np.random.default_rng(0))], tmp_path, longer)
    after = load_averaged(FollowerNet(), tmp_path).state_dict()
    assert torch.load(tmp_path / LAST, weights_only=True)["step"] > first["step"]
    assert any(not torch.equal(before[name], value) for name, value in after.items())
    assert not (tmp_path / LOG).exists() or (tmp_path / LOG).read_text()


@pytest.mark.slow
def test_a_run_goes_on_from_an_exported_file_with_samples_from_another_process(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = FollowerNet()
    for last in (network.eye.last, network.eye.corrected):  # which begin as nothing
        torch.nn.init.normal_(last.weight)
        torch.nn.init.normal_(last.bias)
    crops = np.zeros((1, CROP_PX, CROP_PX, 1), np.uint8)
    export(DeployedFollower(network), WHO, crops, tmp_path / "f.onnx")
    recipe = FaceRecipe(minutes=0.02, batch=8, workers=1, init=tmp_path / "f.onnx")
    cv2.setNumThreads(2)
    train(drawn_faces(), [pattern(np.random.default_rng(0))], tmp_path, recipe)
    assert torch.load(tmp_path / LAST, weights_only=True)["step"] > 0


@pytest.mark.slow
def test_the_eyes_alone_learn_where_all_else_is_to_stay(tmp_path: Path) -> None:
    start, run = tmp_path / "start", tmp_path / "run"
    background = [pattern(np.random.default_rng(0))]
    train(drawn_faces(), background, start, FaceRecipe(minutes=0.01, batch=8, workers=0))
    recipe = FaceRecipe(minutes=0.03, batch=8, workers=0, init=start)
    train(drawn_faces(), background, run, recipe, eyes_alone=True, eyes_anew=True)
    before = load_averaged(FollowerNet(), start).state_dict()
    moved = {
        name
        for name, value in load_averaged(FollowerNet(), run).state_dict().items()
        if not torch.equal(value, before[name])
    }
    assert moved
    assert all(name.startswith(f"{EYE}.") for name in moved)


def test_a_run_to_start_from_that_is_missing_is_named(tmp_path: Path) -> None:
    recipe = FaceRecipe(minutes=0.01, batch=8, workers=0, init=tmp_path / "nowhere")
    background = [pattern(np.random.default_rng(0))]
    with pytest.raises(SourceError, match=r"nowhere.* is missing: name the folder of a run"):
        train(drawn_faces(), background, tmp_path / "run", recipe)
    recipe = FaceRecipe(minutes=0.01, batch=8, workers=0)
    with pytest.raises(SourceError, match=r"nowhere.* is missing: name the folder of a run"):
        load_averaged(FollowerNet(), tmp_path / "nowhere")
    with pytest.raises(SourceError, match="name one with --init"):
        train(drawn_faces(), background, tmp_path / "run", recipe, eyes_alone=True)


def test_a_block_without_its_spare_channels_gives_the_same() -> None:
    """Two of twelve hidden channels repeat others, and one never speaks: nine can do all of it."""
    torch.manual_seed(1)
    block, pictures = Block(8, 12).eval(), torch.randn(6, 8, 14, 14)
    with torch.no_grad():
        for norm in (block.first[1], block.second[1]):
            norm.running_mean.normal_()
            norm.running_var.uniform_(0.5, 2.0)
            norm.bias.normal_()
            norm.weight.uniform_(0.5, 2.0)
        for name in ("weight", "bias", "running_mean", "running_var"):
            values = getattr(block.first[1], name)
            values[[3, 7]] = 0.5 * values[[0, 1]] if name in ("weight", "bias") else values[[0, 1]]
        block.first[0].weight[[3, 7]] = block.first[0].weight[[0, 1]]
        block.first[1].weight[5], block.first[1].bias[5] = 0.0, -1.0
        expected = block(pictures)
        for keep, atol in ((9, 2e-3), (6, 0.3)):
            narrower = narrow(block, keep, lambda: block(pictures))
            assert narrower.first[0].out_channels == keep
            torch.testing.assert_close(narrower(pictures), expected, atol=atol, rtol=0.0)
        with pytest.raises(SourceError, match="12 hidden channels can't be narrowed to 12"):
            narrow(block, 12, lambda: block(pictures))


@pytest.mark.slow
def test_a_follower_can_be_narrowed_and_started_from(tmp_path: Path) -> None:
    background = [pattern(np.random.default_rng(0))]
    wide = FollowerNet(inner=56).eval()
    save_averaged(wide, tmp_path / "wide")
    save_averaged(narrowed(drawn_faces(), background, tmp_path / "wide", 48), tmp_path / "narrow")
    image = batch_of(8)["image"].float()
    narrow_one = load_averaged(FollowerNet(inner=48), tmp_path / "narrow")
    with torch.inference_mode():
        for before, after in zip(wide(image), narrow_one(image), strict=True):
            assert float((after - before).abs().max()) < 0.1 * float(before.abs().max())
    with pytest.raises(SourceError, match="holds weights to start from, not a run"):
        FaceRun(FollowerNet(), tmp_path / "narrow", FaceRecipe())


def test_patches_show_each_eye_level_with_the_outer_corner_to_the_left() -> None:
    face = drawn_faces().points[0]
    side = 1.35 * float(np.ptp(face, axis=0).max())
    points = torch.from_numpy((face - (face.min(0) + face.max(0)) / 2) / side)[None]
    places = [(float(points[0, eye, 0].mean()) + 0.5) * CROP_PX for eye in (RIGHT, LEFT)]
    at = torch.arange(CROP_PX) - CROP_PX / 2
    rows, columns = torch.meshgrid(at, at, indexing="ij")
    for angle_deg in (0.0, 20.0):
        cosine, sine = math.cos(math.radians(angle_deg)), math.sin(math.radians(angle_deg))
        turn = torch.tensor([[cosine, sine], [-sine, cosine]])
        # every pixel says in which column it was before the face was turned
        picture = (torch.stack([columns, rows], 2) @ turn.T)[..., 0] + CROP_PX / 2
        right, left = eye_patches(picture[None, None], points @ turn)[0]
        for patch, place, sign in ((right, places[0], 1), (left, places[1], -1)):
            steps = sign * patch.diff(dim=1)
            assert float(patch.mean()) == pytest.approx(place, abs=0.2)
            assert float(steps.min()) > 0.0
            assert float(steps.max() - steps.min()) < 0.05
            assert float(patch.diff(dim=0).abs().max()) < 0.05


def test_point_errors_are_in_percent_of_the_outer_eye_distance() -> None:
    truth = np.zeros((1, 68, 2))
    truth[0, 45] = (50, 0)
    said = truth[0] + (1.0, 0.0)
    assert point_errors([said], truth)["points_eyes"] == pytest.approx(2.0)
