"""Building blocks of actions: how fast lids and heads move, and amounts that may be left out.

Head turns take 0.25 s and 6 ms a degree more, so that 40 degrees peak at about 150 degrees a second, as
drivers' do; a blink closes in 0.1 s and opens in 0.15 s.
"""

from drivermon.simulation.script.model import Action, Channel, Curve, Pull
from drivermon.simulation.script.words import Words

P80 = 0.8
"""Lids count as closed at 80 % of their way (PERCLOS)."""


def turn_s(degrees: float) -> float:
    """Return how long the head takes to turn by `degrees`, seconds."""
    return 0.25 + 0.006 * abs(degrees)


def turn(curve: Curve, degrees: float) -> Pull:
    """Return a turn of the head at its usual speed."""
    return Pull(curve, degrees, turn_s(degrees), turn_s(degrees))


def shut(*curves: Curve) -> tuple[Pull, ...]:
    """Return what shuts eyes as fast as a blink does; both if none is named."""
    return tuple(Pull(curve, 1.0, 0.10, 0.15, P80) for curve in curves or ("shut_left", "shut_right"))


def release(name: str, *channels: Channel) -> Action:
    """Return an action that ends what goes on in `channels`."""
    return Action(name, channels)


def amount(words: Words, what: str, low: float, high: float, usual: float) -> float:
    """Read a number that may be left out, as in `smile 0.6 for 2 s` and `smile 2 s`."""
    if words.is_number() and not words.is_duration():
        return words.number(what, low, high)
    return usual


def times(words: Words) -> int:
    """Read `N times`, which may be left out: once."""
    if not words.is_number() or words.is_duration():
        return 1
    count = words.whole("how often", 1, 100)
    words.literal("times")
    return count
