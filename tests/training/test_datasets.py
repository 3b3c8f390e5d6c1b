import sys
import tarfile
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest

from drivermon.emotions import EMOTIONS
from drivermon.errors import SourceError
from training.datasets import IMPORTERS, Drops, Example, importer

FERPLUS = (
    "file,split,label,duplicate_group,"
    "neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,nf\n"
)


def touch(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def write(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def read(name: str, root: Path) -> tuple[list[Example], Drops]:
    drops: Drops = Counter()
    return list(importer(name).examples(root, drops)), drops


def said(examples: list[Example]) -> dict[str, str]:
    return {example.path.name: EMOTIONS[example.original] for example in examples}


def test_jaffe_only_judges(tmp_path: Path) -> None:
    touch(tmp_path, "KA.AN1.39.tiff", "YM.SU3.60.tiff", "KM.FE2.24.tiff", "README.tiff")
    examples, drops = read("jaffe", tmp_path)
    assert said(examples) == {
        "KA.AN1.39.tiff": "anger",
        "KM.FE2.24.tiff": "fear",
        "YM.SU3.60.tiff": "surprise",
    }
    assert {example.usage for example in examples} == {"judge"}
    assert [example.subject for example in examples] == ["jaffe/KA", "jaffe/KM", "jaffe/YM"]
    assert drops == {"file name not of the set": 1}


def test_fer2013_has_two_views_and_a_test_part(tmp_path: Path) -> None:
    write(
        tmp_path,
        "labels.csv",
        FERPLUS
        + "FER2013Train/a.png,train,angry,7,4,0,0,1,3,2,0,0,0,0\n"
        + "FER2013Train/c.png,train,happy,8,0,0,0,0,0,0,0,0,0,10\n"
        + "FER2013Valid/b.png,valid,sad,9,0,0,0,9,0,0,0,0,1,0\n",
    )
    (one, two), drops = read("fer2013", tmp_path)
    assert (one.original, one.votes, one.group, one.usage) == (0, (3, 2, 0, 0, 4, 1, 0), "fer2013/7", "train")
    assert (two.dataset, two.usage, two.original, two.cropped) == ("fer2013-valid", "test", 5, True)
    assert drops == {"no face, say all ten annotators": 1}


def test_the_original_fer2013_file_gives_the_same_with_its_votes_beside(tmp_path: Path) -> None:
    pixels = " ".join(str(value % 256) for value in range(48 * 48))
    write(
        tmp_path,
        "fer2013.csv",
        f"emotion,pixels,Usage\n0,{pixels},Training\n4,{pixels},PublicTest\n6,{pixels},PrivateTest\n",
    )
    write(
        tmp_path,
        "fer2013new.csv",
        "Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF\n"
        "Training,fer0000000.png,4,0,0,1,3,2,0,0,0,0\nPublicTest,,0,0,0,0,0,0,0,0,0,10\n"
        "PrivateTest,fer0000002.png,10,0,0,0,0,0,0,0,0,0\n",
    )
    (one, two), drops = read("fer2013", tmp_path)
    assert (one.original, one.votes) == (0, (3, 2, 0, 0, 4, 1, 0))
    assert (two.original, two.dataset, two.usage) == (4, "fer2013-test", "test")
    assert drops == {"FER+ took it out: no face": 1}
    picture = one.read(channels=1)
    assert picture.shape == (48, 48)
    assert picture[0, :3].tolist() == [0, 1, 2]
    assert one.read(channels=3).shape == (48, 48, 3)


def test_pixels_that_are_cut_off_are_named(tmp_path: Path) -> None:
    write(tmp_path, "fer2013.csv", "emotion,pixels,Usage\n0,1 2 3,Training\n")
    (one,), _ = read("fer2013", tmp_path)
    with pytest.raises(SourceError, match="picture 0"):
        one.read(channels=1)


def test_ck_takes_the_last_frames_and_the_first_as_neutral(tmp_path: Path) -> None:
    for sequence in ("S005/001", "S005/002", "S010/001"):
        name = sequence.replace("/", "_")
        touch(tmp_path, *(f"cohn-kanade-images/{sequence}/{name}_{frame:08d}.png" for frame in range(1, 7)))
    label = "Emotion/{0}/{1}_00000006_emotion.txt"
    write(tmp_path, label.format("S005/001", "S005_001"), "   3.0000000e+00\n")
    write(tmp_path, label.format("S005/002", "S005_002"), "   2.0000000e+00\n")
    examples, drops = read("ck+", tmp_path)
    assert said(examples) == {
        "S005_001_00000001.png": "neutral",
        "S005_001_00000004.png": "disgust",
        "S005_001_00000005.png": "disgust",
        "S005_001_00000006.png": "disgust",
    }
    assert {example.subject for example in examples} == {"ck+/S005"}
    assert drops == {"sequence of contempt": 1, "sequence without a label": 1}


@pytest.mark.parametrize("text", ["", "happy", "9.0", "-1"])
def test_a_wrong_label_file_of_ck_is_named(tmp_path: Path, text: str) -> None:
    touch(tmp_path, "cohn-kanade-images/S005/001/S005_001_00000001.png")
    write(tmp_path, "Emotion/S005/001/S005_001_00000001_emotion.txt", text)
    with pytest.raises(SourceError, match=r"S005_001_00000001_emotion\.txt"):
        read("ck+", tmp_path)


def test_kdef_names_tell_session_person_emotion_and_angle(tmp_path: Path) -> None:
    touch(tmp_path, "AF01/AF01ANS.JPG", "AF01/BF01SUFL.JPG", "AM31/AM31H.JPG", "AM02/AM02AFHR.JPG")
    examples, drops = read("kdef", tmp_path)
    assert said(examples) == {"AF01ANS.JPG": "anger", "BF01SUFL.JPG": "surprise", "AM02AFHR.JPG": "fear"}
    by_name = {example.path.name: example for example in examples}
    assert by_name["AF01ANS.JPG"].subject == by_name["BF01SUFL.JPG"].subject == "kdef/F01"
    assert by_name["AM02AFHR.JPG"].attributes == {"sex": "male", "pose": "45 right", "session": "A"}
    assert drops == {"file name not of the set": 1}


def test_rafd_drops_contempt(tmp_path: Path) -> None:
    touch(
        tmp_path,
        "Rafd090_01_Caucasian_female_angry_frontal.jpg",
        "Rafd090_01_Caucasian_female_contemptuous_left.jpg",
        "Rafd135_63_Kid_male_fearful_right.jpg",
    )
    (one, two), drops = read("rafd", tmp_path)
    assert (EMOTIONS[one.original], one.subject) == ("anger", "rafd/01")
    assert one.attributes["pose"] == "0"
    assert (EMOTIONS[two.original], two.attributes["age"], two.attributes["pose"]) == ("fear", "child", "45")
    assert drops == {"contemptuous": 1}


def test_stirling_drops_pain(tmp_path: Path) -> None:
    touch(tmp_path, "f1a1.jpg", "m12sa2.jpg", "m12s1.jpg", "f3p1.jpg", "readme1.jpg")
    examples, drops = read("stirling", tmp_path)
    assert said(examples) == {"f1a1.jpg": "anger", "m12s1.jpg": "surprise", "m12sa2.jpg": "sadness"}
    assert {example.subject for example in examples} == {"stirling/f1", "stirling/m12"}
    assert drops == {"expression p": 1, "file name not of the set": 1}


def test_oulu_casia_is_two_sets_of_the_same_people(tmp_path: Path) -> None:
    for folder in ("VL/Strong", "NI/Dark"):
        touch(tmp_path, *(f"OriginalImg/{folder}/P001/Anger/{frame:03d}.jpeg" for frame in range(6)))
    touch(tmp_path, "OriginalImg/XX/Strong/P001/Anger/000.jpeg")
    examples, drops = read("oulu-casia", tmp_path)
    assert Counter(example.dataset for example in examples) == {"oulu-vis": 4, "oulu-nir": 4}
    assert {example.subject for example in examples} == {"oulu-casia/P001"}
    assert {example.path.name for example in examples if example.original == 0} == {
        "003.jpeg",
        "004.jpeg",
        "005.jpeg",
    }
    nir = next(example for example in examples if example.dataset == "oulu-nir")
    assert nir.attributes == {"light": "dark", "camera": "near-infrared"}
    assert drops == {"not in a folder of the set": 1}


def test_oulu_casia_refuses_an_expression_it_does_not_have(tmp_path: Path) -> None:
    touch(tmp_path, "VL/Strong/P001/Boredom/000.jpeg", "VL/Strong/P001/Boredom/001.jpeg")
    with pytest.raises(SourceError, match="boredom"):
        read("oulu-casia", tmp_path)


def test_dartmouth_children_are_known_by_folder_or_name(tmp_path: Path) -> None:
    touch(
        tmp_path, "M07/happy_0_bright.jpg", "f12-afraid-30.jpg", "M07/content_0.jpg", "M07/a.jpg", "sad.jpg"
    )
    examples, drops = read("dartmouth", tmp_path)
    assert said(examples) == {"happy_0_bright.jpg": "happy", "f12-afraid-30.jpg": "fear"}
    assert {example.subject for example in examples} == {"dartmouth/m007", "dartmouth/f012"}
    assert drops == {
        "content": 1,
        "no expression in the file name": 1,
        "no subject in the file name": 1,
    }


def test_cafe_children_are_known_by_their_code(tmp_path: Path) -> None:
    touch(
        tmp_path, "angryopen_F-AA-05.jpg", "8743-disgustwithtongue_M-LA-11.jpg", "happy_1.jpg", "F-EA-02.jpg"
    )
    examples, drops = read("cafe", tmp_path)
    assert said(examples) == {
        "8743-disgustwithtongue_M-LA-11.jpg": "disgust",
        "angryopen_F-AA-05.jpg": "anger",
    }
    assert examples[1].attributes == {
        "age": "child",
        "sex": "female",
        "ethnicity": "African American",
        "mouth": "open",
    }
    assert drops == {"no code of a child": 1, "no expression in the file name": 1}


@pytest.mark.parametrize(("name", "usage"), [("face-place", "train"), ("face-place-unseen", "judge")])
def test_face_place_is_labelled_by_folder_or_table(tmp_path: Path, name: str, usage: str) -> None:
    touch(tmp_path, "neutral/BF0601_1100_00F.jpg", "Asian/AF0301_1110_30L.jpg", "Asian/AF0301_1101_00F.jpg")
    write(tmp_path, "labels.csv", "file,label\nAsian/AF0301_1110_30L.jpg,happy\n")
    examples, drops = read(name, tmp_path)
    assert said(examples) == {"AF0301_1110_30L.jpg": "happy", "BF0601_1100_00F.jpg": "neutral"}
    assert {(example.usage, example.dataset) for example in examples} == {(usage, name)}
    assert examples[0].attributes == {"sex": "female", "ethnicity": "Asian", "pose": "30 left"}
    assert examples[1].subject == "face-place/BF0601"
    assert drops == {"no label, by folder or table": 1}


def test_raf_db_keeps_its_test_part(tmp_path: Path) -> None:
    write(
        tmp_path,
        "basic/EmoLabel/list_patition_label.txt",
        "train_00001.jpg 5\ntest_0001.jpg 1\ntest_0002.jpg 2\n",
    )
    touch(
        tmp_path, "basic/Image/aligned/train_00001_aligned.jpg", "basic/Image/aligned/test_0001_aligned.jpg"
    )
    points = "1.0 2.0\n" * 5
    write(tmp_path, "basic/Annotation/manual/train_00001_manu_attri.txt", f"{points}1\n2\n3\n")
    (one, two), drops = read("raf-db", tmp_path)
    assert (EMOTIONS[one.original], one.usage, one.cropped) == ("sadness", "train", True)
    assert one.attributes == {"sex": "female", "ethnicity": "Asian", "age": "40-69"}
    assert (EMOTIONS[two.original], two.usage, two.attributes) == ("surprise", "test", {})
    assert drops == {"picture is missing": 1}


@pytest.mark.parametrize("line", ["train_00001.jpg 8", "train_00001.jpg", "other_1.jpg 3"])
def test_a_wrong_label_file_of_raf_db_is_named(tmp_path: Path, line: str) -> None:
    write(tmp_path, "EmoLabel/list_patition_label.txt", line)
    with pytest.raises(SourceError, match="line 1"):
        read("raf-db", tmp_path)


def test_inthewild_counts_for_both_views_and_smiles_for_happy_only(tmp_path: Path) -> None:
    write(tmp_path, "wild/labels.csv", "file,subject,label\n1.jpg,s,fear\n")
    (wild,), _ = read("inthewild", tmp_path / "wild")
    assert (wild.original, wild.votes[2], wild.subject, wild.group) == (2, 10, "inthewild/s", "inthewild/s")
    write(tmp_path, "smiles/in/labels.csv", "file,label\na.jpg,happy\nb.jpg,not_happy\n")
    smiles, _ = read("smiles", tmp_path / "smiles")
    assert [(e.original, sum(e.votes), e.happy) for e in smiles] == [(-1, 0, 1), (-1, 0, 0)]
    assert smiles[0].path == tmp_path / "smiles" / "in" / "a.jpg"


def test_smiles_is_read_as_its_repository_has_it(tmp_path: Path) -> None:
    touch(tmp_path, "SMILEs/positives/positives7/1.jpg", "SMILEs/negatives/negatives7/2.jpg", "other/3.jpg")
    examples, drops = read("smiles", tmp_path)
    assert {e.path.name: e.happy for e in examples} == {"1.jpg": 1, "2.jpg": 0}
    assert drops == {"neither among positives nor negatives": 1}


def test_folders_take_class_subject_and_test_part_from_the_path(tmp_path: Path) -> None:
    touch(
        tmp_path,
        "train/happy/anna/1.jpg",
        "train/Sad/2.png",
        "test/angry/3.jpg",
        "train/contempt/4.jpg",
        "5.jpg",
    )
    examples, drops = read("crops", tmp_path)
    assert said(examples) == {"3.jpg": "anger", "2.png": "sadness", "1.jpg": "happy"}
    by_name = {example.path.name: example for example in examples}
    assert by_name["1.jpg"].subject == "crops/anna"
    assert by_name["2.png"].subject is None
    assert (by_name["3.jpg"].usage, by_name["3.jpg"].dataset) == ("test", "crops-test")
    assert all(example.cropped for example in examples)
    assert drops == {"folder contempt": 1, "in no folder": 1}


def test_faces_that_nobody_labelled_are_read_from_any_folder(tmp_path: Path) -> None:
    touch(tmp_path, "1.jpg", "news/happy/2.png", "notes.txt")
    examples, drops = read("unlabelled", tmp_path)
    assert [example.path.name for example in examples] == ["1.jpg", "2.png"]
    assert all(example.original == -1 and not any(example.votes) for example in examples)
    assert all(example.cropped and example.subject is None for example in examples)
    assert len({example.group for example in examples}) == 2
    assert not drops


def test_an_empty_class_is_named(tmp_path: Path) -> None:
    touch(tmp_path, "happy/1.jpg")
    (tmp_path / "fear").mkdir()
    with pytest.raises(SourceError, match="fear holds no picture"):
        read("folders", tmp_path)


def test_the_synthetic_driver_knows_everything_exactly(tmp_path: Path) -> None:
    write(tmp_path, "recipe.toml", "people = 2\npictures = 7\n")
    examples, _ = read("synthetic", tmp_path)
    assert [EMOTIONS[example.original] for example in examples] == [*EMOTIONS, *EMOTIONS]
    assert len({example.subject for example in examples}) == 2
    assert set(examples[0].attributes) == {"tone", "age", "sex", "light", "pose", "glasses", "covered"}
    picture = examples[0].read(channels=1)
    assert picture.shape == (480, 640)
    np.testing.assert_array_equal(picture, examples[0].read(channels=1))


def test_synthetic_drivers_yawn_shut_their_eyes_and_put_glasses_on(tmp_path: Path) -> None:
    write(tmp_path, "recipe.toml", "people = 30\npictures = 30\n")
    examples, _ = read("synthetic", tmp_path)
    shots = [example.picture.args[0] for example in examples]
    neutral = [shot.driver for shot in shots if shot.emotion == "neutral"]
    assert len(neutral) == 30 * 12
    yawning = [shot for shot in shots if shot.emotion == "neutral" and shot.driver.jaw > 0.5]
    assert 0.3 < len(yawning) / len(neutral) < 0.5
    assert sum(shot.glasses for shot in yawning) > 0.3 * len(yawning)
    assert any(driver.left_aperture == 0.0 for driver in neutral)
    assert not any(shot.driver.jaw for shot in shots if shot.emotion != "neutral")
    assert {-45, 0, 45} <= {int(example.attributes["pose"]) for example in examples}
    assert len({(example.subject, example.attributes["glasses"]) for example in examples}) > 50


def test_synthetic_drivers_are_of_every_skin_tone_alike(tmp_path: Path) -> None:
    write(tmp_path, "recipe.toml", "people = 240\npictures = 1\n")
    tones = Counter(example.attributes["tone"] for example in read("synthetic", tmp_path)[0])
    inner = [tones[str(tone)] for tone in range(1, 7)]
    assert min(inner) > 0.5 * max(inner)
    assert tones["7"] > 5


def test_a_recipe_with_an_unknown_word_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "recipe.toml", "poeple = 2\n")
    with pytest.raises(SourceError, match="poeple"):
        read("synthetic", tmp_path)


@pytest.mark.parametrize("name", [name for name in IMPORTERS if name != "synthetic"])
def test_a_set_that_is_missing_or_empty_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(SourceError, match="unpack"):
        read(name, tmp_path / "absent")
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceError, match="empty"):
        read(name, tmp_path / "empty")


