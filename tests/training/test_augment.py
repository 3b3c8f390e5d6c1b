import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from drivermon.emotions import EMOTIONS  # noqa: E402
from drivermon.errors import OutputError, SourceError  # noqa: E402
from tests.training.faces import drawn_chips, drawn_face  # noqa: E402
from training.augment import Augment, camera, cover, light, offline, online  # noqa: E402
from training.augment.draws import Draws  # noqa: E402
from training.augment.face import FacePlace  # noqa: E402
from training.augment.offline import augment, planned, recipe  # noqa: E402
from training.chips import ChipSet, save_prepared  # noqa: E402
from training.manifest import Manifest  # noqa: E402

FACE = FacePlace.on(80, 64)


def faces(*levels: int) -> "torch.Tensor":
    """Drawn faces of given skin, float32 (N, 1, 80, 80)."""
    return torch.from_numpy(np.stack([drawn_face(0.3, level) for level in levels]))[:, None].float()


@pytest.fixture
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Touch every chip with every effect."""
    for name in ("INFRARED", "LOW_LIGHT", "GLARE"):
        monkeypatch.setattr(light, name, 1.0)
    for name in ("COARSE", "BLURRED", "NOISY", "COMPRESSED"):
        monkeypatch.setattr(camera, name, 1.0)
    for name in ("COVERED", "SPECTACLED"):
        monkeypatch.setattr(cover, name, 1.0)
    monkeypatch.setattr(online, "CALM", 0.0)


@pytest.mark.parametrize("channels", [1, 3])
def test_augmented_chips_repeat_with_the_seed_and_stay_in_range(channels: int) -> None:
    wide = torch.from_numpy(drawn_chips(64).chips)
    wide = wide if channels == 1 else wide[..., None].expand(-1, -1, -1, 3)
    one, again, other = (Augment(48, seed, 64)(wide) for seed in (5, 5, 6))
    assert one.shape == (64, channels, 48, 48)
    assert one.dtype == torch.float32
    assert float(one.min()) >= 0.0
    assert float(one.max()) <= 255.0
    assert torch.equal(one, again)
    assert not torch.equal(one, other)


def test_every_effect_at_once_still_gives_a_chip(always: None) -> None:
    chips = Augment(64, 0)(torch.from_numpy(drawn_chips(32).chips))
    assert bool(chips.isfinite().all())


def test_a_share_of_the_chips_is_only_moved_and_lit_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    black = torch.zeros(40, 80, 80, dtype=torch.uint8)
    black[:, ::2] = 120
    for name in ("infrared", "covered", "glaring", "darkened", "coarse", "blurred", "grainy", "compressed"):
        monkeypatch.setattr(online, name, lambda chips, *_: torch.full_like(chips, 255.0))
    spread = Augment(64, 0)(black).std(dim=(1, 2, 3))
    assert int((spread > 1.0).sum()) == round(40 * online.CALM)


def test_the_wide_chips_are_left_as_they_are(always: None) -> None:
    wide = torch.from_numpy(drawn_chips(8).chips)
    before = wide.clone()
    Augment(64, 0)(wide)
    assert torch.equal(wide, before)


def test_without_any_error_of_alignment_the_middle_is_cut_out(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ROTATE_DEG", "MARGIN", "SHIFT", "SHEAR"):
        monkeypatch.setattr(camera, name, 0.0)
    wide = faces(100, 150, 200, 230)
    middle = wide[:, :, 8:-8, 8:-8]
    for chip, mirrored, cut in zip(middle, middle.flip(3), camera.moved(wide, Draws(0), 64, 64), strict=True):
        assert min(float((cut - chip).abs().max()), float((cut - mirrored).abs().max())) < 0.01


def test_infrared_takes_skin_tone_away_and_lets_pupils_shine(
    always: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(light, "PUPILS", 1.0)
    dark, bright = (
        light.infrared(faces(70, 70), Draws(3), FACE),
        light.infrared(faces(220, 220), Draws(3), FACE),
    )
    cheek = (..., slice(44, 50), slice(20, 26))
    assert float((dark[cheek].mean() - bright[cheek].mean()).abs()) < 15  # they were 150 apart
    eyes = (..., int(FACE.eyes_y * 80), int(FACE.eyes_x[0] * 80))
    monkeypatch.setattr(light, "PUPILS", 0.0)
    dull = light.infrared(faces(220, 220), Draws(3), FACE)
    assert bool((bright[eyes] > dull[eyes] + 20).all())


def test_infrared_has_no_colour(always: None) -> None:
    colour = torch.cat([faces(60, 90), faces(90, 120), faces(150, 200)], dim=1)
    lit = light.infrared(colour, Draws(0), FACE)
    assert torch.equal(lit[:, 0], lit[:, 1])
    assert torch.equal(lit[:, 0], lit[:, 2])


@pytest.mark.parametrize(
    ("shape", "hidden", "free"),
    [
        (cover.sunglasses, (FACE.eyes_x[0], FACE.eyes_y), (0.5, 0.8)),
        (cover.mask, (0.5, FACE.eyes_y + 1.2 * FACE.apart), (FACE.eyes_x[1], FACE.eyes_y)),
    ],
)
def test_a_cover_lies_where_it_is_worn(
    always: None,
    monkeypatch: pytest.MonkeyPatch,
    shape: cover.Shape,
    hidden: tuple[float, float],
    free: tuple[float, float],
) -> None:
    monkeypatch.setattr(cover, "KINDS", ((shape, (0.0, 1.0)),))
    chips = cover.covered(torch.full((50, 1, 80, 80), 200.0), Draws(0), FACE)

    def at(place: tuple[float, float]) -> "torch.Tensor":
        return chips[:, 0, int(place[1] * 80), int(place[0] * 80)]

    assert float(at(hidden).max()) < 30
    assert float(at(free).min()) > 190


def test_clear_glasses_have_dark_rims_and_leave_eyes_and_mouth_to_be_seen(always: None) -> None:
    chips = cover.spectacled(torch.full((100, 1, 80, 80), 150.0), Draws(0), FACE)[:, 0]
    lens = chips[:, :, int((FACE.eyes_x[0] - 0.5 * FACE.apart) * 80) : 40]
    rims = lens.amin(dim=(1, 2))
    assert float(rims.median()) < 90
    eye = chips[:, int(FACE.eyes_y * 80) - 1, int(FACE.eyes_x[0] * 80)]
    assert float((eye > 100).float().mean()) > 0.95
    assert float((chips[:, 56:] - 150.0).abs().max()) < 1.0


@pytest.mark.parametrize("shape", [cover.hand, cover.block])
def test_a_cover_from_outside_hides_a_part_and_never_all(
    always: None, monkeypatch: pytest.MonkeyPatch, shape: cover.Shape
) -> None:
    monkeypatch.setattr(cover, "KINDS", ((shape, (0.0, 0.0)),))
    chips = cover.covered(torch.full((100, 1, 80, 80), 200.0), Draws(0), FACE)
    hidden = (chips < 100).float().mean(dim=(1, 2, 3))
    assert float(hidden.max()) < 0.6
    assert float(hidden.mean()) > 0.05


def test_blur_keeps_the_light_and_takes_detail(always: None) -> None:
    noise = torch.rand(16, 1, 64, 64, generator=torch.Generator().manual_seed(0)) * 255
    soft = camera.blurred(noise.clone(), Draws(0))
    torch.testing.assert_close(soft.mean(dim=(1, 2, 3)), noise.mean(dim=(1, 2, 3)), rtol=0.02, atol=1.0)
    assert bool((soft.std(dim=(1, 2, 3)) < noise.std(dim=(1, 2, 3))).all())


@pytest.mark.parametrize("size", [48, 60, 64])
def test_compression_keeps_what_is_smooth_at_any_size(always: None, size: int) -> None:
    flat = torch.full((4, 1, size, size), 77.0)
    assert float((camera.compressed(flat.clone(), Draws(0)) - flat).abs().max()) < 6
    noise = torch.rand(4, 1, size, size, generator=torch.Generator().manual_seed(0)) * 255
    assert float((camera.compressed(noise.clone(), Draws(0)) - noise).abs().mean()) > 10


def test_darkness_and_glare_go_their_ways(always: None) -> None:
    chips = faces(150, 180)
    assert float(light.darkened(chips.clone(), Draws(0)).mean()) < 0.7 * float(chips.mean())
    assert float(light.glaring(chips.clone(), Draws(0)).mean()) > float(chips.mean())


def test_a_recipe_flips_and_turns_by_the_published_angle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offline, "NOISE", (0.0,) * 4)
    chip = np.zeros((80, 80), np.uint8)
    chip[40, 60:75] = 250
    for number, degrees in enumerate((-2.0, -3.0, 2.0, -2.0)):
        turned = recipe(chip, number, np.random.default_rng(0)).astype(float)
        rows, columns = np.indices(turned.shape)
        y, x = ((turned * axis).sum() / turned.sum() for axis in (rows, columns))
        assert x < 20  # it was on the right
        before = np.degrees(np.arctan2(0.5, 27.5))  # the line lies half a pixel below the middle
        assert np.degrees(np.arctan2(y - 39.5, 39.5 - x)) - before == pytest.approx(degrees, abs=0.1)


def test_later_recipes_blur_and_disturb_more() -> None:
    edge = np.zeros((80, 80), np.uint8)
    edge[:, 40:] = 200
    copies = [recipe(edge, number, np.random.default_rng(1)).astype(float) for number in range(4)]
    noise = [copy[:, 60:].std() for copy in copies]
    assert noise == sorted(noise)
    assert noise[0] < noise[3] / 2


def test_classes_are_filled_up_to_the_largest_and_at_most_fivefold() -> None:
    labels = np.array([0] * 100 + [1] * 10 + [2] * 40 + [-1] * 30)
    copies = planned(labels, np.random.default_rng(0), balance=True)
    counts = np.bincount(labels[[copy.row for copy in copies]], minlength=7)
    assert counts.tolist() == [0, 40, 60, 0, 0, 0, 0]
    assert len({(copy.row, copy.recipe) for copy in copies}) == 100
    first = [copy for copy in copies if copy.recipe == 0 and labels[copy.row] == 2]
    assert len(first) == 40  # all by one recipe before any by the next
    assert len(planned(labels, np.random.default_rng(0), balance=False)) == 600


def prepared(folder: Path, count: int = 42) -> None:
    """Write drawn chips as `prepare` would, every seventh for validation, class 0 the most frequent."""
    drawn = drawn_chips(count)
    rows = [
        {
            "image": f"{row}.png",
            "dataset": "drawn",
            "subject": f"s{row}",
            "group": f"s{row}",
            "original": int(drawn.original[row]) if row % 3 else 0,
            "votes": [0] * 7,
            "happy": -1,
            "usage": "train",
            "split": "validation" if row % 7 == 0 else "train",
            "hash": f"{row:064x}",
            "detector": "none" if row == 1 else "eyes",
            "attributes": "{}",
        }
        for row in range(count)
    ]
    save_prepared(folder, Manifest.of(rows, {"split_by": "subject"}), [drawn.chips])


def test_copies_stand_behind_what_they_copy_and_only_training_has_any(tmp_path: Path) -> None:
    prepared(tmp_path / "chips")
    augment(tmp_path / "chips", tmp_path / "more")
    before, after = ChipSet.load(tmp_path / "chips"), ChipSet.load(tmp_path / "more")
    np.testing.assert_array_equal(after.chips[: len(before)], before.chips)
    copies = after[np.arange(len(after)) >= len(before)]
    assert set(copies.split) == {"train"}
    assert set(copies.attribute("recipe")) <= {"1", "2", "3", "4"}
    assert "1.png#1" not in copies.image
    learned = after.part("train")
    counts = np.bincount(learned.original, minlength=len(EMOTIONS))
    assert counts.min() == counts.max()
    sources = dict(zip(before.image, before.group, strict=True))
    assert all(
        sources[name.split("#")[0]] == group for name, group in zip(copies.image, copies.group, strict=True)
    )
    assert Manifest.load(tmp_path / "more").notes["split_by"] == "subject"
    assert json.loads(Manifest.load(tmp_path / "more").column("attributes")[-1])["recipe"]


def test_the_seed_repeats_the_copies(tmp_path: Path) -> None:
    prepared(tmp_path / "chips")
    for name, seed in (("one", 1), ("again", 1), ("other", 2)):
        augment(tmp_path / "chips", tmp_path / name, seed)
    one, again, other = ((tmp_path / name / "chips.npy").read_bytes() for name in ("one", "again", "other"))
    assert one == again != other


def test_chips_are_not_copied_onto_themselves_or_from_nothing(tmp_path: Path) -> None:
    prepared(tmp_path / "chips")
    with pytest.raises(OutputError, match="another folder"):
        augment(tmp_path / "chips", tmp_path / "chips" / ".." / "chips")
    table = Manifest.load(tmp_path / "chips").with_split(["test"] * 42, {})
    table.save(tmp_path / "chips")
    with pytest.raises(SourceError, match="split"):
        augment(tmp_path / "chips", tmp_path / "more")
    (tmp_path / "file").touch()
    prepared(tmp_path / "chips")
    with pytest.raises(OutputError, match="can't be written"):
        augment(tmp_path / "chips", tmp_path / "file")
