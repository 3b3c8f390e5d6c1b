"""The drive script: a text of settings, timed steps and expected alerts, read into a `Script`."""

from drivermon.simulation.script.model import Expectation, Script, Signal, Step
from drivermon.simulation.script.parsing import parse_script

__all__ = ["Expectation", "Script", "Signal", "Step", "parse_script"]
