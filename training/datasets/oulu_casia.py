"""Oulu-CASIA (Zhao et al. 2011): 80 people, six expressions, visible and near-infrared, three lights.

Where: oulu.fi, Center for Machine Vision and Signal Analysis, by a signed agreement. Terms: research.
Layout: `OriginalImg/VL/Strong/P001/Anger/000.jpeg`: VL visible or NI near-infrared; Strong, Weak or Dark;
person; Anger, Disgust, Fear, Happiness, Sadness or Surprise; frames from neutral to the peak. The cropped
release, `PreProcess Img/…`, has the same folders below another name and is read alike. The last three
frames take the label, the first one is neutral. Subject: P and three digits, the same in all lights.
"""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from training.datasets.example import Drops, Example, Importer, class_index, labelled, pictures_under
from training.datasets.words import WORDS

CAMERAS = {"VL": "oulu-vis", "NI": "oulu-nir"}
LIGHTS = ("Strong", "Weak", "Dark")
PEAK_FRAMES = 3


def read(folder: Path, drops: Drops) -> Iterator[Example]:
    """Yield the first and the last frames of every sequence."""
    for sequence, frames in groupby(pictures_under(folder), key=lambda path: path.parent):
        paths = list(frames)
        if len(sequence.parts) < 4:
            drops["not in a folder of the set"] += len(paths)
            continue
        camera, light, person, word = sequence.parts[-4:]
        if camera not in CAMERAS or light not in LIGHTS:
            drops["not in a folder of the set"] += len(paths)
            continue
        yield _example(paths[0], camera, light, person, "neutral")
        for path in paths[1:][-PEAK_FRAMES:]:
            yield _example(path, camera, light, person, word.lower())


def _example(path: Path, camera: str, light: str, person: str, word: str) -> Example:
    label = class_index(word, WORDS, path.parent)
    spectrum = "near-infrared" if camera == "NI" else "visible"
    return labelled(
        path, CAMERAS[camera], f"oulu-casia/{person}", label, light=light.lower(), camera=spectrum
    )


IMPORTER = Importer("oulu-casia", "OriginalImg/VL/Strong/P001/Anger/000.jpeg and others", read)
