"""What the pictures show: light enough, and the driver's face well in view."""

from dataclasses import dataclass
from statistics import median
from typing import Final

from drivermon.checking.findings import Finding, fail, ok, skipped, warn
from drivermon.config import CameraSettings, Settings
from drivermon.messages import PictureQuality
from drivermon.perception.box import Box

BLOWN_OUT_SHARE: Final = 0.5
"""Of the pixels nearly white: the face is, too, or in the shade of what is."""

OFTEN: Final = 0.5
"""Share of the pictures in which a face that is well in view is found at least."""

ROOM: Final = 1.25
"""A face is followed down to the smallest size that is searched for; one so little above it is soon lost."""

MARGIN: Final = 0.1
"""Of the seat region: a face so near its edge leaves it with the next movement."""

_REFERENCE_PX: Final = 640
"""Picture width that `face.min_size_px` refers to."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One picture: its quality, and the driver's face where one was found."""

    quality: PictureQuality
    face: Box | None


@dataclass(frozen=True, slots=True)
class Scene:
    """What the pictures of a moment show.

    Attributes:
        size: width and height, px; `None` without a picture.
        seen: each picture.
        blind: why no face was looked for, `None` where one was.

    """

    size: tuple[int, int] | None
    seen: tuple[Seen, ...]
    blind: str | None


def judge_scene(scene: Scene, settings: Settings) -> list[Finding]:
    """Judge light and face."""
    if scene.size is None or not scene.seen:
        return [skipped(name, "no picture to judge") for name in ("light", "face in view")]
    return [_judge_light(scene, settings), _judge_face(scene, scene.size, settings)]


def _judge_light(scene: Scene, settings: Settings) -> Finding:
    name, limits = "light", settings.quality
    brightness = median(seen.quality.brightness for seen in scene.seen)
    contrast = median(seen.quality.contrast for seen in scene.seen)
    bright = median(seen.quality.bright for seen in scene.seen)
    faces = sum(seen.face is not None for seen in scene.seen)
    told = f"mean gray value {brightness:.0f} of 255, contrast {contrast:.0f}"
    if bright > BLOWN_OUT_SHARE:
        remedy = "turn the camera away from windows and lamps, or lower its exposure: v4l2-ctl --list-ctrls"
        return warn(name, f"{bright:.0%} of the picture is blown out", remedy)
    # a face that is found is proof of light, whatever surrounds it
    if faces < OFTEN * len(scene.seen) and brightness < limits.dark_brightness:
        remedy = "give the driver's face light, visible or infrared; take the lens cap off"
        return fail(name, f"dark: {told}", remedy)
    if faces < OFTEN * len(scene.seen) and contrast < limits.covered_contrast:
        return fail(name, f"the lens is covered, or looks at one surface: {told}", "clear and clean the lens")
    return ok(name, told)


def _judge_face(scene: Scene, size: tuple[int, int], settings: Settings) -> Finding:
    name = "face in view"
    if scene.blind is not None:
        return skipped(name, scene.blind)
    faces = [seen.face for seen in scene.seen if seen.face is not None]
    told = f"in {len(faces)} of {len(scene.seen)} pictures"
    if not faces:
        remedy = "sit in the driver's seat, look ahead, and try again; then aim the camera, check rotate_deg"
        return warn(name, f"none {told}", remedy)
    face = _median(faces)
    width_px, least_px = face.width * _REFERENCE_PX / size[0], settings.face.min_size_px
    told = f"{told}, {face.width:.0f} px wide"
    if width_px < ROOM * least_px:
        remedy = f"move the camera nearer, or set face.min_size_px below {least_px} (costs time)"
        return warn(name, f"small: {told}", remedy)
    edge = _edge(face, size, settings.camera)
    if edge is not None:
        return warn(name, f"at the edge of {edge}: {told}", "aim the camera at the face, or set seat_region")
    if len(faces) < OFTEN * len(scene.seen):
        remedy = "look ahead; a camera lower and more in front sees the face better; avoid light from behind"
        return warn(name, f"only {told}", remedy)
    return ok(name, told)


def _median(faces: list[Box]) -> Box:
    return Box(*(median(values) for values in zip(*faces, strict=True)))


def _edge(face: Box, size: tuple[int, int], camera: CameraSettings) -> str | None:
    """Return what a face is at the edge of: it may leave it with the next movement."""
    width, height = size
    if face.x < 0 or face.y < 0 or face.x + face.width > width or face.y + face.height > height:
        return "the picture"
    x, y, across, down = camera.seat_region
    right, lower = (face.center[0] / width - x) / across, (face.center[1] / height - y) / down
    inside = all(MARGIN <= share <= 1.0 - MARGIN for share in (right, lower))
    return None if inside else "the seat region"
