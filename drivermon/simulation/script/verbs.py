"""The first word of every action, and the function that reads the rest of the line and says what is done.

How long it lasts is read elsewhere, the same way for all.
"""

from collections.abc import Callable

from drivermon.simulation.script.face_verbs import FACE_VERBS
from drivermon.simulation.script.head_verbs import HEAD_VERBS
from drivermon.simulation.script.model import Action
from drivermon.simulation.script.scene_verbs import SCENE_VERBS
from drivermon.simulation.script.words import Words

VERBS: dict[str, Callable[[Words], Action]] = {**FACE_VERBS, **HEAD_VERBS, **SCENE_VERBS}
