"""The outbox never blocks, never grows without end, and says what it lost."""

import select

from drivermon.bus.outbox import Outbox
from tests import samples


def readable(outbox: Outbox) -> bool:
    return bool(select.select([outbox.fd], [], [], 0)[0])


def test_what_is_put_is_taken_in_order_and_wakes_the_reader() -> None:
    outbox = Outbox()
    assert not readable(outbox)
    outbox.put((samples.state(), samples.alert()))
    outbox.put((samples.health(),))
    assert readable(outbox)
    assert outbox.take() == [samples.state(), samples.alert(), samples.health()]
    assert not readable(outbox)
    assert outbox.take() == []
    outbox.close()


def test_when_full_the_oldest_are_lost_and_counted() -> None:
    outbox = Outbox(capacity=3)
    for n in range(5):
        outbox.put((samples.health(float(n)),))
    assert [body.t for body in outbox.take()] == [2.0, 3.0, 4.0]
    assert outbox.lost == 2
    outbox.close()


def test_what_is_put_after_the_end_is_dropped_quietly() -> None:
    outbox = Outbox()
    outbox.close()
    outbox.put((samples.health(),))
    outbox.close()
