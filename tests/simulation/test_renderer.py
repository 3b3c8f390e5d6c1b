"""The picture and its truth."""

import cv2
import numpy as np
import pytest

from drivermon.errors import SimulationError
from drivermon.simulation import Camera, DriverParameters, Identity, Light, Renderer
from drivermon.simulation.head import Head

SMALL = Camera(width=320, height=240)
PLAIN = Identity()


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer(PLAIN, SMALL)


@pytest.fixture(scope="module")
def head() -> Head:
    return Head(PLAIN)


def pinhole(points: np.ndarray, camera: Camera) -> np.ndarray:
    """Project by OpenCV, for a camera straight ahead."""
    turn = np.diag([1.0, -1.0, -1.0])
    shift = turn @ -np.array([0, -0.025, camera.distance_m])
    pixels, _ = cv2.projectPoints(
        points.astype(np.float64), cv2.Rodrigues(turn)[0], shift, camera.matrix, None
    )
    return pixels[:, 0]


def test_points_are_where_an_independent_camera_puts_them(renderer, head):
    asked = DriverParameters(yaw_deg=25, pitch_deg=-12, roll_deg=8, jaw=0.4, seat_m=(0.03, 0.01, 0.05))
    _, truth = renderer.render(asked)
    world = head.mesh.landmarks(head.pose(asked).positions)
    assert truth.points68 == pytest.approx(pinhole(world, SMALL), abs=1e-3)


@pytest.mark.parametrize(
    "angles", [(0, 0, 0), (40, 0, 0), (-75, 10, 0), (20, -30, 15), (-30, 25, -40), (90, 0, 0)]
)
def test_a_rigid_fit_of_the_true_points_returns_the_scripted_angles(renderer, head, angles):
    yaw, pitch, roll = angles
    asked = DriverParameters(yaw_deg=yaw, pitch_deg=pitch, roll_deg=roll)
    _, truth = renderer.render(asked)
    model = head.mesh.landmarks(head.expressed(asked)).astype(np.float64)
    found, rotation, shift = cv2.solvePnP(
        model, truth.points68.astype(np.float64), SMALL.matrix, None, flags=cv2.SOLVEPNP_SQPNP
    )
    rotation, shift = cv2.solvePnPRefineLM(
        model, truth.points68.astype(np.float64), SMALL.matrix, None, rotation, shift
    )
    turn = np.diag([1.0, -1.0, -1.0]) @ cv2.Rodrigues(rotation)[0]
    nose, left = turn[:, 2], turn[:, 0]
    assert found
    assert np.degrees(np.arctan2(nose[0], nose[2])) == pytest.approx(yaw, abs=0.1)
    assert np.degrees(np.arcsin(nose[1])) == pytest.approx(pitch, abs=0.1)
    level = np.cross([0, 1, 0], nose)
    tilt = np.degrees(np.arccos(np.clip(left @ level / np.linalg.norm(level), -1, 1))) * -np.sign(left[1])
    assert tilt == pytest.approx(roll, abs=0.1)
    assert (truth.yaw_deg, truth.pitch_deg, truth.roll_deg) == pytest.approx((yaw, pitch, roll), abs=0.05)


def test_an_off_axis_camera_sees_the_driver_turned_away():
    camera = Camera(width=160, height=120, mount_yaw_deg=30, mount_pitch_deg=10)
    off_axis = Renderer(PLAIN, camera)
    _, ahead = off_axis.render(DriverParameters())
    _, facing = off_axis.render(DriverParameters(yaw_deg=30, pitch_deg=10))
    assert ahead.yaw_deg == pytest.approx(-30, abs=2)
    assert facing.yaw_deg == pytest.approx(0, abs=0.01)
    assert facing.pitch_deg == pytest.approx(0, abs=0.01)


