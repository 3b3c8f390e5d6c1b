import errno
import os
import select
import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from drivermon.emotions import EMOTIONS
from drivermon.errors import OutputError, SourceError
from drivermon.perception.alignment import DEFAULT_GEOMETRY, ChipGeometry
from drivermon.simulation import DriverParameters, Renderer, random_identity
from tests.training.faces import drawn_face
from training import prepare as preparing
from training import shards
from training.chips import RIM_PX, ChipSet
from training.datasets import Example
from training.manifest import Manifest
from training.prepare import prepare
from training.shards import Shard

LABELS = ("happy", "sad", "angry")


def noisy_face(seed: int, side: int = 48) -> NDArray[np.uint8]:
    """A drawn face before a background of its own, so that no two pictures are alike."""
    random = np.random.default_rng(seed)
    low = random.integers(0, 256, (12, 12), np.uint8)
    background = cv2.resize(low, (side, side), interpolation=cv2.INTER_CUBIC)
    face = drawn_face(0.2 * (seed % 5), 120 + seed % 80, side)
    return np.asarray(cv2.addWeighted(face, 0.15, background, 0.85, 0), np.uint8)


def crops(root: Path, count: int = 12) -> Path:
    """Make `count` crops in class folders, with one that is no picture and one that repeats another."""
    for index in range(count):
        folder = root / "crops" / LABELS[index % len(LABELS)]
        folder.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(folder / f"{index:02d}.png"), noisy_face(index))
    (root / "crops" / "happy" / "broken.png").write_bytes(b"no picture")
    shutil.copy(root / "crops" / "happy" / "00.png", root / "crops" / "sad" / "again.png")
    return root


def test_chips_and_manifest_belong_together_and_losses_are_told(tmp_path: Path) -> None:
    data, out = crops(tmp_path / "data"), tmp_path / "out"
    manifest = prepare(data, out, ["crops"])
    chips = ChipSet.load(out)
    side = DEFAULT_GEOMETRY.size_px + 2 * RIM_PX
    assert chips.chips.shape == (12, side, side)
    assert len(manifest) == 12
    assert (
        sorted(EMOTIONS[label] for label in chips.original) == ["anger"] * 4 + ["happy"] * 4 + ["sadness"] * 4
    )
    assert chips.image[0] == "crops/angry/02.png"
    assert set(chips.detector) <= {"eyes", "crop"}
    assert chips.votes[chips.original == 0].sum() == 40
    report = (out / "report.md").read_text()
    assert "| crops | 14 | 1 | 1 | 0 | 0 | 12 |" in report
    assert "crops/happy/broken.png" in report
    assert sorted(path.name for path in out.iterdir()) == ["chips.npy", "manifest.parquet", "report.md"]


def test_a_second_run_changes_nothing_and_a_new_picture_makes_it_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, out = crops(tmp_path / "data"), tmp_path / "out"
    prepare(data, out, ["crops"])
    before = {path.name: path.stat().st_mtime_ns for path in out.iterdir()}
    with monkeypatch.context() as patch:
        patch.setattr(preparing, "make", pytest.fail)
        prepare(data, out, ["crops"])
    assert {path.name: path.stat().st_mtime_ns for path in out.iterdir()} == before
    cv2.imwrite(str(data / "crops" / "sad" / "new.png"), noisy_face(99))
    assert len(prepare(data, out, ["crops"])) == 13


def test_a_killed_run_goes_on_and_gives_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = crops(tmp_path / "data")
    monkeypatch.setattr(preparing, "SHARD", 4)
    prepare(data, tmp_path / "whole", ["crops"])
    original, made = preparing.make, []

    def killed(shard: preparing.Shard) -> int:
        if len(made) == 2:
            raise KeyboardInterrupt
        made.append(shard)
        return original(shard)

    monkeypatch.setattr(preparing, "make", killed)
    with pytest.raises(KeyboardInterrupt):
        prepare(data, tmp_path / "killed", ["crops"])
    assert not (tmp_path / "killed" / "manifest.parquet").exists()
    stamps = {shard.path: shard.path.stat().st_mtime_ns for shard in made}
    monkeypatch.setattr(preparing, "make", lambda shard: stamps.get(shard.path) or original(shard))
    prepare(data, tmp_path / "killed", ["crops"])
    for name in ("chips.npy", "report.md"):
        assert (tmp_path / "whole" / name).read_bytes() == (tmp_path / "killed" / name).read_bytes()
    whole, resumed = (Manifest.load(tmp_path / name).table for name in ("whole", "killed"))
    assert whole.equals(resumed)


def test_a_full_disk_is_one_clear_error_and_leaves_no_half_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, out = crops(tmp_path / "data"), tmp_path / "out"

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(np.lib.format, "write_array_header_1_0", full)
    with pytest.raises(OutputError, match="is the disk full"):
        prepare(data, out, ["crops"])
    assert {path.name for path in out.iterdir()} == {"parts", "report.md"}
    monkeypatch.undo()
    assert len(prepare(data, out, ["crops"])) == 12


def test_processes_give_what_one_gives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = crops(tmp_path / "data", count=6)
    prepare(data, tmp_path / "one", ["crops"])
    prepare(data, tmp_path / "two", ["crops"], jobs=2)
    assert (tmp_path / "one" / "chips.npy").read_bytes() == (tmp_path / "two" / "chips.npy").read_bytes()


