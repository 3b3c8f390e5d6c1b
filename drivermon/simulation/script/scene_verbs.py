"""Verbs of a drive script for who is there, the light and the camera."""

from collections.abc import Callable

from drivermon.events import GapCause
from drivermon.simulation.script.model import Action, Curve, Pull, Setting
from drivermon.simulation.script.pulls import release
from drivermon.simulation.script.settings import read_driver, read_light
from drivermon.simulation.script.words import Words

OUT_OF_VIEW = 0.56
"""The face counts as gone at this share of the driver's way out of the picture."""


def _hand(words: Words) -> Action:
    if words.maybe("away"):
        return release("hand away", "hand")
    words.literal("over")
    place = words.choice("what the hand covers", ["face", "mouth"])
    return Action(f"hand over {place}", ("hand",), (Pull("hand", 1.0 if place == "face" else 0.5, 0.5, 0.5),))


def _leaves(_: Words) -> Action:
    pulls = (
        Pull("seat_x", 0.48, 0.9, 0.9, OUT_OF_VIEW),
        Pull("seat_y", -0.06, 0.9, 0.9, OUT_OF_VIEW),
        Pull("yaw", 35.0, 0.6, 0.6, 1.0),
        Pull("absent", 1.0, 0.9, 0.9, OUT_OF_VIEW),
    )
    return Action("leaves", ("presence",), pulls)


def _returns(_: Words) -> Action:
    return release("returns", "presence")


def _passenger(words: Words) -> Action:
    words.literal("leans")
    if words.choice("where to", ["in", "out"]) == "out":
        return release("passenger leans out", "passenger")
    return Action("passenger leans in", ("passenger",), (Pull("passenger", 1.0, 0.8, 0.8),))


def _driver(words: Words) -> Action:
    return Action("driver changes", ("driver",), setting=Setting(driver=read_driver(words)))


def _light(words: Words) -> Action:
    if words.maybe("flickers"):
        rate_hz = 4.0
        if words.maybe("at"):
            rate_hz = words.number("how fast", 0.1, 30)
            words.literal("hz")
        return Action("light flickers", ("flicker",), setting=Setting(flicker_hz=rate_hz))
    if words.maybe("steady"):
        return release("light steady", "flicker")
    light = read_light(words)
    name = {"day": "day", "low_sun": "low sun", "night_ir": "night"}[light.kind]
    return Action(f"light {name}", ("light",), setting=Setting(light=light))


def _camera(words: Words) -> Action:
    state = words.choice("what the camera does", ["covered", "dark", "lost", "frozen", "hung", "ok"])
    if state == "ok":
        return release("camera ok", "view", "stream")
    if state in {"covered", "dark"}:
        curve: Curve = "covered" if state == "covered" else "dark"
        return Action(f"camera {state}", ("view",), (Pull(curve, 1.0, 0.25, 0.25),))
    return Action(f"camera {state}", ("stream",), setting=Setting(fault=GapCause(state)))


def _drop(words: Words) -> Action:
    words.literal("frames")
    share = words.number("how many", 0, 100) / 100
    words.literal("%")
    return Action(f"drop {share:.0%} of frames", ("frames",), setting=Setting(drop=share))


SCENE_VERBS: dict[str, Callable[[Words], Action]] = {
    "hand": _hand,
    "leaves": _leaves,
    "returns": _returns,
    "passenger": _passenger,
    "driver": _driver,
    "light": _light,
    "camera": _camera,
    "drop": _drop,
}
