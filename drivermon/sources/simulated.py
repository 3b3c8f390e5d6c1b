"""A simulated drive as a source like any other."""

import math
from collections.abc import Iterator
from dataclasses import replace

from drivermon.events import Frame
from drivermon.messages import Event
from drivermon.sources.source import Clock, Source


class SimulatedSource(Source):
    """The frames, gaps and signals of a drive script; its truth is left behind."""

    clock: Clock = "media"

    def __init__(self, script: str, name: str) -> None:
        """Read the script.

        Args:
            script: name of a shipped script, or path of one.
            name: of the source, as given.

        Raises:
            ScriptError: no such script, or a line that is not understood.

        """
        # reading a video must not wait for the simulation to be loaded
        from drivermon.simulation.play import load_script  # noqa: PLC0415

        self._script = load_script(script)
        self.name = name
        self.stem = self._script.name
        self.duration_s = self._script.length_s
        self.frame_count = math.ceil(self._script.length_s * self._script.fps)

    def events(self) -> Iterator[Event]:
        """Yield what the script plays."""
        from drivermon.simulation.play import play  # noqa: PLC0415

        for event, _ in play(self._script):
            yield replace(event, source=self.name) if isinstance(event, Frame) else event

    def close(self) -> None:
        """Do nothing: a simulation holds no file."""
