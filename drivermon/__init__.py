"""drivermon: one camera on the driver's face in, typed alerts out."""

__version__ = "0.1.0"