def test_a_set_nobody_knows_is_refused() -> None:
    with pytest.raises(SourceError, match="jaffe"):
        importer("jafe")


def test_a_label_file_of_another_set_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "labels.csv", "picture,class\na.jpg,happy\n")
    with pytest.raises(SourceError, match="has no column file, label, subject"):
        read("inthewild", tmp_path)
    write(tmp_path, "labels.csv", "file,subject,label\na.jpg,s\n")
    with pytest.raises(SourceError, match="line 2"):
        read("inthewild", tmp_path)
    write(tmp_path, "labels.csv", "file,subject,label\na.jpg,s,merry\n")
    with pytest.raises(SourceError, match="merry"):
        read("inthewild", tmp_path)


@pytest.mark.parametrize(
    "name", [name for name in IMPORTERS if name not in {"folders", "crops", "unlabelled"}]
)
def test_every_set_says_where_it_is_asked_for_on_which_terms_and_how_it_looks(name: str) -> None:
    read = IMPORTERS[name].read
    module = sys.modules[getattr(read, "func", read).__module__]
    assert all(word in (module.__doc__ or "") for word in ("Where", "Terms", "Layout", "Subject"))


@pytest.fixture(scope="session")
def unpacked(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The labels and a few pictures of the sets that are here."""
    root = tmp_path_factory.mktemp("sets")
    for name in ("jaffe", "inthewild", "smiles"):
        archive = shared_data / f"{name}.tar.gz"
        if not archive.is_file():
            pytest.skip(f"needs {name}, which is not on this machine")
        with tarfile.open(archive) as tar:
            tar.extractall(root / name, filter="data")
    return root


@pytest.mark.slow
def test_the_real_sets_are_read(unpacked: Path) -> None:
    counts = {name: len(read(name, unpacked / name)[0]) for name in ("jaffe", "inthewild", "smiles")}
    assert counts == {"jaffe": 213, "inthewild": 3434, "smiles": 13165}
    jaffe, _ = read("jaffe", unpacked / "jaffe")
    assert Counter(EMOTIONS[example.original] for example in jaffe)["fear"] == 32
    assert len({example.subject for example in jaffe}) == 10
    assert jaffe[0].read(channels=1).shape == (256, 256)
    assert len({example.subject for example in read("inthewild", unpacked / "inthewild")[0]}) == 1768


@pytest.mark.slow
def test_the_real_fer2013_is_read(shared_data: Path, tmp_path: Path) -> None:
    archive = shared_data / "fer2013.tar.gz"
    if not archive.is_file():
        pytest.skip("needs fer2013, which is not on this machine")
    with tarfile.open(archive) as tar:  # the labels alone: 32,000 pictures would take long to unpack
        member = next(one for one in tar if one.name.endswith("labels.csv"))
        (tmp_path / "labels.csv").write_bytes(tar.extractfile(member).read())
    examples, drops = read("fer2013", tmp_path)
    assert Counter(example.usage for example in examples) == {"train": 28556, "test": 3300}
    assert drops == {"no face, say all ten annotators": 2}


def test_an_unreadable_picture_says_which(tmp_path: Path) -> None:
    touch(tmp_path, "happy/1.jpg")
    cv2.imwrite(str(tmp_path / "happy" / "2.png"), np.zeros((20, 30, 3), np.uint8))
    (broken, whole), _ = read("folders", tmp_path)
    with pytest.raises(SourceError, match=r"1\.jpg"):
        broken.read(channels=1)
    assert whole.read(channels=1).shape == (20, 30)
