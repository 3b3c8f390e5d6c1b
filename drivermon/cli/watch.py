"""`drivermon watch`: the bus, live in the terminal."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.live import Live

from drivermon.bus.subscriber import Item, Subscription, subscribe
from drivermon.cli.display.bus_view import BusView, link_in_words
from drivermon.cli.display.keyboard import Keyboard
from drivermon.cli.display.words import alert_in_words, state_in_words
from drivermon.cli.output import console, emit, flush
from drivermon.config import EmotionSettings
from drivermon.messages import Alert, DriverState, Health, Observation

_TURN_S = 0.1
"""Between two looks at the keyboard; also the shortest time between two drawings."""


def watch(
    endpoint: Annotated[
        str | None,
        typer.Option(
            "--endpoint",
            "-e",
            metavar="URI",
            help="ipc:///path or tcp://host:port.",
            show_default="the daemon of this computer",
        ),
    ] = None,
    keys: Annotated[
        Path | None,
        typer.Option("--keys", metavar="DIR", help="Folder of this client's keys, from `drivermon keys`."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Write every message as it is on the bus, one JSON object a line.")
    ] = False,
    duration_s: Annotated[
        float | None, typer.Option("--for", metavar="SECONDS", min=0.0, help="Leave after so many seconds.")
    ] = None,
) -> None:
    """Watch what drivermon publishes: state, open alerts, health, and whether it is heard at all.

    It may be started before drivermon and stays when drivermon goes and comes back. Press q to leave.
    Into a pipe or file it writes a line for each alert, each change of the state and each event of the link.

    Example: [bold]drivermon watch --endpoint tcp://car:5570 --keys dashboard/[/bold]
    """
    ends = time.monotonic() + duration_s if duration_s is not None else float("inf")
    with subscribe(endpoint, keys=keys) as subscription:
        if as_json:
            _follow(subscription, ends, lambda _: _as_json(subscription))
        elif console().is_terminal:
            _live(subscription, ends)
        else:
            _follow(subscription, ends, _PlainLines())


def _live(subscription: Subscription, ends: float) -> None:
    view = BusView(subscription.endpoint, EmotionSettings().confidence)
    with Keyboard() as keyboard, Live(console=console(), screen=True, auto_refresh=False) as live:
        while time.monotonic() < ends and keyboard.pressed(0.0) != "q":
            turn_ends = time.monotonic() + _TURN_S
            while (left_s := turn_ends - time.monotonic()) > 0:
                item = subscription.receive(left_s)
                if item is not None:
                    view.take(item)
            view.link, view.open_alerts = subscription.link, subscription.open_alerts
            live.update(view.draw(*live.console.size), refresh=True)


def _follow(subscription: Subscription, ends: float, line: Callable[[Item], str | None]) -> None:
    while (left_s := ends - time.monotonic()) > 0:
        item = subscription.receive(None if left_s == float("inf") else left_s)
        text = None if item is None else line(item)
        if text is not None:
            emit(text)
            flush()  # whoever reads through a pipe waits for it


def _as_json(subscription: Subscription) -> str | None:
    return None if subscription.envelope is None else subscription.envelope.model_dump_json()


class _PlainLines:
    """Turns what is heard into lines, a state only when it says something else than the one before."""

    def __init__(self) -> None:
        self._state = ""

    def __call__(self, item: Item) -> str | None:
        text = self._words(item)
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return None if text is None else f"{now}  {text}"

    def _words(self, item: Item) -> str | None:
        match item:
            case Alert():
                return f"alert {item.id} {item.event} {item.severity}: {alert_in_words(item)}"
            case DriverState():
                before, self._state = self._state, state_in_words(item)
                return None if self._state == before else f"state: {self._state}"
            case Health() | Observation():
                return None
            case _:
                return f"link: {link_in_words(item)}"
