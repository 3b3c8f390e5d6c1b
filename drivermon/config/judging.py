"""Settings of interpretation: what the driver's own normal is, when eyes are closed, when a look is away."""

from typing import Self

from pydantic import FiniteFloat, model_validator

from drivermon.config.section import Section, number


class BaselineSettings(Section):
    """The driver's own normal: open eyes, head ahead, lips at rest."""

    learn_s: FiniteFloat = number(
        20.0,
        5.0,
        600.0,
        "seconds of open eyes and a head ahead until the driver's normal is learned",
    )
    narrowest: FiniteFloat = number(
        0.55, 0.2, 1.0, "an open level is never learned below this share of the population's"
    )
    widest: FiniteFloat = number(
        1.5, 1.0, 3.0, "an open level is never learned above this share of the population's"
    )
    yaw_deg: FiniteFloat = number(
        45.0, 0.0, 60.0, "degrees to either side up to which a head ahead may be turned to the camera"
    )
    down_deg: FiniteFloat = number(
        15.0, 0.0, 30.0, "degrees down, likewise; a driver who looks into the lap teaches nothing"
    )
    up_deg: FiniteFloat = number(25.0, 0.0, 45.0, "degrees up, likewise")
    new_driver_s: FiniteFloat = number(
        15.0, 2.0, 600.0, "seconds without a face in a standing car after which everything is learned anew"
    )


class DrowsinessSettings(Section):
    """Eyes and yawns over time."""

    closed: FiniteFloat = number(
        0.2, 0.05, 0.5, "share of the own opening under which eyes are closed (PERCLOS P80)"
    )
    open: FiniteFloat = number(0.3, 0.05, 0.9, "share of the own opening above which they are open again")
    open_s: FiniteFloat = number(
        0.1, 0.0, 1.0, "seconds that eyes must stay open to end a closure: a flicker ends none"
    )
    visible: FiniteFloat = number(
        0.7, 0.0, 1.0, "how surely an eye must be seen to be judged at all (eyes_visible)"
    )
    blink_most_s: FiniteFloat = number(
        0.5, 0.2, 1.0, "seconds; a longer closure is prolonged and no blink any more"
    )
    blink_fps: FiniteFloat = number(
        15.0, 5.0, 120.0, "Hz; blinks are counted from this frame rate on (10 Hz shows half of them)"
    )
    perclos_least_s: FiniteFloat = number(
        0.25, 0.0, 1.0, "seconds; shorter closures are blinks and no part of PERCLOS"
    )
    down_deg: FiniteFloat = number(
        5.0, 2.0, 20.0, "degrees; a head that goes down by more may take the lids with it (look-down guard)"
    )
    down_before_s: FiniteFloat = number(
        0.3, 0.0, 1.0, "seconds; a closure this much older than a movement of the head, or than the loss of "
        "the eyes, was first and keeps its timer",
    )  # fmt: skip
    down_after_s: FiniteFloat = number(
        0.5, 0.0, 2.0, "seconds after the head went down in which lids that sink are part of a glance"
    )
    yawn_s: FiniteFloat = number(
        1.5,
        1.0,
        5.0,
        "seconds that the mouth must be wide open (yawns last 3.5 to 6.3 s)",
    )
    recent_yawns_s: FiniteFloat = number(600.0, 60.0, 3600.0, "seconds for which a yawn counts as recent")

    @model_validator(mode="after")
    def _open_above_closed(self) -> Self:
        if self.open <= self.closed:
            raise ValueError(f"open ({self.open}) must be above closed ({self.closed})")
        return self


class DistractionSettings(Section):
    """Where the head points, against the driver's own straight ahead."""

    yaw_deg: FiniteFloat = number(
        23.0, 5.0, 60.0, "degrees to the side past which a look is away (openpilot)"
    )
    pitch_deg: FiniteFloat = number(18.0, 5.0, 45.0, "degrees up or down, likewise (openpilot)")
    return_share: FiniteFloat = number(
        0.8, 0.3, 1.0, "share of both angles under which a look is forward again"
    )
    return_s: FiniteFloat = number(
        0.2, 0.0, 1.0, "seconds forward that count as a return of attention (UN R171)"
    )
    glances_window_s: FiniteFloat = number(
        30.0, 10.0, 120.0, "seconds over which repeated glances are added up (Euro NCAP, VATS)"
    )
    glances_reset_s: FiniteFloat = number(
        2.0, 0.5, 10.0, "seconds forward after which they are forgotten (Euro NCAP, VATS)"
    )
    buffer_s: FiniteFloat = number(2.0, 0.5, 10.0, "seconds that the full attention buffer lasts (AttenD)")
    mirror_s: FiniteFloat = number(
        1.0, 0.0, 3.0, "seconds to the side and not down, as into a mirror, that cost no buffer (AttenD)"
    )
    turning_s: FiniteFloat = number(
        3.0, 0.0, 10.0, "seconds that a look to the side of the turn signal or the turn is no look away"
    )
    steering_deg: FiniteFloat = number(
        45.0, 5.0, 720.0, "degrees of the steering wheel from which the car turns"
    )
    standing_kmh: FiniteFloat = number(5.0, 0.0, 20.0, "km/h under which the car stands")
