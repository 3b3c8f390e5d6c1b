"""The errors of drivermon: one small tree.

::

    DrivermonError
    ├── ConfigError          a setting is unknown, mistyped or out of range
    ├── InstallationError    a package is missing, doubled or broken
    ├── NetworkError         an ONNX network is missing, corrupt or not what the daemon needs
    ├── SourceError          a recording, picture, folder or device can't be opened or read
    │   └── ScriptError      a drive script has a line that is not understood
    ├── LabelsError          labelled events are missing, or can't be read or judged
    ├── SimulationError      a parameter of the synthetic driver is out of range
    ├── FrameError           a picture has a shape or type that can't be used
    ├── OutputError          a result can't be written
    ├── RuntimeDirectoryError    there is none, or it can't be used
    ├── RestoreError         what was kept over a restart can't be taken up
    ├── BenchmarkError       what is to be measured does not start, or ends
    └── BusError             the bus can't be opened or reached
        ├── EndpointTakenError   another process publishes there; names its process id
        ├── KeysError        a CURVE key is missing, unreadable, readable by others, or in the way
        └── SchemaError      a message can't be read by this version

Each message says what happened, where, and what to do about it. Commands turn every
`DrivermonError` into one line on standard error and the exit status in `exit_code`.
"""


class DrivermonError(Exception):
    """Whatever drivermon raises on purpose; anything else that escapes is a defect."""

    exit_code: int = 1


class ConfigError(DrivermonError):
    """A setting is unknown, mistyped or out of range; names file, dotted key and allowed range."""

    exit_code = 78  # EX_CONFIG of sysexits.h: systemd does not restart on it


class InstallationError(DrivermonError):
    """A package is missing, installed twice or broken; names the command that mends it."""


class NetworkError(DrivermonError):
    """An ONNX network is missing, corrupt, without metadata, of the wrong shape, or gives NaN."""


class SourceError(DrivermonError):
    """A recording, picture, folder or device can't be opened or read."""


class ScriptError(SourceError):
    """A drive script has a line that is not understood; names file, line and word."""


class LabelsError(DrivermonError):
    """Labelled events are missing, of an unknown kind, overlap or lie beyond the drive's end."""


class SimulationError(DrivermonError):
    """A parameter of the synthetic driver is out of range; names it and the allowed range."""


class FrameError(DrivermonError):
    """A picture has a shape or type that can't be used."""


class OutputError(DrivermonError):
    """A result can't be written: folder not writable, disk full, file in the way."""


class RuntimeDirectoryError(DrivermonError):
    """There is no runtime directory, or it can't be used; names the variable to set."""


class RestoreError(DrivermonError):
    """What was kept over a restart can't be taken up: damaged, or of another version."""


class BenchmarkError(DrivermonError):
    """What is to be measured does not start, or ends; says what it logged last."""


class BusError(DrivermonError):
    """The bus can't be opened or reached: an endpoint, a permission, a package of CAN."""


class EndpointTakenError(BusError):
    """Another process publishes there; names its process id where it is known."""


class KeysError(BusError):
    """A CURVE key is missing, unreadable, readable by others, or in the way of a new one."""


class SchemaError(BusError):
    """A message can't be read by this version: a newer drivermon wrote it, or another program."""
