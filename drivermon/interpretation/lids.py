"""How far the eyes are open, as a share of the driver's own opening.

Openness = (aperture - shut) / (open - shut), clipped to 0 to 1: personal levels of Soukupova & Cech's
ratio or of a network's aperture, the population's until learned (`priors`).
"""

from dataclasses import dataclass, field

from drivermon.config import BaselineSettings
from drivermon.interpretation.lasting import Lasting, Limits
from drivermon.interpretation.priors import Prior
from drivermon.interpretation.quantile import Histogram
from drivermon.memory import STRICT

WIDEST_APERTURE = 0.64
OPEN_QUANTILE = 0.75
"""Of the apertures of eyes that are not shut: above the blinks, below the noise."""

LEARNS_ABOVE = 0.3
"""Openness under which a lid teaches nothing about open eyes: closed is never learned to be normal."""

BLINK = Limits(enter=-0.5, leave=-0.65)
BLINK_MOST_S = 0.5
BLINK_LEAST_FPS = 14.0
BLINKS_KEPT = 24
BLINKS_NEEDED = 6


@dataclass(slots=True)
class Lids:
    """The driver's own lids; numbers to be kept.

    Attributes:
        seconds: spent at each aperture, of eyes that are not shut.
        open: learned aperture of open eyes; it may rise and never sinks as the driver tires.
        shut: learned aperture of shut eyes.
        dip: of the blink that goes on.
        deepest: its smallest aperture.
        bottoms: smallest aperture of the last blinks.

    """

    __pydantic_config__ = STRICT
    seconds: Histogram = field(default_factory=Histogram)
    open: float | None = None
    shut: float | None = None
    dip: Lasting = field(default_factory=Lasting)
    deepest: float = WIDEST_APERTURE
    bottoms: list[float] = field(default_factory=list)

    def openness(self, aperture: float, prior: Prior) -> float:
        """Return 0 shut to 1 open."""
        shut = prior.shut if self.shut is None else self.shut
        opened = prior.open if self.open is None else self.open
        return min(1.0, max(0.0, (aperture - shut) / (opened - shut)))

    def learn(self, t: float, dt_s: float, aperture: float, prior: Prior) -> None:
        """Learn from eyes of a driver who looks ahead; `dt_s` is the time since the frame before."""
        openness = self.openness(aperture, prior)
        if openness > LEARNS_ABOVE:
            self.seconds.add(aperture / WIDEST_APERTURE, dt_s)
        if dt_s * BLINK_LEAST_FPS <= 1.0:
            self._learn_shut(t, openness, aperture, prior)
        else:
            self.dip = Lasting()

    def settle(self, prior: Prior, settings: BaselineSettings) -> None:
        """Take over what was learned about open eyes, once there is enough of it."""
        if self.seconds.total_s < settings.learn_s and self.open is None:
            return
        level = (self.seconds.quantile(OPEN_QUANTILE) or 0.0) * WIDEST_APERTURE
        level = min(settings.widest * prior.open, max(settings.narrowest * prior.open, level))
        self.open = level if self.open is None else max(self.open, level)

    def _learn_shut(self, t: float, openness: float, aperture: float, prior: Prior) -> None:
        blinked = self.dip.step(t, -openness, BLINK)
        if self.dip.since is not None:
            self.deepest = min(self.deepest, aperture)
            return
        if blinked is not None and blinked.length_s < BLINK_MOST_S:
            self.bottoms = [*self.bottoms, self.deepest][-BLINKS_KEPT:]
            if len(self.bottoms) >= BLINKS_NEEDED:
                # the deepest quarter: between two frames most blinks show less than their bottom
                bottom = sorted(self.bottoms)[len(self.bottoms) // 4]
                self.shut = min(prior.most_shut, max(prior.shut / 2, bottom))
        self.deepest = WIDEST_APERTURE
