"""From what a camera gave to findings: nothing, too little, too dark, too small, too far out."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivermon.checking.camera import Camera, Captured, Device, device_of, judge_camera
from drivermon.checking.findings import Finding, Status
from drivermon.checking.scene import Scene, Seen, judge_scene
from drivermon.config import CameraSettings, Settings
from drivermon.messages import PictureQuality
from drivermon.perception.box import Box
from tests import samples
from tests.checking.asserting import assert_is, by_name

THERE = Device("/dev/video0", True, True, True, "video", ("/dev/video0",))
GOOD = Captured(60, (640, 480), 29.9, False, ())
CAMERA = Camera("0", "device", None, THERE, GOOD, None)
STREAM = replace(CAMERA, source="http://h/v", kind="stream", device=None)


def judged(camera: Camera, **wanted: Any) -> dict[str, Finding]:
    return by_name(judge_camera(camera, CameraSettings.model_validate(wanted)))


@pytest.mark.parametrize("camera", [CAMERA, STREAM], ids=["device", "stream"])
def test_a_camera_that_gives_what_was_asked_for(camera: Camera) -> None:
    assert {finding.status for finding in judged(camera).values()} == {Status.OK}


@pytest.mark.parametrize(
    ("device", "words"),
    [
        (replace(THERE, is_there=False, others=()), "no /dev/video*"),
        (replace(THERE, is_there=False, others=("/dev/video2",)), "there are /dev/video2"),
        (replace(THERE, is_camera=False), "is not a device"),
    ],
)
def test_a_camera_that_is_not_there_tells_how_to_list_them(device: Device, words: str) -> None:
    (found,) = judged(replace(CAMERA, device=device, captured=None)).values()
    assert_is(found, "fail", words, "v4l2-ctl --list-devices", "camera.source")


def test_a_camera_that_may_not_be_opened() -> None:
    (found,) = judged(replace(CAMERA, device=replace(THERE, usable=False), captured=None)).values()
    assert_is(found, "fail", "usermod -aG video")


def test_a_camera_that_the_daemon_has_is_not_opened_twice() -> None:
    found = judged(replace(CAMERA, captured=None, held_by=samples.health()))
    assert_is(found["camera"], "ok")
    assert_is(found["pictures"], "skipped", "the running daemon has it", "30 fps")


@pytest.mark.parametrize(
    ("camera", "status", "words"),
    [
        (
            replace(CAMERA, captured=Captured(0, None, None, False, ("busy", "very busy"))),
            "fail",
            "very busy",
        ),
        (replace(CAMERA, captured=Captured(0, None, None, False, ())), "fail", "fuser"),
        (replace(STREAM, captured=Captured(0, None, None, False, ())), "fail", "ffplay"),
        (replace(STREAM, kind=None, captured=None, error="x: what is it; say so"), "fail", "say so"),
        (replace(STREAM, error="x: truncated; copy it again"), "fail", "truncated"),
        (replace(CAMERA, captured=replace(GOOD, frozen=True)), "fail", "the same"),
        (replace(CAMERA, captured=replace(GOOD, reasons=("lost",))), "warn", "lost"),
    ],
)
def test_pictures_that_do_not_come(camera: Camera, status: str, words: str) -> None:
    assert_is(judged(camera)["pictures"], status, words)


def test_another_size_than_the_one_asked_for() -> None:
    large = replace(CAMERA, captured=replace(GOOD, size=(1280, 720)))
    found = judged(large)["picture size"]
    assert_is(found, "warn", "1280x720, and 640x480 was asked for", "camera.width = 1280", "v4l2-ctl")
    assert_is(judged(large, width=1280, height=720)["picture size"], "ok")


def test_a_turned_picture_has_the_size_asked_for_the_other_way_round() -> None:
    turned = replace(CAMERA, captured=replace(GOOD, size=(480, 640)))
    assert_is(judged(turned, rotate_deg=90)["picture size"], "ok")
    large = replace(CAMERA, captured=replace(GOOD, size=(720, 1280)))
    assert_is(judged(large, rotate_deg=270)["picture size"], "warn", "camera.width = 1280")


@pytest.mark.parametrize(("fps", "status"), [(None, "skipped"), (23.9, "warn"), (24.0, "ok"), (60.0, "ok")])
def test_a_rate_under_the_one_asked_for(fps: float | None, status: str) -> None:
    assert_is(judged(replace(CAMERA, captured=replace(GOOD, fps=fps)))["picture rate"], status)


def test_a_recording_has_the_size_it_has() -> None:
    found = judged(replace(STREAM, kind="recording"), width=1280)
    assert_is(found["size and rate"], "skipped", "640x480")


@pytest.mark.parametrize(
    ("source", "path"),
    [
        ("0", "/dev/video0"),
        ("/dev/video3", "/dev/video3"),
        ("/dev/driver-camera", "/dev/driver-camera"),
        ("v4l2:/dev/video1", "/dev/video1"),
        ("v4l2:2", "/dev/video2"),
        ("http://h/v", None),
        ("drive.mp4", None),
        ("sim:demo", None),
    ],
)
def test_which_sources_are_cameras(source: str, path: str | None) -> None:
    assert device_of(source) == path


# light and face

DAY = PictureQuality(brightness=110.0, contrast=50.0, detail=8.0, dark=0.02, bright=0.01)
FACE = Box(250.0, 150.0, 140.0, 180.0)


def scene(quality: PictureQuality = DAY, face: Box | None = FACE, count: int = 10) -> Scene:
    return Scene((640, 480), (Seen(quality, face),) * count, None)


def view(scene: Scene, **camera: Any) -> dict[str, Finding]:
    settings = Settings(camera=CameraSettings.model_validate(camera))
    return by_name(judge_scene(scene, settings))


def quality(**changes: float) -> PictureQuality:
    return DAY.model_copy(update=changes)


def test_a_driver_well_in_view() -> None:
    found = view(scene())
    assert_is(found["light"], "ok")
    assert_is(found["face in view"], "ok", "in 10 of 10 pictures")


@pytest.mark.parametrize(
    ("one", "status", "words"),
    [
        (scene(quality(brightness=4.0, contrast=2.0), None), "fail", "dark"),
        (scene(quality(brightness=60.0, contrast=2.0), None), "fail", "covered"),
        (scene(quality(bright=0.7), None), "warn", "blown out"),
        (scene(quality(bright=0.7)), "warn", "blown out"),
        (scene(quality(brightness=12.0)), "ok", "12"),
        (Scene(None, (), None), "skipped", "no picture"),
    ],
    ids=["dark", "covered", "blown out", "blown out round a face", "a face in the dark", "no picture"],
)
def test_the_light(one: Scene, status: str, words: str) -> None:
    assert_is(view(one)["light"], status, words)


@pytest.mark.parametrize(
    ("one", "status", "words"),
    [
        (scene(face=None), "warn", "none in 0 of 10"),
        (scene(face=Box(300.0, 200.0, 90.0, 110.0)), "warn", "small"),
        (scene(face=Box(560.0, 200.0, 120.0, 150.0)), "warn", "edge of the picture"),
        (scene(face=Box(10.0, 200.0, 105.0, 150.0)), "warn", "edge of the seat region"),
        (Scene((640, 480), (Seen(DAY, FACE),) + (Seen(DAY, None),) * 2, None), "warn", "only in 1 of 3"),
        (replace(scene(face=None), blind="no predictor"), "skipped", "no predictor"),
        (Scene((640, 480), (), None), "skipped", "no picture"),
    ],
)
def test_the_face(one: Scene, status: str, words: str) -> None:
    assert_is(view(one)["face in view"], status, words)


def test_a_face_is_small_by_its_share_of_the_picture_not_by_its_pixels() -> None:
    large = Scene((1280, 960), (Seen(DAY, Box(500.0, 300.0, 140.0, 180.0)),), None)
    assert_is(view(large)["face in view"], "warn", "small")


def test_the_seat_region_of_the_settings_counts() -> None:
    assert_is(view(scene(), seat_region=(0.0, 0.0, 0.5, 1.0))["face in view"], "warn", "seat region")
    assert_is(view(scene(), seat_region=(0.2, 0.0, 0.6, 1.0))["face in view"], "ok")


@given(
    brightness=st.floats(0, 255),
    contrast=st.floats(0, 128),
    bright=st.floats(0, 1),
    share=st.integers(0, 10),
    x=st.floats(-100, 640),
    y=st.floats(-100, 480),
    width=st.floats(1, 640),
)
def test_whatever_is_not_well_has_a_remedy(
    brightness: float, contrast: float, bright: float, share: int, x: float, y: float, width: float
) -> None:
    shown = quality(brightness=brightness, contrast=contrast, bright=bright)
    faces = [Box(x, y, width, 1.25 * width)] * share + [None] * (10 - share)
    for finding in judge_scene(
        Scene((640, 480), tuple(Seen(shown, face) for face in faces), None), Settings()
    ):
        assert (finding.remedy is not None) == (finding.status in {Status.WARN, Status.FAIL})
        assert finding.found
