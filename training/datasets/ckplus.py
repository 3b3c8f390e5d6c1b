"""CK+, the extended Cohn-Kanade set (Lucey et al. 2010).

Where: jeffcohn.net, by a signed agreement of a faculty member. Terms: non-commercial research.
Layout: `cohn-kanade-images/S005/001/S005_001_00000011.png`, frames of a sequence from neutral to the
peak, and `Emotion/S005/001/S005_001_00000011_emotion.txt`, a number beside the peak frame. Only 327 of
593 sequences have one. Labels: 0 neutral, 1 anger, 2 contempt, 3 disgust, 4 fear, 5 happy, 6 sadness,
7 surprise. The last three frames take the label, the first one is neutral; contempt and sequences
without a label are dropped. Subject: S and three digits.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from drivermon.emotions import EMOTIONS
from drivermon.errors import SourceError
from training.datasets.example import Drops, Example, Importer, class_index, labelled, pictures_under
from training.datasets.words import WORDS

NUMBERED = ("neutral", "anger", "contempt", "disgust", "fear", "happy", "sadness", "surprise")
NAME = re.compile(r"S\d{3}_\d{3}_\d{8}")
PEAK_FRAMES = 3


def read(folder: Path, drops: Drops) -> Iterator[Example]:
    """Yield the first and the last frames of every sequence with a label."""
    frames: dict[str, list[Path]] = {}
    for path in pictures_under(folder):
        if NAME.fullmatch(path.stem):
            frames.setdefault(path.stem.rsplit("_", 1)[0], []).append(path)
        else:
            drops["file name not of the set"] += 1
    labels = {path.name.rsplit("_", 2)[0]: _label(path) for path in sorted(folder.rglob("*_emotion.txt"))}
    for name, paths in sorted(frames.items()):
        if name not in labels:
            drops["sequence without a label"] += 1
        elif labels[name] not in EMOTIONS:
            drops[f"sequence of {labels[name]}"] += 1
        else:
            yield _example(paths[0], name, "neutral")
            for path in paths[1:][-PEAK_FRAMES:]:
                yield _example(path, name, labels[name])


def _label(path: Path) -> str:
    text = path.read_text(encoding="ascii", errors="replace").strip()
    numbers = {f"{number}": word for number, word in enumerate(NUMBERED)}
    word = numbers.get(text.removesuffix(".0000000e+00"))
    if word is None:
        raise SourceError(f"{path} holds {text[:40]!r} in place of a number from 0 to 7")
    return word


def _example(path: Path, sequence: str, emotion: str) -> Example:
    return labelled(path, "ck+", f"ck+/{sequence[:4]}", class_index(emotion, WORDS, path))


IMPORTER = Importer("ck+", "cohn-kanade-images/S005/001/S005_001_00000011.png and Emotion/", read)
