"""Settings of alerts: when to speak. `drivermon.alerts.rules` is the table that they fill.

`Euro NCAP` and `(EU) 2023/2590` are read from secondary documents: the defaults follow them, which is
no statement of compliance.
"""

from typing import Literal, Self

from pydantic import Field, FiniteFloat, model_validator

from drivermon.config.section import Section, number
from drivermon.emotions import Emotion


class EmotionAlertSettings(Section):
    """Advisory on a sustained emotion; it never touches another alert."""

    enabled: bool = Field(True, description="false: never an alert on an emotion")
    kinds: tuple[Emotion, ...] = Field(
        ("anger", "fear", "sadness"), description="emotions that raise the advisory"
    )
    sustained_s: FiniteFloat = number(5.0, 0.5, 120.0, "seconds that the emotion must last")
    clear_s: FiniteFloat = number(2.0, 0.0, 60.0, "seconds without the emotion that end the advisory")


class NotSeenAlertSettings(Section):
    """No face is measured although the camera works."""

    notice_s: FiniteFloat = number(3.0, 0.5, 120.0, "seconds without a face until the notice")
    warning_s: FiniteFloat = number(10.0, 0.5, 600.0, "seconds without a face until the warning")
    clear_s: FiniteFloat = number(0.5, 0.0, 60.0, "seconds for which the face must be back")

    @model_validator(mode="after")
    def _warning_after_notice(self) -> Self:
        if self.warning_s < self.notice_s:
            raise ValueError(f"warning_s ({self.warning_s}) must not be before notice_s ({self.notice_s})")
        return self


class DegradedAlertSettings(Section):
    """The view can't be trusted: dark, covered, frozen or lost, or the eyes are hidden."""

    notice_s: FiniteFloat = number(2.0, 0.1, 10.0, "seconds of a bad view until the notice")
    clear_s: FiniteFloat = number(1.0, 0.0, 60.0, "seconds of a good view that end it")


class SleepAlertSettings(Section):
    """Closed eyes: microsleep, sleep, unresponsive."""

    sleep_s: FiniteFloat = number(3.0, 2.0, 10.0, "seconds of closed eyes that are sleep (Euro NCAP: 3)")
    unresponsive_s: FiniteFloat = number(
        6.0, 3.0, 20.0, "seconds of closed eyes that are no response (Euro NCAP: 6)"
    )
    no_return_s: FiniteFloat = number(
        3.0, 1.0, 20.0, "seconds after a warning of distraction without a return that are none (Euro NCAP: 3)"
    )
    clear_s: FiniteFloat = number(0.5, 0.0, 10.0, "seconds of open eyes that end it")


class DrowsyAlertSettings(Section):
    """PERCLOS over 60 and 180 seconds, the larger one."""

    notice: FiniteFloat = number(0.08, 0.01, 1.0, "share of closed eyes that is advised of")
    warning: FiniteFloat = number(0.15, 0.01, 1.0, "share that is warned of")
    critical: FiniteFloat = number(0.30, 0.01, 1.0, "share that is critical")
    leave_ratio: FiniteFloat = number(0.75, 0.1, 1.0, "below the notice's share times this it ends")
    clear_s: FiniteFloat = number(5.0, 0.0, 60.0, "seconds below that end it")
    yawns: int = Field(
        3,
        ge=1,
        le=100,
        description="recent yawns that make the notice a warning; alone they never alarm",
    )

    @model_validator(mode="after")
    def _rising(self) -> Self:
        if not self.notice <= self.warning <= self.critical:
            raise ValueError("notice, warning and critical must not fall")
        return self


class RepetitionSettings(Section):
    """Alerts that come again: more urgent, then less often."""

    window_s: FiniteFloat = number(600.0, 60.0, 3600.0, "seconds over which alerts of a kind are counted")
    microsleeps: int = Field(2, ge=2, le=20, description="so many in the window are critical")
    distractions: int = Field(
        3,
        ge=2,
        le=20,
        description="so many, or so many series of glances, in the window are critical",
    )
    pause_s: FiniteFloat = number(
        60.0, 0.0, 600.0, "seconds until an escalated drowsy, distraction or glances alert is raised again"
    )


class ProfileSettings(Section):
    """What regulations set apart; read with `profile = "custom"` only."""

    microsleep_s: FiniteFloat = number(1.5, 1.0, 2.0, "seconds of closed eyes (Euro NCAP: 1 to 2)")
    distraction_s: FiniteFloat = number(3.0, 1.0, 10.0, "seconds away from fast_kmh on, or at unknown speed")
    distraction_slow_s: FiniteFloat = number(3.0, 1.0, 20.0, "seconds away between slow_kmh and fast_kmh")
    slow_kmh: FiniteFloat = number(20.0, 0.0, 100.0, "km/h under which nobody is distracted")
    fast_kmh: FiniteFloat = number(50.0, 0.0, 150.0, "km/h from which distraction_s holds")
    glances_s: FiniteFloat = number(10.0, 3.0, 30.0, "seconds of glances in all (Euro NCAP, VATS: 10 in 30)")
    drowsy_kmh: FiniteFloat = number(50.0, 0.0, 150.0, "km/h under which nobody is warned of PERCLOS")

    @model_validator(mode="after")
    def _slow_below_fast(self) -> Self:
        if self.slow_kmh > self.fast_kmh:
            raise ValueError(f"slow_kmh ({self.slow_kmh}) must not be above fast_kmh ({self.fast_kmh})")
        return self


EURO_NCAP = ProfileSettings()
"""Driver state monitoring of Euro NCAP: 3 s away from 20 km/h on, drowsiness from 50 km/h on."""

EU_ADDW = ProfileSettings(distraction_s=3.5, distraction_slow_s=6.0, drowsy_kmh=70.0)
"""Distraction after (EU) 2023/2590: 3.5 s from 50 km/h, 6 s from 20 km/h on; drowsiness from 70 km/h on."""


class AlertSettings(Section):
    """When to speak."""

    profile: Literal["euro_ncap", "eu_addw", "custom"] = Field(
        "euro_ncap", description="whose thresholds; custom: those of [alerts.custom]"
    )
    custom: ProfileSettings = EURO_NCAP
    sleep: SleepAlertSettings = SleepAlertSettings()
    drowsy: DrowsyAlertSettings = DrowsyAlertSettings()
    repetition: RepetitionSettings = RepetitionSettings()
    emotion: EmotionAlertSettings = EmotionAlertSettings()
    not_seen: NotSeenAlertSettings = NotSeenAlertSettings()
    degraded: DegradedAlertSettings = DegradedAlertSettings()

    @model_validator(mode="after")
    def _custom_is_read(self) -> Self:
        if self.profile != "custom" and self.custom != EURO_NCAP:
            raise ValueError(f'custom is not read with profile = "{self.profile}"; write profile = "custom"')
        return self

    @property
    def thresholds(self) -> ProfileSettings:
        """The profile's."""
        return {"euro_ncap": EURO_NCAP, "eu_addw": EU_ADDW, "custom": self.custom}[self.profile]