def test_whole_pictures_are_searched_and_a_face_that_is_not_there_stays_a_black_chip(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "folders" / "happy"
    folder.mkdir(parents=True)
    renderer = Renderer(random_identity(3, bare=True))
    for index, (yaw, grade) in enumerate(((0.0, 1.0), (15.0, 0.0))):
        picture, _ = renderer.render(DriverParameters(yaw_deg=yaw, expression={"happy": grade}))
        cv2.imwrite(str(folder / f"{index}.png"), picture)
    cv2.imwrite(str(folder / "empty.png"), noisy_face(1, 240))
    prepare(tmp_path / "data", tmp_path / "out", ["folders"], ChipGeometry(96, (0.31, 0.37), 3))
    chips = ChipSet.load(tmp_path / "out")
    assert chips.chips.shape == (3, 96 + 2 * RIM_PX, 96 + 2 * RIM_PX, 3)
    assert chips.detector.tolist() == ["eyes", "eyes", "none"]
    assert chips.chips[0].std() > 10
    assert not chips.chips[2].any()
    assert len(chips.part("train")) == 2


def test_pictures_are_searched_anew_by_other_networks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, crop = ([Example(tmp_path / "a.png", "a", "g", cropped=cropped)] for cropped in (False, True))
    names = [Shard.of(examples, DEFAULT_GEOMETRY, tmp_path).path for examples in (whole, crop)]
    assert [Shard.of(examples, DEFAULT_GEOMETRY, tmp_path).path for examples in (whole, crop)] == names
    monkeypatch.setattr(shards, "face_networks", lambda: "others")
    again = [Shard.of(examples, DEFAULT_GEOMETRY, tmp_path).path for examples in (whole, crop)]
    assert not set(again) & set(names)


def test_of_a_set_run_as_cropped_each_picture_is_a_face_and_its_manifest_says_so(tmp_path: Path) -> None:
    folder = tmp_path / "folders" / "happy"
    folder.mkdir(parents=True)
    cv2.imwrite(str(folder / "a.png"), noisy_face(0))
    searched = prepare(tmp_path, tmp_path / "a", ["folders"])
    assert searched.column("detector") == ["none"]
    assert searched.notes["cropped"] == ""
    cropped = prepare(tmp_path, tmp_path / "b", ["folders"], cropped=["folders"])
    assert cropped.column("detector") != ["none"]
    assert cropped.notes["cropped"] == "folders"
    with pytest.raises(SourceError, match=r"--cropped jaffe: not among"):
        prepare(tmp_path, tmp_path / "c", ["folders"], cropped=["jaffe"])


def test_a_picture_like_one_of_the_test_part_is_not_learned_from(tmp_path: Path) -> None:
    data = tmp_path / "data"
    for folder, seed in (("test/happy", 1), ("train/happy", 1), ("train/happy", 2), ("train/sad", 3)):
        path = data / "crops" / folder / f"{seed}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), noisy_face(seed))
    assert len(prepare(data, tmp_path / "out", ["crops"])) == 3
    chips = ChipSet.load(tmp_path / "out")
    assert sorted(chips.image) == [
        "crops/test/happy/1.png",
        "crops/train/happy/2.png",
        "crops/train/sad/3.png",
    ]
    assert "like a test picture" in (tmp_path / "out" / "report.md").read_text()


def test_near_duplicates_of_strangers_go_and_those_of_a_known_person_stay(tmp_path: Path) -> None:
    for folder, seed in (("happy", 6), ("happy/anna", 5)):
        path = tmp_path / "data" / "crops" / folder
        path.mkdir(parents=True, exist_ok=True)
        picture = noisy_face(seed, 96)
        cv2.imwrite(str(path / f"{seed}.png"), picture)
        noise = np.random.default_rng(seed).normal(0, 12, picture.shape)
        cv2.imwrite(str(path / f"{seed}-noisy.png"), np.clip(picture + noise, 0, 255))
    prepare(tmp_path / "data", tmp_path / "out", ["crops"])
    names = [Path(name).name for name in ChipSet.load(tmp_path / "out").image]
    assert sorted(names) == ["5-noisy.png", "5.png", "6-noisy.png"]


def test_nothing_that_can_be_read_is_an_error(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "crops" / "happy"
    folder.mkdir(parents=True)
    (folder / "1.png").write_bytes(b"no picture")
    with pytest.raises(SourceError, match="none of the 1 pictures"):
        prepare(tmp_path / "data", tmp_path / "out", ["crops"])
    with pytest.raises(SourceError, match="holds no folder named like a set: unpack each"):
        prepare(tmp_path / "data", tmp_path / "out", [])
    with pytest.raises(SourceError, match="is no folder: unpack each"):
        prepare(tmp_path / "absent", tmp_path / "out", [])


def test_damaged_files_are_named(tmp_path: Path) -> None:
    data, out = crops(tmp_path / "data"), tmp_path / "out"
    prepare(data, out, ["crops"])
    chips = (out / "chips.npy").read_bytes()
    (out / "chips.npy").write_bytes(chips[:-5000])
    with pytest.raises(SourceError, match=r"chips\.npy can't be read"):
        ChipSet.load(out)
    (out / "manifest.parquet").write_bytes(b"PAR1")
    with pytest.raises(SourceError, match=r"manifest\.parquet can't be read"):
        ChipSet.load(out)


PARENT = """
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
import os, signal
from training.prepare import _end_with_parent
if __name__ == "__main__":
    pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=_end_with_parent)
    print(pool.submit(os.getpid).result(), flush=True)
    signal.pause()
"""


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="needs a Linux that tells when a process ends")
def test_processes_end_with_the_one_that_started_them(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, env=environment) as parent:
        assert parent.stdout is not None
        worker = os.pidfd_open(int(parent.stdout.readline()))
        parent.kill()
    try:
        ended, _, _ = select.select([worker], [], [], 30)
        assert ended
    finally:
        os.close(worker)
