"""Where events come from: `open_source` gives a `Source` for a file, folder, camera, stream or simulation."""

from drivermon.sources.opening import open_source, understood
from drivermon.sources.pictures import load_picture, picture_paths
from drivermon.sources.recorded import RecordedSource
from drivermon.sources.source import Source

__all__ = ["RecordedSource", "Source", "load_picture", "open_source", "picture_paths", "understood"]
