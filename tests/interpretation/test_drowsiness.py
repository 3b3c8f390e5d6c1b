"""Closed eyes, nods, blinks and yawns over time."""

import pytest

from drivermon.events import Gap, GapCause
from drivermon.messages import Eyes, Observation
from drivermon.simulation.play import HOG_68
from tests.drives import unseen
from tests.interpretation.reading import at, face, played, states


def drive(*parts: tuple[float, dict[str, float] | str], fps: float = 30) -> list[Observation | Gap]:
    """Stretches of so many seconds, each with what a face shows, or how it is missing."""
    events: list[Observation | Gap] = []
    t = 0.0
    for length_s, what in parts:
        for _ in range(round(length_s * fps)):
            if what == "gone":
                events.append(unseen(t))
            elif what == "lost":
                events.append(Gap(t, GapCause.LOST))
            else:
                events.append(face(t, **what))  # type: ignore[arg-type]
            t = round(t + 1 / fps, 6)
    return events


OPEN: dict[str, float] = {}
SHUT = {"openness": 0.0}
HIDDEN = {"openness": 0.0, "visible": 0.1}


@pytest.mark.parametrize("fps", [10, 15, 30, 60])
def test_closed_eyes_are_timed_between_frames(fps: float) -> None:
    found = states(played("length 20 s\nt = 10.03 eyes closed for 4 s", fps))
    assert at(found, 9.5).eyes_closed_s == 0.0
    assert at(found, 12.0).eyes_closed_s == pytest.approx(at(found, 12.0).t - 10.03, abs=0.06)
    assert at(found, 15.0).eyes_closed_s == 0.0


@pytest.mark.parametrize("out_of_sight", ["gone", "lost", HIDDEN])
def test_a_closure_goes_on_out_of_sight(out_of_sight: dict[str, float] | str) -> None:
    found = states(drive((10, OPEN), (1, SHUT), (3, out_of_sight), (1, SHUT), (1, OPEN)))
    assert at(found, 13.5).eyes_closed_s == pytest.approx(3.5, abs=0.05)
    assert at(found, 14.5).eyes_closed_s == pytest.approx(4.5, abs=0.05)
    assert at(found, 15.5).eyes_closed_s == 0.0


@pytest.mark.parametrize("out_of_sight", ["gone", "lost", HIDDEN])
def test_a_closure_that_has_only_begun_is_not_known_out_of_sight(
    out_of_sight: dict[str, float] | str,
) -> None:
    found = states(drive((10, OPEN), (0.2, SHUT), (3, out_of_sight), (1, SHUT)))
    assert at(found, 11.0).eyes_closed_s is None
    assert at(found, 14.0).eyes_closed_s == pytest.approx(0.8, abs=0.05)


def test_open_eyes_out_of_sight_are_not_closed() -> None:
    found = states(drive((10, OPEN), (3, "gone")))
    assert found[-1].eyes_closed_s is None
    assert found[-1].eyes_usable is None


def test_one_frame_without_eyes_does_not_begin_the_count_anew() -> None:
    found = states(drive((10, OPEN), (0.2, SHUT), (1 / 30, "gone"), (1.3, SHUT)))
    assert found[-1].eyes_closed_s == pytest.approx(1.5, abs=0.05)


@pytest.mark.parametrize("lids_first_s", [-0.4, -0.2, 0.0, 0.2])
def test_lids_that_go_down_with_the_head_are_a_glance(lids_first_s: float) -> None:
    lids_t = 10.0 - lids_first_s
    events = [
        face(k / 30, openness=float(not lids_t <= k / 30 < 14), pitch=-28.0 * (10 <= k / 30 < 14))
        for k in range(16 * 30)
    ]
    found = states(events)
    assert at(found, 12.0).eyes_closed_s == 0.0
    assert at(found, 12.0).attention == "away"
    assert at(found, 15.0).attention == "forward"


def test_lids_that_went_down_well_before_the_head_are_sleep() -> None:
    events = [
        face(k / 30, openness=float(not 9.4 <= k / 30 < 14), pitch=-28.0 * (10 <= k / 30 < 14))
        for k in range(16 * 30)
    ]
    found = states(events)
    assert at(found, 12.0).eyes_closed_s == pytest.approx(2.6, abs=0.05)
    assert at(found, 12.0).attention is None
    assert at(found, 12.0).away_s is None


def test_eyes_still_closed_when_the_head_is_up_again_are_closed() -> None:
    events = [
        face(k / 30, openness=float(k / 30 < 10), pitch=-28.0 * (10 <= k / 30 < 12)) for k in range(15 * 30)
    ]
    assert at(states(events), 14.0).eyes_closed_s == pytest.approx(2.0, abs=0.2)


def test_a_bump_in_the_road_is_no_glance() -> None:
    events = [
        face(k / 30, openness=float(k / 30 < 10), pitch=-9.0 * (10.1 <= k / 30 < 10.4)) for k in range(390)
    ]
    assert at(states(events), 12.5).eyes_closed_s == pytest.approx(2.5, abs=0.1)


