"""How a face path measures, as far as a simulation without pictures needs to know."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class MeasurementNoise:
    """How a face path measures. Standard deviations of white noise unless it says otherwise.

    Attributes:
        scheme: of the landmarks.
        tells_visible: whether it says how surely each eye can be judged.
        open_ratio: what an eye measures that is open, as an aspect ratio.
        person_ratio: spread of `open_ratio` between people (0.257 ± 0.021 after Soukupova & Cech 2016).
        shut_ratio: what a shut eye measures.
        eye_ratio: of each eye.
        open_mouth: inner-lip ratio of a full yawn.
        mouth_ratio: of the mouth.
        pose_deg: of yaw, pitch and roll each.
        box_share: of the box's place and side, as a share of the side.
        logit: of each emotion's logit, before the softmax.
        missed: share of the frames in which a face in view is not found.
        lost_beyond_yaw_deg: beyond it no face is found; infinite for a path that follows to full profile.
        lost_beyond_pitch_deg: likewise, up or down.
        lost_beyond_jaw: likewise, an open mouth.

    """

    scheme: str = "simulated"
    tells_visible: bool = True
    open_ratio: float = 0.285
    person_ratio: float = 0.02
    shut_ratio: float = 0.03
    eye_ratio: float = 0.010
    open_mouth: float = 1.15
    mouth_ratio: float = 0.015
    pose_deg: float = 0.8
    box_share: float = 0.008
    logit: float = 0.35
    missed: float = 0.0
    lost_beyond_yaw_deg: float = 80.0
    lost_beyond_pitch_deg: float = 50.0
    lost_beyond_jaw: float = np.inf


NOISELESS = MeasurementNoise(
    person_ratio=0, eye_ratio=0, mouth_ratio=0, pose_deg=0, box_share=0, logit=0,
)  # fmt: skip
"""Truth itself."""

USUAL = MeasurementNoise()
"""A good landmark network that follows the face."""

HOG_68 = MeasurementNoise(
    scheme="dlib68",
    tells_visible=False,
    shut_ratio=0.13,
    eye_ratio=0.022,
    open_mouth=0.65,
    mouth_ratio=0.03,
    pose_deg=2.5,
    box_share=0.03,
    missed=0.005,
    lost_beyond_yaw_deg=45.0,
    lost_beyond_pitch_deg=28.0,
    lost_beyond_jaw=0.85,
)
"""dlib's HOG detector and 68 landmarks, as measured on people and on the renderer."""
