"""`drivermon classify`: every picture gets its line, a bad one its error, and JSON stays pure."""

import io
import json
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from rich.console import Console
from typer.testing import CliRunner, Result

from drivermon.classification import ChipFolder, ClassifiedFace, ClassifiedPicture, classify, verdict
from drivermon.cli import app
from drivermon.cli.classify import as_object, show
from drivermon.config import Settings
from drivermon.emotions import EMOTIONS
from drivermon.errors import FrameError, OutputError, SourceError
from drivermon.events import Frame
from drivermon.messages import FaceMeasurement, Probabilities
from drivermon.perception import PictureReader, open_picture_reader
from drivermon.simulation.play import demo_video
from drivermon.sources import open_source
from tests.cli.running import assert_one_clear_error, drivermon
from tests.perception.tiny_networks import write_network


@pytest.fixture(scope="session")
def driver_picture() -> NDArray[np.uint8]:
    """A frame of the shipped drive: one synthetic driver, facing the camera."""
    with open_source(str(demo_video()), Settings()) as source:
        frames = (event for event in source.events() if isinstance(event, Frame))
        return next(islice(frames, 15, None)).image


@pytest.fixture(scope="session")
def reader() -> PictureReader:
    return open_picture_reader(Settings())


@pytest.fixture
def run(reader: PictureReader, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """The command in this process, with a reader that is open already."""
    monkeypatch.setattr("drivermon.cli.classify.open_picture_reader", lambda *_: reader)
    return lambda *arguments: CliRunner().invoke(app, ["classify", *map(str, arguments)])


@pytest.fixture
def folder(tmp_path: Path, driver_picture: NDArray[np.uint8]) -> Path:
    """Two pictures of a face in two folders, one without, and a text that is no picture."""
    (tmp_path / "b").mkdir()
    cv2.imwrite(str(tmp_path / "face.png"), driver_picture)
    cv2.imwrite(str(tmp_path / "b" / "face.png"), cv2.cvtColor(driver_picture, cv2.COLOR_BGR2GRAY))
    cv2.imwrite(str(tmp_path / "wall.png"), np.full((120, 160, 3), 128, np.uint8))
    (tmp_path / "notes.txt").write_text("no picture")
    return tmp_path


def test_json_is_one_exact_object_a_picture_and_nothing_else(folder: Path) -> None:
    result = drivermon("classify", str(folder), "--json")
    assert (result.returncode, result.stderr) == (0, "")
    found = {row["source"]: row["faces"] for row in map(json.loads, result.stdout.splitlines())}
    assert list(found) == [str(folder / name) for name in ("b/face.png", "face.png", "wall.png")]
    assert found[str(folder / "wall.png")] == []
    (face,) = found[str(folder / "face.png")]
    assert list(face) == ["box", "probabilities", "emotion", "eyes", "mouth", "pose"]
    x, y, width, height = face["box"]
    assert 0 < x < x + width < 640
    assert 0 < y < y + height < 480
    assert list(face["probabilities"]) == list(EMOTIONS)
    assert sum(face["probabilities"].values()) == pytest.approx(1.0, abs=0.001)
    strongest = max(face["probabilities"], key=face["probabilities"].get)
    assert face["emotion"] == (strongest if face["probabilities"][strongest] > 0.5 else None)
    assert list(face["eyes"]) == ["left", "right"]
    assert list(face["pose"]) == ["yaw", "pitch", "roll"]


def test_a_bad_picture_is_reported_and_the_others_go_on(folder: Path, run: Callable[..., Result]) -> None:
    (folder / "empty.png").touch()
    (folder / "torn.png").write_bytes((folder / "face.png").read_bytes()[:200])
    result = run(folder / "missing.png", folder / "missing", folder, "--json")
    assert result.exit_code == 1
    assert len(result.stdout.splitlines()) == 3
    errors = result.stderr.splitlines()
    assert len(errors) == 4
    assert all(line.startswith("drivermon: error: ") for line in errors)
    for name in ("missing.png", "missing", "empty.png", "torn.png"):
        assert any(str(folder / name) in line for line in errors)


def test_a_folder_that_can_not_be_listed_is_reported_and_the_others_go_on(
    folder: Path, reader: PictureReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = folder / "closed"
    closed.mkdir()

    def refuse(path: Path) -> list[Path]:
        raise SourceError(f"{path}: the folder can't be read: Permission denied; check its permissions")

    monkeypatch.setattr("drivermon.classification.picture_paths", refuse)
    first, second = classify([closed, folder / "wall.png"], reader, 0.5)
    assert isinstance(first, SourceError)
    assert isinstance(second, ClassifiedPicture)


def test_a_person_gets_bars_with_the_line_and_a_verdict(folder: Path, run: Callable[..., Result]) -> None:
    result = run(folder / "face.png", folder / "wall.png")
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[0].startswith(str(folder / "face.png"))
    assert [line.split()[0] for line in lines[1:8]] == list(EMOTIONS)
    assert all("│" in line for line in lines[1:8])
    assert lines[8] == f"{folder / 'wall.png'}  no face"


def test_a_folder_gets_one_line_a_face(folder: Path, run: Callable[..., Result]) -> None:
    assert len(run(folder).stdout.splitlines()) == 3


def test_without_emotion_the_face_is_still_measured(folder: Path) -> None:
    result = CliRunner().invoke(
        app, ["classify", str(folder / "face.png"), "--json", "--set", "emotion.enabled=false"]
    )
    (face,) = json.loads(result.stdout)["faces"]
    assert (face["probabilities"], face["emotion"]) == (None, None)
    assert face["mouth"] is not None


def test_each_view_is_the_opinion_of_its_own_output(folder: Path) -> None:
    network = write_network(folder / "net.onnx", slopes=(0.02, 0.01, -0.02))
    found = {}
    for view in (None, "shipped", "original", "votes"):
        arguments = ["classify", str(folder / "face.png"), "--json", "--set", f"emotion.network={network}"]
        result = CliRunner().invoke(app, arguments + ([] if view is None else ["--view", view]))
        found[view] = json.loads(result.stdout)["faces"][0]["probabilities"]
    assert found[None] == found["shipped"]
    assert found["shipped"]["surprise"] > found["original"]["surprise"] > 1 / 7 > found["votes"]["surprise"]


def test_a_network_without_the_view_and_a_view_that_is_none_are_one_clear_error_each(folder: Path) -> None:
    network = write_network(folder / "net.onnx", outputs=("probabilities",))
    picture = str(folder / "face.png")
    assert_one_clear_error(
        drivermon("classify", picture, "--view", "votes", "--set", f"emotion.network={network}"),
        "net.onnx",
        "no output probabilities_original",
        "python -m training export",
    )
    result = drivermon("classify", picture, "--view", "mine")
    assert result.returncode == 2
    assert "'mine' is not one of 'shipped', 'original', 'votes'" in result.stderr


def test_a_face_without_emotion_says_so() -> None:
    face = ClassifiedFace(FaceMeasurement(box=(0, 0, 1, 1)), None, None)
    picture = ClassifiedPicture(Path("p.png"), (face, face))
    assert as_object(picture)["faces"][1]["emotion"] is None
    out = Console(file=io.StringIO(), width=80)
    show(out, picture, 0.5, brief=False)
    assert out.file.getvalue().splitlines() == [  # type: ignore[attr-defined]
        "p.png  face 1 of 2  emotion not measured",
        "p.png  face 2 of 2  emotion not measured",
    ]


def test_a_crop_is_one_face_without_a_search(
    tmp_path: Path, driver_picture: NDArray[np.uint8], reader: PictureReader, run: Callable[..., Result]
) -> None:
    (found,) = reader.faces_in(driver_picture)
    x, y, width, height = (round(value) for value in found.box)
    crop = driver_picture[y - 20 : y + height + 10, x - 20 : x + width + 20]
    cv2.imwrite(str(tmp_path / "crop.png"), cv2.resize(crop, (48, 48)))
    (face,) = json.loads(run(tmp_path / "crop.png", "--cropped", "--json").stdout)["faces"]
    assert face["probabilities"] is not None


def test_a_crop_too_small_for_a_face_is_an_error_of_its_own(tmp_path: Path, reader: PictureReader) -> None:
    cv2.imwrite(str(tmp_path / "dot.png"), np.zeros((1, 1), np.uint8))
    (whole,) = classify([tmp_path / "dot.png"], reader, 0.5)
    (cropped,) = classify([tmp_path / "dot.png"], reader, 0.5, cropped=True)
    assert isinstance(whole, ClassifiedPicture)
    assert whole.faces == ()
    assert isinstance(cropped, FrameError)
    assert "dot.png" in str(cropped)


def test_chips_of_equal_names_are_all_kept_and_are_what_the_network_saw(
    folder: Path, reader: PictureReader, run: Callable[..., Result]
) -> None:
    assert run(folder, "--json", "--chips", folder / "new" / "chips").exit_code == 0
    chips = sorted((folder / "new" / "chips").iterdir())
    assert [chip.name for chip in chips] == ["face-1.png", "face~2-1.png"]
    (found,) = classify([folder / "face.png"], reader, 0.5)
    assert isinstance(found, ClassifiedPicture)
    expected = found.faces[0].chip
    assert expected is not None
    assert np.array_equal(np.asarray(cv2.imread(str(chips[1]), cv2.IMREAD_UNCHANGED)), expected.squeeze())


def test_a_place_for_chips_that_is_a_file_is_one_clear_error(
    folder: Path, run: Callable[..., Result]
) -> None:
    result = run(folder, "--json", "--chips", folder / "wall.png")
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"drivermon: error: {folder / 'wall.png'}: can't be made: File exists")
    assert (result.exit_code, result.stdout) == (1, "")


def test_a_chip_that_can_not_be_written_is_named(tmp_path: Path) -> None:
    writer = ChipFolder(tmp_path)
    (tmp_path / "face-1.png").mkdir()
    face = ClassifiedFace(FaceMeasurement(box=(0, 0, 1, 1)), None, np.zeros((64, 64, 1), np.uint8))
    with pytest.raises(OutputError, match=r"face-1\.png: can't be written: Is a directory"):
        writer.write(ClassifiedPicture(Path("face.png"), (face,)))


@given(st.lists(st.floats(0, 1), min_size=7, max_size=7), st.floats(0, 1))
def test_only_a_share_above_the_limit_wins(shares: list[float], limit: float) -> None:
    probabilities = Probabilities.from_vector(shares)
    winner = verdict(probabilities, limit)
    strongest = max(probabilities.vector())
    assert (winner is not None) == (strongest > limit)
    assert winner is None or getattr(probabilities, winner) == strongest


@pytest.mark.parametrize(("share", "winner"), [(0.5, None), (0.5001, "fear"), (0.4999, None)])
def test_exactly_one_half_is_uncertain(share: float, winner: str | None) -> None:
    rest = (1 - share) / 6
    assert verdict(Probabilities.from_vector([rest, rest, share, rest, rest, rest, rest]), 0.5) == winner
