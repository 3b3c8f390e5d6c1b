"""Where events come from: `open_source` gives a `Source` for a file, folder, camera, stream or simulation.

Nothing is imported before it is asked for: the process that reads a camera stays small.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from drivermon.sources.opening import open_source, understood
    from drivermon.sources.pictures import load_picture, picture_paths
    from drivermon.sources.recorded import RecordedSource
    from drivermon.sources.source import Source

__all__ = ["RecordedSource", "Source", "load_picture", "open_source", "picture_paths", "understood"]

_HOMES = {
    "RecordedSource": "recorded",
    "Source": "source",
    "load_picture": "pictures",
    "open_source": "opening",
    "picture_paths": "pictures",
    "understood": "opening",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
