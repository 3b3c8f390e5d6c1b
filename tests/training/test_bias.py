"""The bias table: everybody drives the same, and a network that is blind to somebody is caught."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnxscript")

from drivermon.emotions import EMOTIONS  # noqa: E402
from drivermon.errors import SourceError  # noqa: E402
from drivermon.perception.alignment import ChipGeometry  # noqa: E402
from training import bias as table  # noqa: E402
from training import bias_driver  # noqa: E402
from training.bias_driver import PERCEIVED, TRUE, Person, driver_chips, people  # noqa: E402
from training.chips import RIM_PX, ChipSet  # noqa: E402

SMALL = ChipGeometry(32, (0.31, 0.37), 1)
SOMEBODY = Person(5.0, 45.0, "female", 0)


@pytest.fixture(scope="module")
def driven(tmp_path_factory: pytest.TempPathFactory) -> ChipSet:
    """One frame of each emotion by day, through the whole path, of one person."""
    patch = pytest.MonkeyPatch()
    patch.setattr(bias_driver, "YAWS_DEG", (0.0,))
    patch.setattr(bias_driver, "LIGHTS", ("day",))
    path = tmp_path_factory.mktemp("cache") / "one.npz"
    bias_driver._render_to((SOMEBODY, SMALL, path))
    patch.undo()
    return bias_driver._rows(SOMEBODY, path)


def test_everybody_is_there_once_and_differs_in_the_named_traits_only() -> None:
    everybody = people(faces=2)
    assert len(set(everybody)) == len(everybody) == 8 * 3 * 2 * 2
    assert everybody[:48] == people(faces=1)
    identities = [replace(person.identity(), tone=0.0, age=30.0, sex="male") for person in people(faces=1)]
    assert len(set(identities)) == 1


def test_each_frame_gives_a_chip_of_the_path_and_one_of_the_truth(driven: ChipSet) -> None:
    assert len(driven) == 2 * len(EMOTIONS)
    path = driven.attribute("path")
    assert (path == PERCEIVED).sum() == (path == TRUE).sum() == len(EMOTIONS)
    assert driven.original.tolist() == 2 * list(range(len(EMOTIONS)))
    side = SMALL.size_px + 2 * RIM_PX
    assert driven.chips.shape[1:] == (side, side)
    assert (driven.detector == "eyes").all()
    # the same frames, aligned by other landmarks: alike, and not the same
    apart = np.abs(driven.chips[:7].astype(float) - driven.chips[7:]).mean()
    assert 0.0 < apart < 20.0


def test_the_cache_is_used_and_a_damaged_one_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = 2
    arrays = {
        "perceived": np.zeros((count, 48, 48, 1), np.uint8),
        "found": np.array([True, False]),
        "true": np.zeros((count, 48, 48, 1), np.uint8),
        "light": np.array(["day", "night_ir"]),
        "shown": np.array([3, 4]),
    }
    path = tmp_path / bias_driver._name(SOMEBODY, SMALL)
    np.savez(path, **arrays)
    chips = driver_chips(SMALL, tmp_path, 1, [SOMEBODY])
    assert chips.detector.tolist() == ["eyes", "none", "eyes", "eyes"]
    assert chips.attribute("shown").tolist() == 2 * ["happy", "neutral"]
    path.write_bytes(b"cut off")
    with pytest.raises(SourceError, match="delete it"):
        driver_chips(SMALL, tmp_path, 1, [SOMEBODY])
    assert bias_driver._name(replace(SOMEBODY, tone=6.0), SMALL) != path.name
    assert bias_driver._name(SOMEBODY, replace(SMALL, size_px=40)) != path.name


def everybodys_chips() -> ChipSet:
    """Every emotion by everybody in both lights, without pictures: the network's answer is made up below."""
    parts = []
    for person in people(faces=1):
        for light in ("day", "night_ir"):
            count = 2 * len(EMOTIONS)
            shown = np.tile(np.arange(len(EMOTIONS)), 2)
            known = {"light": light, "skin tone": f"{person.tone:.0f}", "age": f"{person.age:.0f}"}
            attributes = [
                known | {"sex": person.sex, "path": path} for path in (PERCEIVED, TRUE) for _ in EMOTIONS
            ]
            parts.append(
                ChipSet(
                    chips=np.zeros((count, 1, 1), np.uint8),
                    aligned=np.ones(count, bool),
                    original=shown.astype(np.int64),
                    votes=np.zeros((count, 7), np.float32),
                    happy=np.full(count, -1),
                    group=np.full(count, str(person)),
                    dataset=np.full(count, "synthetic driver"),
                    subject=np.full(count, str(person)),
                    usage=np.full(count, "judge"),
                    split=np.full(count, "judge"),
                    image=np.full(count, ""),
                    attributes=np.array(attributes, np.object_),
                    detector=np.full(count, "eyes"),
                )
            )
    return ChipSet.join(parts)


def test_a_network_that_is_blind_to_the_darkest_by_day_is_caught() -> None:
    chips = everybodys_chips()
    said = np.eye(7, dtype=np.float32)[chips.original]
    blind = (chips.attribute("skin tone") == "7") & (chips.attribute("light") == "day")
    blind &= chips.attribute("path") == PERCEIVED
    said[blind] = np.eye(7, dtype=np.float32)[EMOTIONS.index("neutral")]
    rows = table.table_of(chips, said)
    assert len(rows) == 2 * (1 + 8 + 3 + 2)
    by = {(row.light, row.trait, row.value): row for row in rows}
    assert by["day", "skin tone", "7"].accuracy == pytest.approx(1 / 7)
    assert by["day", "skin tone", "7"].probability == pytest.approx(1 / 7)
    assert by["day", "skin tone", "7"].true_accuracy == 1.0
    assert by["night_ir", "skin tone", "7"].accuracy == 1.0
    assert by["day", "all", "all"].accuracy == pytest.approx(1 - 6 / 7 / 8)
    said_of_it = table.gap_in_words(rows)
    assert "85.7 points" in said_of_it
    assert "skin tone by day" in said_of_it
    assert "7 (14.3 %" in said_of_it
    anger = dict(zip(table.TONE_NAMES, table.tones_by_emotion(chips, said, "day")[0][1:], strict=True))
    assert (anger["tone 0"], anger["tone 7"]) == ("100.0", "0.0")
