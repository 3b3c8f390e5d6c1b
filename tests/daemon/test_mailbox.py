import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivermon.daemon import mailbox as module
from drivermon.daemon.mailbox import Mailbox
from drivermon.events import Frame, Gap, GapCause, VehicleSignal
from drivermon.messages import Event
from tests.drives import seen


def frame(t: float) -> Frame:
    return Frame(np.zeros((2, 2), np.uint8), t, 0, "test")


def lost(t: float) -> Gap:
    return Gap(t, GapCause.LOST)


def speed(t: float) -> VehicleSignal:
    return VehicleSignal(t, "speed", 50.0)


def taken(mailbox: Mailbox) -> list[Event]:
    events = []
    while (event := mailbox.take(0.0)) is not None:
        events.append(event)
    return events


def test_the_newest_picture_wins_and_what_it_replaces_is_counted() -> None:
    mailbox = Mailbox()
    for event in (frame(1.0), frame(2.0), seen(3.0)):
        mailbox.put(event)
    assert taken(mailbox) == [seen(3.0)]
    assert mailbox.dropped == 2


def test_gaps_and_signals_are_never_dropped() -> None:
    mailbox = Mailbox()
    for event in (seen(1.0), lost(1.5), lost(2.0), speed(1.2), seen(2.5), speed(2.2), seen(3.0)):
        mailbox.put(event)
    assert taken(mailbox) == [speed(1.2), lost(1.5), lost(2.0), speed(2.2), seen(3.0)]


def test_a_signal_waits_for_its_place_in_time() -> None:
    mailbox = Mailbox()
    mailbox.put(speed(1.2))
    assert mailbox.take(0.0) is None, "a picture captured at 1.1 may still come"
    mailbox.put(seen(1.1))
    assert taken(mailbox) == [seen(1.1)]
    mailbox.put(seen(1.3))
    assert taken(mailbox) == [speed(1.2), seen(1.3)]


def test_a_signal_that_comes_after_its_place_takes_the_next_one() -> None:
    mailbox = Mailbox()
    mailbox.put(seen(2.0))
    taken(mailbox)
    mailbox.put(speed(1.0))
    mailbox.put(seen(3.0))
    assert taken(mailbox) == [speed(2.0), seen(3.0)]


def test_a_flood_of_signals_is_bounded_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    mailbox = Mailbox()
    for n in range(module.MAX_SIGNALS + 5):
        mailbox.put(speed(n / 1e6))
    mailbox.put(seen(1.0))
    assert mailbox.signals_lost == 5
    assert len(taken(mailbox)) == module.MAX_SIGNALS + 1


def test_after_the_end_the_rest_can_still_be_taken() -> None:
    mailbox = Mailbox()
    mailbox.put(seen(1.0))
    mailbox.end()
    assert not mailbox.is_empty_for_good
    assert mailbox.take(60.0) == seen(1.0)
    assert mailbox.is_empty_for_good
    assert mailbox.take(60.0) is None


def test_waiting_time_counts_from_the_last_taking_and_not_from_the_newest_picture() -> None:
    now = 10.0
    mailbox = Mailbox(lambda: now)
    assert mailbox.waiting_s(99.0) == 0.0
    mailbox.put(seen(1.0))
    now = 12.0
    mailbox.put(seen(2.0))
    assert mailbox.waiting_s(13.0) == 3.0, "frames enter and nothing leaves"
    mailbox.take(0.0)
    assert mailbox.waiting_s(13.0) == 0.0


@given(st.lists(st.tuples(st.sampled_from([seen, lost, speed]), st.integers(0, 3), st.booleans())))
def test_time_never_goes_back_and_everything_but_pictures_comes_out(
    puts: list[tuple[type, int, bool]],
) -> None:
    mailbox, t, out = Mailbox(), 0.0, []
    put = {seen: 0, lost: 0, speed: 0}
    for make, step, take in puts:
        # signals are stamped when they come, pictures a little before
        t += step if make is not speed else 0
        mailbox.put(make(t + (1.0 if make is speed else 0.0)))
        put[make] += 1
        out += taken(mailbox) if take else []
    mailbox.put(lost(t + 2.0))
    out += taken(mailbox)
    assert [event.t for event in out] == sorted(event.t for event in out)
    assert sum(isinstance(event, Gap) for event in out) == put[lost] + 1
    assert sum(isinstance(event, VehicleSignal) for event in out) == put[speed]
    assert len(out) + mailbox.dropped == len(puts) + 1
