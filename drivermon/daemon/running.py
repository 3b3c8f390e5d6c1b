"""What the commands run: a daemon on a camera, or on recordings as if they happened now."""

import logging
from collections.abc import Callable
from contextlib import closing

from drivermon.config import Settings
from drivermon.daemon.corridor import Corridor, open_corridor, open_decisions
from drivermon.daemon.daemon import Daemon, Loaders
from drivermon.daemon.keeper import open_keeper
from drivermon.daemon.notify import Notifier
from drivermon.daemon.playing import PlayedSource
from drivermon.errors import SourceError
from drivermon.sources import RecordedSource, Source, open_source

logger = logging.getLogger(__name__)


def run_daemon(settings: Settings, loop: bool, load: Callable[[], Settings]) -> None:
    """Run the daemon on `settings.camera.source` until SIGTERM, or the end of a recording.

    Args:
        settings: as loaded.
        loop: a recording begins again at its end.
        load: reads the configuration again, on SIGHUP.

    Raises:
        DrivermonError: the source, a network or the bus can't be opened, or a recording not read on.

    """
    loaders = Loaders(load, lambda changed: open_live(changed, loop))
    source = loaders.source(settings)
    corridor = _corridor_for(settings.camera.source, settings)
    can = settings.can if settings.can.interface else None
    Daemon(corridor, source, loaders, lambda: open_keeper(source.name), Notifier(), can).run()


def publish_recording(uri: str, settings: Settings, speed: float) -> None:
    """Put a recorded or simulated drive on the bus once; nothing is kept.

    Raises:
        DrivermonError: as `run_daemon`.

    """
    source = PlayedSource(lambda: _recording(uri, settings), speed=speed)
    corridor = _corridor_for(uri, settings)
    Daemon(corridor, source, Loaders(lambda: settings, lambda _: source)).run()


def open_live(settings: Settings, loop: bool) -> Source:
    """Open the source that the settings name; a recording is played in real time."""
    uri = settings.camera.source
    source = open_source(uri, settings)
    if source.clock == "monotonic":
        return source
    source.close()
    return PlayedSource(lambda: open_source(uri, settings), loop)


def _recording(uri: str, settings: Settings) -> Source:
    source = open_source(uri, settings)
    if source.clock == "monotonic":
        source.close()
        raise SourceError(f"{uri}: a camera, not a recording; use `drivermon run`")
    return source


def _corridor_for(uri: str, settings: Settings) -> Corridor:
    with closing(open_source(uri, settings)) as source:
        if isinstance(source, RecordedSource):
            return open_decisions(settings, source.header.digests.networks)
    return open_corridor(settings)
