from pathlib import Path

import numpy as np
import pytest

from drivermon.config import RuntimeSettings
from drivermon.errors import NetworkError
from drivermon.perception.box import Box
from drivermon.perception.face_crop import FaceCrop
from drivermon.perception.follower import FaceFollower
from tests.perception.tiny_face_networks import followed, write_follower

PICTURE = np.full((480, 640, 3), 120, np.uint8)


def opened(path: Path, **said: object) -> FaceFollower:
    return FaceFollower(write_follower(path / "net.onnx", followed(**said)), RuntimeSettings())  # type: ignore[arg-type]


def test_points_come_in_pixels_of_the_picture_and_the_next_crop_is_round_them(tmp_path: Path) -> None:
    crop = FaceCrop((300.0, 200.0), 270.0)
    face = opened(tmp_path).follow(PICTURE, crop)
    np.testing.assert_allclose(face.points.min(0), (200, 100), atol=1e-3)
    np.testing.assert_allclose(face.points.max(0), (400, 300), atol=1e-3)
    assert face.crop.center == pytest.approx(crop.center, abs=1e-3)
    assert face.crop.side_px == pytest.approx(crop.side_px, abs=1e-3)


def test_eyes_are_the_drivers_own(tmp_path: Path) -> None:
    face = opened(tmp_path).follow(PICTURE, FaceCrop((300.0, 200.0), 270.0))
    assert (face.right_eye.aperture, face.right_eye.visible) == pytest.approx((0.0, 0.1))
    assert (face.left_eye.aperture, face.left_eye.visible) == pytest.approx((0.3, 0.9))
    assert face.mouth == pytest.approx(0.2)


def test_the_pose_is_that_in_the_picture_whatever_the_crops_roll(tmp_path: Path) -> None:
    follower = opened(tmp_path, pose=(0.0, 0.0, 5.0))
    face = follower.follow(PICTURE, FaceCrop((300.0, 200.0), 270.0, roll_deg=20.0))
    assert face.pose.roll_deg == pytest.approx(25.0)
    assert face.crop.roll_deg == pytest.approx(25.0)


def test_a_found_face_is_looked_at_a_second_time_upright(tmp_path: Path) -> None:
    face = opened(tmp_path, pose=(0.0, 0.0, 5.0)).acquire(PICTURE, Box(250, 150, 100, 120))
    assert face.pose.roll_deg == pytest.approx(10.0)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"kind": "emotion"}, "drivermon_kind is emotion"),
        ({"geometry": '{"size_px": 112, "margin": 2}'}, "not of margin"),
        ({"geometry": "no"}, "can't be understood"),
        ({"said": {key: followed()[key] for key in ("points", "aperture")}}, "has no output"),
        ({"said": followed() | {"mouth": np.zeros((1, 2), np.float32)}}, "have the shapes"),
        ({"said": followed() | {"mouth": np.full(1, np.nan, np.float32)}}, "not finite"),
    ],
)
def test_what_is_no_follower_is_refused(tmp_path: Path, wrong: dict[str, object], why: str) -> None:
    path = write_follower(tmp_path / "net.onnx", **wrong)  # type: ignore[arg-type]
    with pytest.raises(NetworkError, match=why):
        FaceFollower(path, RuntimeSettings())


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NetworkError, match="can't be read"):
        FaceFollower(tmp_path / "none.onnx", RuntimeSettings())
