"""Verbs of a drive script for the head and where it looks."""

from collections.abc import Callable

from drivermon.simulation.script.model import Action, Curve, Pull
from drivermon.simulation.script.pulls import release, shut, times, turn, turn_s
from drivermon.simulation.script.words import Words

LOOKS: dict[str, tuple[float, float, float, float, float]] = {
    # head yaw, head pitch, gaze yaw, gaze pitch in degrees, lids; the driver sits on the left
    "left_mirror": (27, -4, 14, -4, 1.0),
    "right_mirror": (-38, -4, -16, -4, 1.0),
    "inner_mirror": (-20, 5, -12, 6, 1.0),
    "speedometer": (0, -8, 0, -14, 0.75),
    "console": (-24, -18, -10, -14, 0.6),
    "lap": (4, -26, 0, -24, 0.4),
    "left_shoulder": (68, -2, 20, 0, 1.0),
    "right_shoulder": (-68, -2, -20, 0, 1.0),
    "left": (38, 0, 14, 0, 1.0),
    "right": (-38, 0, -14, 0, 1.0),
    "up": (0, 22, 0, 14, 1.1),
    "down": (0, -26, 0, -14, 0.6),
    "passenger": (-48, 0, -14, 0, 1.0),
}
"""Where a driver may look."""

LOOK_USUAL_S = {name: 0.8 for name in LOOKS if name.endswith(("mirror", "speedometer"))} | {
    "left_shoulder": 1.0,
    "right_shoulder": 1.0,
}


def _angles(words: Words, curves: dict[str, tuple[Curve, float]]) -> tuple[Pull, ...]:
    pulls = []
    left = dict(curves)
    while (axis := words.maybe(*left)) is not None:
        curve, limit = left.pop(axis)
        pulls.append(turn(curve, words.number(f"{axis} in degrees", -limit, limit)))
        words.maybe("deg")
    if not pulls:
        words.choice("an angle", curves)
    return tuple(pulls)


def _head(words: Words) -> Action:
    if words.maybe("forward"):
        return release("head forward", "head")
    pulls = _angles(words, {"yaw": ("yaw", 90), "pitch": ("pitch", 90), "roll": ("roll", 90)})
    return Action("head " + ", ".join(f"{pull.curve} {pull.value:g}" for pull in pulls), ("head",), pulls)


def _gaze(words: Words) -> Action:
    if words.maybe("ahead"):
        return release("gaze ahead", "gaze")
    curves: dict[str, tuple[Curve, float]] = {"yaw": ("gaze_yaw", 45), "pitch": ("gaze_pitch", 45)}
    pulls = tuple(
        Pull(pull.curve, pull.value, 0.06, 0.06)  # a saccade
        for pull in _angles(words, curves)
    )
    return Action("gaze aside", ("gaze",), pulls)


def _looking(target: str, name: str) -> Action:
    yaw, pitch, gaze_yaw, gaze_pitch, lids = LOOKS[target]
    way_s = turn_s(max(abs(yaw), abs(pitch)))
    aims: tuple[tuple[Curve, float, float], ...] = (
        ("yaw", yaw, way_s),
        ("pitch", pitch, way_s),
        ("gaze_yaw", gaze_yaw, 0.5 * way_s),  # the eyes are there before the head
        ("gaze_pitch", gaze_pitch, 0.5 * way_s),
    )
    pulls = [Pull(curve, value, rise_s, rise_s) for curve, value, rise_s in aims if value]
    if lids != 1.0:
        pulls.append(Pull("lids", lids, way_s, way_s))
    return Action(name, ("head",), tuple(pulls), usual_s=LOOK_USUAL_S.get(target))


def _look(words: Words) -> Action:
    target = words.choice("where to look", [*LOOKS, "ahead"])
    if target == "ahead":
        return release("look ahead", "head")
    return _looking(target, f"look {target.replace('_', ' ')}")


def _shoulder(words: Words) -> Action:
    words.literal("check")
    side = words.choice("the side", ["left", "right"])
    return _looking(f"{side}_shoulder", f"shoulder check {side}")


def _phone(words: Words) -> Action:
    words.literal("in", "lap")
    return _looking("lap", "phone in lap")


def _nod(words: Words) -> Action:
    wave = Pull("pitch", -14.0, 0.1, 0.1, shape="wave", rate_hz=1.6)
    return Action("nod", ("head",), (wave,), usual_s=times(words) / 1.6)


def _shake(words: Words) -> Action:
    wave = Pull("yaw", 16.0, 0.2, 0.2, shape="swing", rate_hz=1.4)
    return Action("shake head", ("head",), (wave,), usual_s=times(words) / 1.4)


def _nods(words: Words) -> Action:
    words.literal("off")
    chin = Pull("pitch", -32.0, 0.9, 0.35, delay_s=0.6)  # the lids go first, the neck gives way after
    tilt = Pull("roll", 7.0, 1.1, 0.4, delay_s=0.6)
    return Action("nods off", ("closure", "head"), (*shut(), chin, tilt), usual_s=3.0)


def _slumps(_: Words) -> Action:
    pulls = (
        *shut(),
        Pull("pitch", -50.0, 1.2, 0.6, delay_s=0.8),
        Pull("roll", 22.0, 1.2, 0.6, delay_s=0.8),
        Pull("seat_y", -0.38, 1.6, 0.8, delay_s=1.4),
        Pull("seat_x", -0.10, 1.6, 0.8, delay_s=1.4),
    )
    return Action("slumps", ("closure", "head"), pulls)


def _sits(words: Words) -> Action:
    words.literal("up")
    return release("sits up", "closure", "head")


HEAD_VERBS: dict[str, Callable[[Words], Action]] = {
    "head": _head,
    "gaze": _gaze,
    "look": _look,
    "shoulder": _shoulder,
    "phone": _phone,
    "nod": _nod,
    "shake": _shake,
    "nods": _nods,
    "slumps": _slumps,
    "sits": _sits,
}
