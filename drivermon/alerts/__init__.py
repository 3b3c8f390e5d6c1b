"""DriverState -> Alert: one explicit state machine, one table of rules."""

from drivermon.alerts.policy import AlertPolicy

__all__ = ["AlertPolicy"]
