"""Verbs of a drive script for the face: eyes, mouth, expression."""

from collections.abc import Callable

from drivermon.emotions import EMOTIONS
from drivermon.simulation.script.model import Action, Curve, Pull
from drivermon.simulation.script.pulls import amount, release, shut
from drivermon.simulation.script.words import Words


def _blink(_: Words) -> Action:
    return Action("blink", ("closure",), shut(), usual_s=0.08)


def _wink(words: Words) -> Action:
    side = words.choice("the eye", ["left", "right"])
    return Action(
        f"wink {side}", ("closure",), shut("shut_left" if side == "left" else "shut_right"), usual_s=0.3
    )


def _eyes(words: Words) -> Action:
    how = words.choice("what the eyes do", ["closed", "open", "narrow", "wide"])
    if how == "closed":
        return Action("eyes closed", ("closure",), shut())
    if how == "open":
        return release("eyes open", "closure", "lids")
    low, high, usual = (0.0, 1.0, 0.5) if how == "narrow" else (1.0, 1.3, 1.2)
    share = amount(words, "the share of the open eye", low, high, usual)
    return Action(f"eyes {how}", ("lids",), (Pull("lids", share),))


def _yawn(_: Words) -> Action:
    pulls = (
        Pull("jaw", 0.95, 1.1, 0.8),
        Pull("lids", 0.35, 1.6, 0.9),
        Pull("pitch", 6.0, 1.4, 0.9),
    )
    return Action("yawn", ("mouth",), pulls, usual_s=4.0)


def _talk(_: Words) -> Action:
    return Action("talk", ("mouth",), (Pull("jaw", 0.32, 0.15, 0.15, shape="speech", rate_hz=4.3),))


def _sing(_: Words) -> Action:
    return Action("sing", ("mouth",), (Pull("jaw", 0.55, 0.25, 0.25, shape="speech", rate_hz=1.5),))


def _shout(_: Words) -> Action:
    pulls = (
        Pull("jaw", 0.6, 0.3, 0.4),
        Pull("jaw", 0.75, 0.3, 0.4, shape="speech", rate_hz=2.5),
        Pull("anger", 1.0, 0.4, 0.7),
        Pull("disgust", 0.45, 0.4, 0.7),  # the nose wrinkles and the teeth show
    )
    return Action("shout", ("mouth",), pulls, usual_s=2.0)


def _laugh(_: Words) -> Action:
    pulls = (
        Pull("jaw", 0.22, 0.3, 0.4),
        Pull("jaw", 0.42, 0.3, 0.4, shape="wave", rate_hz=4.5),
        Pull("happy", 1.0, 0.4, 0.7),
        Pull("pitch", 4.0, 0.5, 0.6),
        Pull("lids", 0.7, 0.4, 0.6),
    )
    return Action("laugh", ("mouth",), pulls, usual_s=2.0)


def _eat(_: Words) -> Action:
    return Action("eat", ("mouth",), (Pull("jaw", 0.24, 0.2, 0.3, shape="wave", rate_hz=1.5),))


def _mouth(words: Words) -> Action:
    if words.choice("what the mouth does", ["open", "shut"]) == "shut":
        return release("mouth shut", "mouth")
    grade = amount(words, "how far", 0.0, 1.0, 0.5)
    return Action("mouth open", ("mouth",), (Pull("jaw", grade, 0.3, 0.3),))


def _showing(words: Words, emotion: Curve, name: str, usual: float) -> Action:
    grade = amount(words, "the grade", 0.0, 1.0, usual)
    return Action(name, ("expression",), (Pull(emotion, grade, 0.5, 0.7),))


def _expression(words: Words) -> Action:
    name = words.choice("an emotion", EMOTIONS)
    curves: dict[str, Curve] = {
        "anger": "anger", "disgust": "disgust", "fear": "fear",
        "happy": "happy", "sadness": "sadness", "surprise": "surprise",
    }  # fmt: skip
    return _showing(words, curves[name], name, 1.0) if name in curves else release(name, "expression")


def _smile(words: Words) -> Action:
    return _showing(words, "happy", "smile", 0.7)


FACE_VERBS: dict[str, Callable[[Words], Action]] = {
    "blink": _blink,
    "wink": _wink,
    "eyes": _eyes,
    "yawn": _yawn,
    "talk": _talk,
    "sing": _sing,
    "laugh": _laugh,
    "shout": _shout,
    "eat": _eat,
    "mouth": _mouth,
    "expression": _expression,
    "smile": _smile,
}
