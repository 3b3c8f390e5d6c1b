"""Waiting for what must come, with a deadline far beyond what it takes."""

import time
from collections.abc import Callable

from drivermon import Subscription
from drivermon.bus.subscriber import Item

PATIENCE_S = 20.0


def received(subscription: Subscription, enough: Callable[[list[Item]], bool]) -> list[Item]:
    """Read until `enough` is true of all that came."""
    items: list[Item] = []
    deadline = time.monotonic() + PATIENCE_S
    while not enough(items):
        item = subscription.receive(deadline - time.monotonic())
        assert item is not None, f"only {items} came in {PATIENCE_S} s"
        items.append(item)
    return items


def first(subscription: Subscription, *kinds: type) -> Item:
    """Read until one of `kinds` comes."""
    return received(subscription, lambda items: bool(items) and isinstance(items[-1], kinds))[-1]


def until(condition: Callable[[], bool]) -> None:
    """Wait for something that nobody tells about."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "did not come true"
        time.sleep(0.002)