def test_an_upside_down_camera_reports_the_roll():
    _, truth = Renderer(PLAIN, Camera(width=160, height=120, mount_roll_deg=180)).render(DriverParameters())
    assert abs(truth.roll_deg) == pytest.approx(180, abs=0.01)
    assert truth.points68[8, 1] < truth.points68[27, 1]  # the chin is above the nose in the picture


def test_a_mirrored_camera_flips_picture_and_points_but_not_the_meaning(renderer):
    asked = DriverParameters(yaw_deg=30, left_aperture=0.2)
    quiet = Camera(width=320, height=240, noise=0)
    plain, truth = renderer.render(asked, camera=quiet)
    mirrored, mirrored_truth = renderer.render(
        asked, camera=Camera(width=320, height=240, noise=0, mirrored=True)
    )
    assert np.array_equal(mirrored, plain[:, ::-1])
    assert mirrored_truth.points68 == pytest.approx(truth.points68 * (-1, 1) + (320, 0), abs=1e-3)
    assert mirrored_truth.yaw_deg == truth.yaw_deg
    assert mirrored_truth.left_ear == pytest.approx(truth.left_ear, abs=1e-5)
    assert truth.left_ear < truth.right_ear


def test_the_same_arguments_give_the_same_picture_in_any_order(renderer):
    asked, light = DriverParameters(jaw=0.3, hand=0.2, passenger=0.6), Light("low_sun")
    first, _ = renderer.render(asked, light, seed=5)
    renderer.render(DriverParameters(yaw_deg=40), Light("night_ir"), seed=6)
    again, _ = renderer.render(asked, light, seed=5)
    anew, _ = Renderer(PLAIN, SMALL).render(asked, light, seed=5)
    other, _ = renderer.render(asked, light, seed=6)
    assert np.array_equal(first, again)
    assert np.array_equal(first, anew)
    assert not np.array_equal(first, other)


def test_the_picture_has_the_size_and_kind_of_the_camera(renderer):
    colour, _ = renderer.render(DriverParameters())
    gray, _ = renderer.render(DriverParameters(), camera=Camera(width=320, height=240, gray=True))
    infrared, _ = renderer.render(DriverParameters(), Light("night_ir"))
    assert (colour.shape, colour.dtype) == ((240, 320, 3), np.uint8)
    assert (gray.shape, gray.dtype) == ((240, 320), np.uint8)
    assert np.array_equal(infrared[..., 0], infrared[..., 2])


def test_a_camera_on_another_mount_is_refused(renderer):
    with pytest.raises(SimulationError, match="new Renderer"):
        renderer.render(DriverParameters(), camera=Camera(width=320, height=240, mount_yaw_deg=5))


def test_an_empty_seat_has_no_truth(renderer):
    picture, truth = renderer.render(DriverParameters(present=False))
    with_driver, _ = renderer.render(DriverParameters())
    assert truth.points68 is None
    assert truth.box is None
    assert truth.left_aperture is None
    assert not truth.face_visible
    assert np.abs(picture.astype(int) - with_driver).max() > 60


def test_a_passenger_comes_in_from_the_side_and_never_before_the_driver(renderer):
    asked = DriverParameters()
    alone, truth = renderer.render(asked)
    beside, beside_truth = renderer.render(DriverParameters(passenger=1))
    changed = np.abs(alone.astype(int) - beside).max(2) > 60
    assert changed[:, :130].mean() > 0.1
    assert changed[:, 200:].mean() < 0.02
    assert np.array_equal(truth.points68, beside_truth.points68)
    assert beside_truth.face_visible


def test_a_hand_hides_first_the_mouth_and_then_the_face(renderer):
    _, bare = renderer.render(DriverParameters())
    _, over_mouth = renderer.render(DriverParameters(hand=0.5))
    _, over_face = renderer.render(DriverParameters(hand=1))
    assert (bare.mouth_visible, bare.left_eye_visible, bare.right_eye_visible) == (True, True, True)
    assert not over_mouth.mouth_visible
    assert over_mouth.left_eye_visible
    assert not over_face.mouth_visible
    assert over_face.points68_visible.sum() < over_mouth.points68_visible.sum() < bare.points68_visible.sum()


