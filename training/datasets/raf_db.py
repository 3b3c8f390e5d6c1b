"""RAF-DB, the Real-world Affective Faces Database (Li et al. 2017), its basic part.

Where: whdeng.cn/RAF/model1.html, by a mail from a university. Terms: non-commercial research.
Layout: `basic/EmoLabel/list_patition_label.txt` (so spelt), lines `train_00001.jpg 5`;
`basic/Image/aligned/train_00001_aligned.jpg`, 100x100 crops; `basic/Annotation/manual/
train_00001_manu_attri.txt`: five points, then sex, race and age as numbers. Labels: 1 surprise, 2 fear,
3 disgust, 4 happy, 5 sadness, 6 anger, 7 neutral. The part is the first word of the name; the test part
stays one. Subjects are unknown.
"""

from collections.abc import Iterator
from pathlib import Path

from drivermon.errors import SourceError
from training.datasets.example import Drops, Example, Importer, Usage, class_index, one_annotator

LABELS = {
    "1": "surprise",
    "2": "fear",
    "3": "disgust",
    "4": "happy",
    "5": "sadness",
    "6": "anger",
    "7": "neutral",
}
PARTS: dict[str, Usage] = {"train": "train", "test": "test"}
ATTRIBUTES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("sex", ("male", "female", "unsure")),
    ("ethnicity", ("Caucasian", "African American", "Asian")),
    ("age", ("0-3", "4-19", "20-39", "40-69", "70+")),
)
"""What the last three lines of an attribute file say, and of which values."""


def read(folder: Path, drops: Drops) -> Iterator[Example]:
    """Yield the aligned crops."""
    for labels in sorted(folder.rglob("list_patition_label.txt")):
        root = labels.parents[1]
        for number, line in enumerate(labels.read_text(encoding="ascii", errors="replace").splitlines(), 1):
            words = line.split()
            if len(words) != 2 or words[0].split("_")[0] not in PARTS:
                raise SourceError(f"{labels}, line {number}: {line[:40]!r} is not like 'train_00001.jpg 5'")
            path = root / "Image" / "aligned" / f"{Path(words[0]).stem}_aligned.jpg"
            label = class_index(words[1], LABELS, f"{labels}, line {number}")
            if not path.is_file():
                drops["picture is missing"] += 1
                continue
            part = words[0].split("_")[0]
            yield Example(
                path=path,
                dataset=f"raf-{part}",
                group=f"raf/{words[0]}",
                original=label,
                votes=one_annotator(label),
                usage=PARTS[part],
                attributes=_attributes(root / "Annotation" / "manual", Path(words[0]).stem),
                cropped=True,
            )


def _attributes(folder: Path, name: str) -> dict[str, str]:
    path = folder / f"{name}_manu_attri.txt"
    if not path.is_file():
        return {}
    lines = path.read_text(encoding="ascii", errors="replace").split("\n")
    numbers = [line.strip() for line in lines if line.strip()][-len(ATTRIBUTES) :]
    try:
        return {kind: values[int(number)] for (kind, values), number in zip(ATTRIBUTES, numbers, strict=True)}
    except (ValueError, IndexError) as error:
        raise SourceError(f"{path} does not end in the numbers of sex, race and age") from error


IMPORTER = Importer("raf-db", "basic/EmoLabel/list_patition_label.txt and basic/Image/aligned/", read)
