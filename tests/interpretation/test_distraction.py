"""Looks away, glances and the attention buffer."""

import pytest

from drivermon.events import VehicleSignal
from drivermon.messages import Observed
from tests.drives import unseen
from tests.interpretation.reading import at, face, played, states


@pytest.mark.parametrize("fps", [10, 15, 30, 60])
def test_a_look_away_is_timed_between_frames(fps: float) -> None:
    found = states(played("length 20 s\nt = 10.02 look right for 4 s", fps))
    assert at(found, 9.0).attention == "forward"
    assert at(found, 12.0).attention == "away"
    assert at(found, 12.0).away_s == pytest.approx(at(found, 12.0).t - 10.05, abs=0.08)
    assert at(found, 15.0).away_s == 0.0


def test_a_flicker_of_forward_is_no_return_of_attention() -> None:
    events = [face(k / 30, yaw=40.0 * (k > 150 and k not in (200, 230))) for k in range(300)]
    assert states(events)[-1].away_s == pytest.approx(4.9, abs=0.1)


def test_two_hundred_milliseconds_are_one() -> None:
    events = [face(k / 30, yaw=40.0 * (k > 150 and not 200 <= k < 207)) for k in range(300)]
    assert states(events)[-1].away_s == pytest.approx((299 - 207) / 30, abs=0.1)


def test_hiding_the_face_does_not_stop_a_look_away() -> None:
    events: list[Observed] = [face(k / 30, yaw=40.0 * (k > 150)) for k in range(180)]
    events += [unseen(6.0 + k / 30) for k in range(60)]
    assert states(events)[-1].away_s == pytest.approx(2.95, abs=0.1)
    assert states(events)[-1].attention == "away"


def test_a_face_that_is_lost_while_forward_looks_nowhere() -> None:
    found = states([*(face(k / 30) for k in range(90)), unseen(3.0)])
    assert found[-1].attention is None
    assert found[-1].away_s is None


def test_without_a_pose_nothing_is_known() -> None:
    found = states([face(0.0).model_copy(update={"face": None})])
    assert found[-1].attention is None
    assert found[-1].buffer_s is None


def test_glances_add_up_and_two_seconds_forward_forget_them() -> None:
    found = states(played("length 60 s\nt = 10 to 28 every 3 s look right 1.5 s"))
    assert at(found, 15.5).glances_s == pytest.approx(3.0, abs=0.2)
    assert at(found, 27.0).glances_s == pytest.approx(9.0, abs=0.4)
    assert at(found, 33.0).glances_s == 0.0


def test_one_long_look_is_no_repetition() -> None:
    assert at(states(played("length 40 s\nt = 10 look right for 12 s")), 21.5).glances_s == 0.0


def test_the_buffer_drains_away_fills_forward_and_spares_mirrors() -> None:
    down = states(played("length 20 s\nt = 10 look down for 1.5 s"))
    aside = states(played("length 20 s\nt = 10 look left_mirror for 1.5 s"))
    assert at(down, 9.0).buffer_s == 2.0
    assert at(down, 11.4).buffer_s == pytest.approx(0.65, abs=0.15)
    assert at(aside, 11.4).buffer_s == pytest.approx(1.6, abs=0.15)
    assert at(down, 15.0).buffer_s == 2.0
    assert at(states(played("length 20 s\nt = 10 look down for 5 s")), 14.0).buffer_s == 0.0


@pytest.mark.parametrize(
    ("signals", "look", "away"),
    [
        ("signal turn_signal left", "left", False),
        ("signal turn_signal left", "right", True),
        ("signal turn_signal left", "lap", True),
        ("signal turn_signal off", "left", True),
        ("signal turn_signal unknown", "left", True),
        ("signal steering_angle 90", "left", False),
        ("signal steering_angle -90", "left", True),
        ("signal steering_angle 10", "left", True),
    ],
)
def test_a_look_to_where_the_car_turns_is_none_away(signals: str, look: str, away: bool) -> None:
    found = states(played(f"length 20 s\n{signals}\nt = 10 look {look} for 2.5 s"))
    assert (at(found, 12.0).attention == "away") is away


def test_no_time_away_counts_while_the_car_stands() -> None:
    script = (
        "length 60 s\nsignal speed 60\nt = 25 signal speed 0\n"
        "t = 30 look right for 20 s\nt = 45 signal speed 60"
    )
    found = states(played(script))
    assert at(found, 44.0).away_s == pytest.approx(0.0, abs=0.05)
    assert at(found, 49.0).away_s == pytest.approx(4.0, abs=0.1)


@pytest.mark.parametrize(
    ("name", "value", "standing"),
    [
        ("speed", 0, True),
        ("speed", 60, False),
        ("speed", None, None),
        ("speed", "fast", None),
        ("gear", "P", True),
        ("gear", "D", None),
        ("gear", 3, None),
    ],
)
def test_whether_the_car_stands(name: str, value: float | str | None, standing: bool | None) -> None:
    assert states([VehicleSignal(0.0, name, value)])[-1].standing is standing