def test_a_turned_head_hides_its_far_side(renderer):
    _, truth = renderer.render(DriverParameters(yaw_deg=75))
    assert truth.right_eye_visible  # turned to the own left: the right side faces the camera
    assert not truth.left_eye_visible
    _, away = renderer.render(DriverParameters(yaw_deg=-75))
    assert away.left_eye_visible
    assert not away.right_eye_visible


@pytest.mark.parametrize(
    ("worn", "eyes", "mouth"),
    [
        ({}, True, True),
        ({"sunglasses": True}, False, True),
        ({"mask": True}, True, False),
        ({"glasses": True}, True, True),
    ],
)
def test_what_is_worn_hides_what_it_covers(worn, eyes, mouth):
    _, truth = Renderer(Identity(seed=2, **worn), SMALL).render(DriverParameters())
    assert (truth.left_eye_visible, truth.right_eye_visible, truth.mouth_visible) == (eyes, eyes, mouth)


def test_a_face_out_of_the_picture_is_not_visible(renderer):
    _, truth = renderer.render(DriverParameters(seat_m=(0.6, 0, 0)))
    assert not truth.face_visible
    assert truth.points68[:, 0].min() > 320


@pytest.mark.parametrize("kind", ["day", "low_sun", "night_ir"])
def test_a_driver_of_whom_nothing_is_in_the_picture_leaves_it_empty(renderer, kind):
    gone, truth = renderer.render(DriverParameters(seat_m=(0.7, -0.7, 0)), Light(kind))
    empty, _ = renderer.render(DriverParameters(present=False), Light(kind))
    assert not truth.face_visible
    assert np.abs(gone.astype(int) - empty).mean() < 5


def test_expressions_narrow_and_widen_the_eyes(renderer):
    apertures = {
        emotion: renderer.render(DriverParameters(expression={emotion: 1.0}))[1].left_aperture
        for emotion in ("neutral", "surprise", "anger", "happy")
    }
    assert apertures["neutral"] == pytest.approx(1, abs=1e-3)
    assert apertures["surprise"] > 1.2
    assert apertures["anger"] < 0.9
    assert apertures["happy"] < 0.9


@pytest.mark.parametrize("tone", [0.5, 3.5, 6.8])
@pytest.mark.parametrize(
    "light", [Light("day"), Light("low_sun"), Light("night_ir"), Light("day", intensity=0.3)]
)
def test_the_exposure_control_keeps_the_face_readable(tone, light):
    picture, truth = Renderer(Identity(tone=tone), Camera(width=160, height=120)).render(
        DriverParameters(), light
    )
    x, y, w, h = (round(value) for value in truth.box)
    face = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)[y : y + h, x : x + w]
    assert 60 < face.mean() < 200
    assert (face > 250).mean() < 0.2


def test_a_fixed_exposure_shows_less_light_on_darker_skin():
    camera = Camera(width=160, height=120, exposure=1.0)
    means = [Renderer(Identity(tone=tone), camera).render(DriverParameters())[0].mean() for tone in (1, 6)]
    assert means[1] < means[0]


def test_a_covered_lens_shows_nothing_and_a_dark_one_is_black(renderer):
    def picture(**sensor):
        camera = Camera(width=320, height=240, noise=1, **sensor)
        return renderer.render(DriverParameters(), camera=camera)[0]

    covered, half, usual = picture(covered=1.0), picture(covered=0.5), picture()
    assert covered.mean() < 0.4 * usual.mean()
    assert covered.std() < 3
    assert half[:, :80].std() > 20
    assert half[:, -80:].std() < 3
    assert picture(dark=1.0).mean() < 3
    assert renderer.render(DriverParameters(), Light(intensity=0))[0].mean() < 5
