"""An alerting app: speaks when drivermon does, and also when drivermon falls silent.

python examples/alerting_app.py [ENDPOINT]
"""

import sys

from drivermon import Alert, AlertEvent, LinkLost, LinkRestored, Restarted, subscribe

with subscribe(sys.argv[1] if len(sys.argv) > 1 else None, topics=["alert"]) as messages:
    for message in messages:
        match message:
            case Alert(event=AlertEvent.CLEARED):
                print(f"over: {message.kind}", flush=True)
            case Alert():
                print(f"{message.severity}: {message.kind} {message.evidence.detail or ''}", flush=True)
            case LinkLost():
                print("drivermon is silent: nobody watches the driver", flush=True)
            case LinkRestored():
                print("drivermon is back", flush=True)
            case Restarted():
                print("drivermon has restarted: old alerts are void", flush=True)
        print("open:", [str(alert.kind) for alert in messages.open_alerts], flush=True)
