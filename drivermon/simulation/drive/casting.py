"""From what a script says about the driver to a person."""

from dataclasses import replace
from functools import lru_cache

from drivermon.simulation.identity import CAST, Identity, random_identity
from drivermon.simulation.script.model import DriverChoice


@lru_cache(maxsize=64)
def identity_of(choice: DriverChoice) -> Identity:
    """Return the person that a script chose.

    Raises:
        SimulationError: a change is out of range.

    """
    person = CAST[choice.name] if choice.name is not None else random_identity(choice.seed or 0)
    return replace(person, **dict(choice.changes))  # type: ignore[arg-type]
