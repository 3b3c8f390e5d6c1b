"""The configuration: every setting with its unit, default and bounds, and where its value came from.

Values come, later over earlier, from the defaults, a TOML file, environment variables
(``DRIVERMON_EMOTION__CONFIDENCE=0.6``) and the command line; `Loaded.origins` says which
one gave each value.
"""

from drivermon.config.alerting import (
    AlertSettings,
    DegradedAlertSettings,
    EmotionAlertSettings,
    NotSeenAlertSettings,
    ProfileSettings,
)
from drivermon.config.judging import BaselineSettings, DistractionSettings, DrowsinessSettings
from drivermon.config.loading import Loaded, load, parse_text
from drivermon.config.settings import (
    BusSettings,
    CameraSettings,
    CanSettings,
    EmotionSettings,
    FaceSettings,
    LoggingSettings,
    QualitySettings,
    RuntimeSettings,
    Settings,
    leaves,
)
from drivermon.config.words import describe, to_toml

__all__ = [
    "AlertSettings",
    "BaselineSettings",
    "BusSettings",
    "CameraSettings",
    "CanSettings",
    "DegradedAlertSettings",
    "DistractionSettings",
    "DrowsinessSettings",
    "EmotionAlertSettings",
    "EmotionSettings",
    "FaceSettings",
    "Loaded",
    "LoggingSettings",
    "NotSeenAlertSettings",
    "ProfileSettings",
    "QualitySettings",
    "RuntimeSettings",
    "Settings",
    "describe",
    "leaves",
    "load",
    "parse_text",
    "to_toml",
]
