"""A script as functions of time."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivermon.simulation.drive.easing import eased, time_share
from drivermon.simulation.drive.timeline import Timeline, apertures
from drivermon.simulation.parameters import DriverParameters
from drivermon.simulation.play import load_script, named_scripts, parse_script

BUSY = """
length 40 s
seed {seed}
t = 2 eyes closed for 1.8 s
t = 5 look right_mirror 0.8 s
t = 7 yawn 4 s
t = 13 talk 5 s
t = 19 nods off
t = 24 laugh 2 s
t = 28 leaves for 4 s
t = 34 eyes narrow 0.4 over 3 s
t = 38 camera covered for 1 s
"""


def timeline(lines: str = "", *, still: bool = True) -> Timeline:
    return Timeline(parse_script(f"length 30 s\n{'still' if still else ''}\n{lines}"))


def at(lines: str, t: float) -> DriverParameters:
    return timeline(lines).scene_at(t).parameters


@given(
    seed=st.integers(0, 1000),
    fps=st.sampled_from([10, 15, 25, 30, 60]),
    other=st.sampled_from([7, 15, 24, 60, 90]),
)
def test_the_drive_is_the_same_at_every_frame_rate(seed: int, fps: int, other: int) -> None:
    drive = Timeline(parse_script(BUSY.format(seed=seed)))
    some, more = np.arange(0, 40 * fps) / fps, np.arange(0, 40 * other) / other
    shared = np.intersect1d(some, more)
    assert len(shared) >= 40
    coarse, fine, alone = drive.curves(some), drive.curves(more), drive.curves(shared)
    for curve, values in alone.items():
        np.testing.assert_allclose(coarse[curve][np.isin(some, shared)], values, atol=1e-9)
        np.testing.assert_allclose(fine[curve][np.isin(more, shared)], values, atol=1e-9)


@given(start=st.floats(1, 10), lasts=st.floats(0.05, 12))
def test_lids_are_under_a_fifth_exactly_as_long_as_written(start: float, lasts: float) -> None:
    drive = timeline(f"t = {start:.3f} eyes closed for {lasts:.3f} s")
    start, end = round(start, 3), round(start, 3) + round(lasts, 3)
    shut = apertures(drive.curves(np.array([start - 0.002, start + 0.002, end - 0.002, end + 0.002])))
    for lids in shut:
        np.testing.assert_array_equal(lids < 0.2, [False, True, True, False])


@given(
    lasts=st.floats(0.2, 8),
    yaw=st.floats(-90, 90).filter(lambda yaw: abs(yaw) > 1),
)
def test_a_head_turn_is_half_way_at_its_start_and_end_and_gets_all_the_way(lasts: float, yaw: float) -> None:
    drive = timeline(f"t = 5 head yaw {yaw:.4f} for {lasts:.4f} s")
    end = 5 + round(lasts, 4)
    turned = drive.curves(np.array([5.0, (5 + end) / 2, end]))["yaw"]
    np.testing.assert_allclose(turned, [yaw / 2, yaw, yaw / 2], atol=1e-3 + 1e-4 * abs(yaw))


@pytest.mark.parametrize("name", sorted(named_scripts()))
def test_nothing_jumps(name: str) -> None:
    script = load_script(name)
    drive = Timeline(script)
    t = np.arange(0, script.length_s, 0.001)
    curves = drive.curves(t)
    # the fastest things there are: lids in a blink, the eyes in a saccade, a head of 500 degrees a second
    fastest = {"yaw": 500, "pitch": 500, "roll": 500, "gaze_yaw": 1500, "gaze_pitch": 1500}
    for curve, values in curves.items():
        assert np.abs(np.diff(values)).max() <= fastest.get(curve, 45) * 0.001, curve


def test_values_stay_in_the_renderers_ranges() -> None:
    lines = (
        "t = 1 head yaw 90 for 9 s\nt = 1 gaze yaw 45 for 9 s\nt = 1 eyes wide 1.3 for 9 s\nt = 1 laugh 9 s"
    )
    for scene in timeline(lines, still=False).scenes(np.arange(0, 30, 0.1)):
        assert -90 <= scene.parameters.yaw_deg <= 90  # and `DriverParameters` refuses everything else


def test_a_blink_closes_faster_than_it_opens() -> None:
    t = np.arange(4.5, 5.5, 0.001)
    left, right = apertures(timeline("t = 5 blink").curves(t))
    np.testing.assert_array_equal(left, right)
    moving = t[left < 0.99]
    lowest = t[left.argmin()]
    assert left.min() < 0.01
    assert 0.05 < lowest - moving[0] < 0.12
    assert 0.10 < moving[-1] - lowest < 0.22


def test_a_wink_moves_one_eye() -> None:
    winking = at("t = 5 wink left 1 s", 5.5)
    assert (winking.left_aperture, winking.right_aperture) == (0, 1)


def test_over_begins_at_its_time_and_stays() -> None:
    lids = [at("t = 5 eyes narrow 0.4 over 10 s", t).left_aperture for t in (4.9, 5, 10, 15, 29)]
    assert lids == pytest.approx([1, 1, 0.7, 0.4, 0.4])


def test_a_release_over_time_begins_at_its_time() -> None:
    lines = "t = 2 eyes narrow 0.4\nt = 10 eyes open over 4 s"
    lids = [at(lines, t).left_aperture for t in (9, 10, 12, 14, 20)]
    assert lids == pytest.approx([0.4, 0.4, 0.7, 1, 1])


def test_one_level_blends_into_the_next() -> None:
    yaws = timeline("t = 5 head yaw 30 for 3 s\nt = 8 head yaw 30 for 3 s").curves(np.arange(6, 10, 0.05))[
        "yaw"
    ]
    np.testing.assert_allclose(yaws, 30, atol=1e-6)


def test_sight_goes_before_the_head() -> None:
    turning = at("t = 5 look left_mirror 2 s", 4.9)
    assert turning.gaze_yaw_deg / 14 < turning.yaw_deg / 27  # not yet under way
    turning = at("t = 5 look left_mirror 2 s", 5.05)
    assert turning.gaze_yaw_deg / 14 > turning.yaw_deg / 27


def test_eyes_close_before_the_chin_drops() -> None:
    asleep = at("t = 5 nods off", 5.3)
    assert asleep.left_aperture == pytest.approx(0, abs=0.01)
    assert asleep.pitch_deg > -3
    assert at("t = 5 nods off", 7.0).pitch_deg < -30


def test_talking_moves_the_jaw_and_never_yawns() -> None:
    jaw = timeline("t = 2 talk 20 s").curves(np.arange(2, 22, 0.02))["jaw"]
    assert 0.2 < jaw.max() < 0.4
    assert np.mean(jaw > 0.05) > 0.3
    assert np.count_nonzero(np.diff(np.sign(np.diff(jaw)))) > 60


def test_a_driver_who_leaves_is_gone_and_comes_back() -> None:
    present = [at("t = 5 leaves\nt = 10 returns", t).present for t in (4, 7, 9, 12)]
    assert present == [True, False, False, True]
    assert at("t = 5 leaves\nt = 10 returns", 12).seat_m == (0, 0, 0)


def test_laughter_is_happy_and_open_mouthed() -> None:
    laughing = at("t = 5 laugh 2 s", 6)
    assert laughing.expression["happy"] == pytest.approx(1)
    assert laughing.jaw > 0.1


def test_light_camera_and_driver_change_at_their_times() -> None:
    drive = timeline(
        "t = 5 light night for 5 s\nt = 8 camera covered for 4 s\nt = 12 camera dark\nt = 20 driver seed 5"
    )
    assert [drive.scene_at(t).light.kind for t in (4.99, 5, 9.99, 10)] == [
        "day",
        "night_ir",
        "night_ir",
        "day",
    ]
    assert drive.scene_at(7).camera is drive.script.camera
    assert drive.scene_at(10).camera.covered == 1
    assert drive.scene_at(15).camera.dark == 1
    assert [drive.scene_at(t).driver.seed for t in (19, 20)] == [None, 5]
    assert drive.scene_at(9).doing == ("light night", "camera covered")


def test_flicker_changes_the_light_and_nothing_else() -> None:
    drive = timeline("t = 5 light flickers at 2 hz for 5 s")
    strengths = [drive.scene_at(t).light.intensity for t in np.arange(5, 10, 0.05)]
    assert min(strengths) < 0.3
    assert max(strengths) > 0.95
    assert drive.scene_at(11).light == drive.script.light


def test_habits_are_there_and_can_be_switched_off() -> None:
    t = np.arange(0, 300, 0.02)
    text = "length 300 s\n"
    moving = Timeline(parse_script(text)).curves(t)
    blinks = np.count_nonzero(np.diff((apertures(moving)[0] < 0.2).astype(int)) == 1)
    assert 8 * 5 <= blinks <= 22 * 5
    assert 0.5 < moving["yaw"].std() < 3
    still = Timeline(parse_script(text + "still")).curves(t)
    assert np.all(apertures(still)[0] == 1)
    assert not np.any(still["yaw"])


def test_no_own_blink_touches_a_scripted_closure() -> None:
    t = np.arange(0, 200, 0.005)
    lines = "length 200 s\nt = 0 to 190 every 4 s eyes closed for 1 s\n"
    for seed in range(5):
        shut = apertures(Timeline(parse_script(lines), seed).curves(t))[0] < 0.2
        starts = t[1:][np.diff(shut.astype(int)) == 1]
        ends = t[1:][np.diff(shut.astype(int)) == -1]
        scripted = [(a, b) for a, b in zip(starts, ends[1:], strict=False) if b - a > 0.5]
        assert len(scripted) >= 46
        for a, b in scripted:
            assert b - a == pytest.approx(1.0, abs=0.011)


def test_seeds_give_other_habits_and_the_same_seed_the_same() -> None:
    script = parse_script("length 20 s")
    t = np.arange(0, 20, 0.1)
    first, again, other = (Timeline(script, seed).curves(t) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first["yaw"], again["yaw"])
    assert np.abs(first["yaw"] - other["yaw"]).max() > 0.1


def test_the_way_is_minimum_jerk() -> None:
    assert eased(np.array([-1, 0, 0.5, 1, 2])).tolist() == [0, 0, 0.5, 1, 1]
    for share in (0.1, 0.5, 0.8):
        assert eased(np.array(time_share(share))) == pytest.approx(share)