def test_one_shut_eye_is_no_closure_and_one_that_is_seen_is_enough() -> None:
    wink = face(10.0).model_dump()
    wink["face"]["eyes"] = Eyes(left=0.03, right=0.285)
    assert states([face(9.9), Observation(**wink)])[-1].eyes_closed_s == 0.0
    wink["face"]["eyes_visible"] = Eyes(left=0.9, right=0.1)
    assert states([Observation(**{**wink, "t": 10 + k / 10}) for k in range(6)])[-1].eyes_closed_s == 0.5


def test_half_open_lids_after_a_blink_are_not_closed() -> None:
    found = states(drive((10, OPEN), (0.15, SHUT), (4, {"openness": 0.27}), (1, OPEN)))
    assert at(found, 12.0).eyes_closed_s == 0.0


def test_blinks_are_counted_at_15_hz_and_not_below() -> None:
    script = "length 60 s\nt = 5 to 55 every 2 s blink 100 ms"
    assert states(played(script, 30))[-1].blinks == 26
    assert states(played(script, 15))[-1].blinks == pytest.approx(26, abs=4)
    assert states(played(script, 10))[-1].blinks is None


def test_long_closures_are_no_blinks() -> None:
    assert states(played("length 30 s\nt = 5 to 25 every 5 s eyes closed for 0.8 s"))[-1].blinks == 0


@pytest.mark.parametrize("fps", [10, 15, 30, 60])
def test_yawns_are_counted_once_each(fps: float) -> None:
    found = states(played("length 60 s\nt = 10 yawn 4 s\nt = 25 yawn 6 s\nt = 40 yawn 4 s", fps))
    assert [at(found, t).yawns for t in (9, 15, 33, 59)] == [0, 1, 2, 3]
    assert at(found, 13.0).yawning
    assert at(found, 20.0).yawning is False
    assert found[-1].recent_yawns == 3


@pytest.mark.parametrize("doing", ["talk", "sing", "laugh", "eat"])
def test_other_mouths_are_no_yawns(doing: str) -> None:
    assert states(played(f"length 60 s\nt = 10 {doing} for 45 s"))[-1].yawns == 0


def test_a_yawn_aside_is_one() -> None:
    assert states(played("length 40 s\nt = 20 yawn\nt = 20.5 head yaw 40 for 3 s"))[-1].yawns == 1


def test_a_hand_that_goes_before_a_yawn_ends_it_only_after_a_while() -> None:
    wide, shut = {"mouth": 1.1}, {"mouth": 0.02}
    hidden: dict[str, float | None] = {"mouth": None}
    found = states(drive((5, shut), (1, wide), (1, hidden), (1, wide), (3, hidden), (2, shut)))  # type: ignore[arg-type]
    assert found[-1].yawns == 1
    assert at(found, 10.5).yawning is None or at(found, 10.5).yawning is False


def test_the_published_face_path_is_not_asked_about_turned_heads() -> None:
    found = states(
        played("length 30 s\nt = 10 look lap for 5 s\nt = 10 eyes narrow 0.1 for 5 s", noise=HOG_68)
    )
    assert at(found, 13.0).eyes_usable is not True
    assert not at(found, 13.0).eyes_closed_s


HIDDEN = {"visible": 0.1}
SHUT = {"openness": 0.0}


@pytest.mark.parametrize("fps", [10, 30])
def test_lids_that_flash_up_from_behind_a_lens_are_not_closed_eyes(fps: float) -> None:
    flashes = [(0.4, SHUT), (0.8, HIDDEN), (0.6, SHUT), (3.0, HIDDEN), (1.0, SHUT)]
    found = states(drive((3.0, HIDDEN), (4.0, SHUT), (1.0, HIDDEN), *flashes, fps=fps))
    assert not [state.t for state in found if state.eyes_closed_s]
    assert at(found, 8.0).degraded == "eyes_hidden"
    assert found[-1].degraded == "eyes_hidden"


@pytest.mark.parametrize("fps", [10, 30])
def test_eyes_seen_closed_for_long_enough_are_believed_whatever_was_before(fps: float) -> None:
    found = states(drive((3.0, HIDDEN), (8.0, SHUT), fps=fps))
    assert found[-1].eyes_closed_s == pytest.approx(8.0, abs=0.2)


@pytest.mark.parametrize("fps", [10, 30])
def test_hidden_eyes_that_were_seen_open_can_close(fps: float) -> None:
    found = states(drive((3.0, HIDDEN), (0.8, {}), (2.0, SHUT), fps=fps))
    assert found[-1].eyes_closed_s == pytest.approx(2.0, abs=0.2)


def test_a_short_glare_does_not_hide_a_closure_that_follows() -> None:
    found = states(drive((3.0, {}), (1.5, HIDDEN), (2.0, SHUT)))
    assert found[-1].eyes_closed_s == pytest.approx(2.0, abs=0.2)
