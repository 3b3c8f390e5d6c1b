"""How a drive script writes who drives, the light and the camera."""

from dataclasses import replace
from typing import get_args

from drivermon.simulation.identity import CAST, HairStyle
from drivermon.simulation.parameters import Camera, Light, LightKind
from drivermon.simulation.script.model import DriverChoice
from drivermon.simulation.script.words import Words

MOST_FPS = 240.0

_WORN = ("glasses", "sunglasses", "cap", "mask")
_NUMBERS = {
    "tone": (0.0, 7.0),
    "age": (18.0, 90.0),
    "beard": (0.0, 1.0),
    "makeup": (0.0, 1.0),
    "weight": (0.0, 1.0),
}
_LIGHTS: dict[str, LightKind] = {"day": "day", "low_sun": "low_sun", "night": "night_ir"}


def read_fps(words: Words) -> float:
    """Read a frame rate."""
    return words.number("frames a second", 1, MOST_FPS)


def read_driver(words: Words) -> DriverChoice:
    """Read `NAME` or `seed N`, then what is changed on that person.

    Changes: `tone N`, `age N`, `beard N`, `makeup N`, `weight N`, `female`, `male`, `hair STYLE`, and
    `glasses`, `sunglasses`, `cap`, `mask` with or without `no` before it.
    """
    name = words.choice("a driver", ["seed", *CAST])
    seed = words.whole("the seed", 0, 2**31 - 1) if name == "seed" else None
    changes: list[tuple[str, float | str | bool]] = []
    known = [*_NUMBERS, *_WORN, "no", "bare", "female", "male", "hair"]
    while words:
        word = words.choice("a change of the driver", known)
        if word in _NUMBERS:
            changes.append((word, words.number(f"the {word}", *_NUMBERS[word])))
        elif word == "hair":
            changes.append(("hair", words.choice("a hair style", get_args(HairStyle))))
        elif word in {"female", "male"}:
            changes.append(("sex", word))
        elif word == "no":
            changes.append((words.choice("what is not worn", _WORN), False))
        elif word == "bare":
            changes += [(worn, False) for worn in _WORN] + [("beard", 0.0)]
        else:
            changes.append((word, True))
    return DriverChoice(None if seed is not None else name, seed, tuple(changes))


def read_light(words: Words) -> Light:
    """Read `day`, `low_sun` or `night`, then `side N deg` and `intensity N`."""
    light = Light(_LIGHTS[words.choice("a light", _LIGHTS)])
    while (word := words.maybe("side", "intensity")) is not None:
        if word == "side":
            light = replace(light, side_deg=words.number("the side in degrees", -120, 120))
            words.maybe("deg")
        else:
            light = replace(light, intensity=words.number("the intensity", 0, 8))
    return light


def read_camera(words: Words, camera: Camera) -> Camera:
    """Read any of the camera's settings and return `camera` with them."""
    numbers = {
        "fov": ("horizontal_fov_deg", 10.0, 120.0, "deg"),
        "distance": ("distance_m", 0.3, 2.0, "m"),
        "yaw": ("mount_yaw_deg", -60.0, 60.0, "deg"),
        "pitch": ("mount_pitch_deg", -45.0, 45.0, "deg"),
        "roll": ("mount_roll_deg", -180.0, 180.0, "deg"),
        "noise": ("noise", 0.0, 30.0, ""),
        "blur": ("blur_px", 0.0, 10.0, "px"),
        "exposure": ("exposure", 0.0, 100.0, ""),
    }
    flags = {"infrared": "gray", "gray": "gray", "mirrored": "mirrored"}
    if not words:
        raise words.fail("a setting of the camera")
    while words:
        word = words.choice("a setting of the camera", [*numbers, *flags, "size"])
        if word in flags:
            camera = replace(camera, **{flags[word]: True})
        elif word == "size":
            camera = read_size(words, camera)
        elif word == "exposure" and words.maybe("auto"):
            camera = replace(camera, exposure="auto")
        else:
            field, low, high, unit = numbers[word]
            camera = replace(camera, **{field: words.number(f"the {word}", low, high)})  # type: ignore[arg-type]
            if unit:
                words.maybe(unit)
    return camera


def read_size(words: Words, camera: Camera) -> Camera:
    """Read `640x480` and return `camera` with that size."""
    width, cross, height = words.peek().partition("x")
    sides = [int(side) if side.isdecimal() else 0 for side in (width, height)]
    if not cross or not all(64 <= side <= 4096 and side % 2 == 0 for side in sides):
        raise words.fail("a size such as 640x480, even sides of 64 to 4096 px")
    words.take()
    return replace(camera, width=sides[0], height=sides[1])
