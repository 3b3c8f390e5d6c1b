"""drivermon: one camera on the driver's face in, typed alerts out.

For alerting apps::

    from drivermon import Alert, LinkLost, subscribe

    for message in subscribe():
        match message:
            case Alert():
                ...
            case LinkLost():
                ...

Nothing is imported before it is asked for: `import drivermon` costs nothing.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from drivermon.bus.link import LinkLost, LinkRestored, LinkState, Missed, NewerSchema, Restarted
    from drivermon.bus.sender import SignalSender, send_signal
    from drivermon.bus.subscriber import AsyncSubscription, Subscription, asubscribe, subscribe
    from drivermon.errors import DrivermonError
    from drivermon.messages import Alert, AlertEvent, AlertKind, DriverState, Health, Observation, Severity

__version__ = "0.1.0"

__all__ = [
    "Alert",
    "AlertEvent",
    "AlertKind",
    "AsyncSubscription",
    "DriverState",
    "DrivermonError",
    "Health",
    "LinkLost",
    "LinkRestored",
    "LinkState",
    "Missed",
    "NewerSchema",
    "Observation",
    "Restarted",
    "Severity",
    "SignalSender",
    "Subscription",
    "__version__",
    "asubscribe",
    "send_signal",
    "subscribe",
]

_HOMES = {
    "drivermon.bus.link": ("LinkLost", "LinkRestored", "LinkState", "Missed", "NewerSchema", "Restarted"),
    "drivermon.bus.sender": ("SignalSender", "send_signal"),
    "drivermon.bus.subscriber": ("AsyncSubscription", "Subscription", "asubscribe", "subscribe"),
    "drivermon.errors": ("DrivermonError",),
    "drivermon.messages": (
        "Alert",
        "AlertEvent",
        "AlertKind",
        "DriverState",
        "Health",
        "Observation",
        "Severity",
    ),
}


def __getattr__(name: str) -> Any:
    for module, names in _HOMES.items():
        if name in names:
            return getattr(importlib.import_module(module), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
