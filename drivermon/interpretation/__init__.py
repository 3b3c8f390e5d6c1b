"""Observations, gaps and vehicle signals over time -> DriverState; reads nothing else."""

from drivermon.interpretation.interpreter import Interpreter

__all__ = ["Interpreter"]
