"""From parameters to expression units: what the muscles do.

The seven emotions are graded mixtures of the mesh's face units, after the action units (AU) of FACS
(Ekman & Friesen 1978; prototypes as in Ekman, Friesen & Hager 2002).
"""

from collections.abc import Mapping

from drivermon.simulation.parameters import WIDEST_APERTURE, DriverParameters


def _both(**units: float) -> dict[str, float]:
    return {f"{name}{side}": weight for name, weight in units.items() for side in ("Left", "Right")}


EMOTION_UNITS: Mapping[str, Mapping[str, float]] = {
    # AU 4 5 7 23 24
    "anger": {
        **_both(browDown=1.0, eyeSquint=0.6, mouthPress=0.7, noseSneer=0.45, mouthFrown=0.35),
        "mouthRollLower": 0.3,
        "mouthRollUpper": 0.3,
        "mouthShrugLower": 0.35,
        "jawForward": 0.4,
    },
    # AU 9 10 15 16
    "disgust": {
        **_both(
            noseSneer=1.0, mouthUpperUp=0.8, browDown=0.65, cheekSquint=0.7, mouthFrown=0.45, eyeSquint=0.5
        ),
        **_both(mouthLowerDown=0.25),
        "mouthShrugLower": 0.4,
    },
    # AU 1 2 4 5 20 26
    "fear": {
        "browInnerUp": 1.0,
        **_both(browOuterUp=0.35, browDown=0.25, mouthStretch=0.95, mouthLowerDown=0.55, mouthFrown=0.2),
        "jawOpen": 0.18,
    },
    # AU 6 12 25
    "happy": {
        **_both(mouthSmile=1.15, cheekSquint=0.9, eyeSquint=0.3, mouthUpperUp=0.65, mouthLowerDown=0.25),
        "jawOpen": 0.14,
    },
    "neutral": {},
    # AU 1 4 15 17
    "sadness": {
        "browInnerUp": 1.0,
        **_both(browDown=0.35, mouthFrown=0.95, eyeSquint=0.2),
        "mouthShrugLower": 0.6,
        "mouthPucker": 0.1,
    },
    # AU 1 2 5 26
    "surprise": {
        "browInnerUp": 0.9,
        **_both(browOuterUp=1.0),
        "jawOpen": 0.5,
        "mouthFunnel": 0.25,
    },
}
APERTURE_FACTOR: Mapping[str, float] = {
    "anger": 0.85,
    "disgust": 0.7,
    "fear": 1.3,
    "happy": 0.8,
    "neutral": 1.0,
    "sadness": 0.82,
    "surprise": 1.3,
}
YAWN_UNITS: Mapping[str, float] = {
    "jawOpen": 1.0,
    **_both(mouthUpperUp=0.5, mouthLowerDown=0.15, noseSneer=0.2, cheekSquint=0.2),
    "mouthFunnel": 0.2,
    "browInnerUp": 0.25,
}
HARDEST = 1.35  # weight at which a unit still looks like a face
LOWER_LID_DOWN = -0.45
DOWNWARD_NARROWING = 0.4  # of the opening, for a gaze down by one unit: the upper lid rides on the eye
GAZE_UNIT_DEG = 30.0  # gaze at which the lids have followed by one whole unit


def unit_weights(parameters: DriverParameters) -> dict[str, float]:
    """Weight of every face unit but those of the lids' own opening (0 to about 1.2)."""
    weights: dict[str, float] = {}

    def add(units: Mapping[str, float], grade: float) -> None:
        for name, weight in units.items():
            weights[name] = weights.get(name, 0.0) + grade * weight

    for emotion, grade in parameters.expression.items():
        add(EMOTION_UNITS[emotion], grade)
    add(YAWN_UNITS, parameters.jaw)
    up, side = parameters.gaze_pitch_deg / GAZE_UNIT_DEG, parameters.gaze_yaw_deg / GAZE_UNIT_DEG
    vertical = "eyeLookUp" if up > 0 else "eyeLookDown"
    add(_both(**{vertical: 1.0}), min(abs(up), 1.2))
    # both margins go down with the eye: the unit alone would only narrow it, which the aperture undoes
    add(_both(eyeSquint=LOWER_LID_DOWN), min(max(-up, 0.0), 1.2))
    inner, outer = ("Right", "Left") if side > 0 else ("Left", "Right")
    add({f"eyeLookIn{inner}": 1.0, f"eyeLookOut{outer}": 1.0}, min(abs(side), 1.2))
    # emotions add up; a jaw that a surprise and a yawn open is still one jaw
    return {name: min(weight, HARDEST) for name, weight in weights.items() if weight}


def shown_aperture(asked: float, parameters: DriverParameters) -> float:
    """Lid aperture (share of the open eye) that expression and gaze leave of the one asked for."""
    down = min(max(-parameters.gaze_pitch_deg / GAZE_UNIT_DEG, 0.0), 1.2)
    factor = 1 - DOWNWARD_NARROWING * down
    for emotion, grade in parameters.expression.items():
        factor *= 1 + grade * (APERTURE_FACTOR[emotion] - 1)
    return min(asked * factor, WIDEST_APERTURE)
