"""CAFE, the Child Affective Facial Expression set (LoBue & Thrasher 2015).

Where: databrary.org/volume/30, for authorised researchers. Terms: research, no publication of pictures.
1,192 pictures of 154 children of 2 to 8 years. Labels: angry, disgust, fearful, happy, neutral, sad and
surprise, with the mouth open or closed.

Layout: the set's own list was not at hand; readers of it take the expression from the file name. What is
read is any picture with the child's code, sex, ethnicity and number as in `F-AA-05` (AA African American,
AS Asian, EA European American, LA Latino, ME Middle Eastern, PI Pacific Islander, SA South Asian), and an
expression's word, which `open`, `closed` or `withtongue` may follow. Subject: the code.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from training.datasets.example import Drops, Example, Importer, class_index, labelled, pictures_under
from training.datasets.words import WORDS

SUBJECT = re.compile(r"([FM])-(AA|AS|EA|LA|ME|PI|SA)-(\d+)", re.IGNORECASE)
EXPRESSION = re.compile(
    rf"({'|'.join(sorted(WORDS, key=len, reverse=True))})[ _-]?(open|closed)?", re.IGNORECASE
)
ETHNICITIES = {
    "AA": "African American",
    "AS": "Asian",
    "EA": "European American",
    "LA": "Latino",
    "ME": "Middle Eastern",
    "PI": "Pacific Islander",
    "SA": "South Asian",
}


def read(folder: Path, drops: Drops) -> Iterator[Example]:
    """Yield all pictures with a child's code and an expression in their name."""
    for path in pictures_under(folder):
        code, expression = SUBJECT.search(path.stem), EXPRESSION.search(path.stem)
        if code is None or expression is None:
            drops["no code of a child" if code is None else "no expression in the file name"] += 1
            continue
        label = class_index(expression[1].lower(), WORDS, path)
        attributes = {
            "age": "child",
            "sex": "female" if code[1].upper() == "F" else "male",
            "ethnicity": ETHNICITIES[code[2].upper()],
            **({"mouth": expression[2].lower()} if expression[2] else {}),
        }
        yield labelled(path, "cafe", f"cafe/{code[0].upper()}", label, **attributes)


IMPORTER = Importer("cafe", "pictures with a code such as F-AA-05 and the expression in their name", read)
