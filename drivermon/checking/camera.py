"""The camera, or what stands in for it: there, open, giving pictures as asked."""

import grp
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from drivermon.checking.findings import Finding, fail, failed_as, ok, skipped, warn
from drivermon.config import CameraSettings
from drivermon.messages import Health

RATE_SHARE: Final = 0.8
"""Of the rate asked for: a camera that gives less exposes longer in the dark, or shares its USB."""

Kind = Literal["device", "stream", "recording"]


@dataclass(frozen=True, slots=True)
class Device:
    """A camera's file.

    Attributes:
        path: of it.
        is_there: there is such a file.
        is_camera: it is a character device.
        usable: this user may read and write it.
        group: that may too, `None` where it has no name.
        others: all cameras there are.

    """

    path: str
    is_there: bool
    is_camera: bool
    usable: bool
    group: str | None
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Captured:
    """What came from a source while it was watched.

    Attributes:
        frames: pictures that were seen.
        size: width and height of the last one, px.
        fps: pictures a second, those left out counted; `None` where too few came to tell.
        frozen: pictures were identical to the last bit.
        reasons: what the source logged about pictures that did not come, oldest first.

    """

    frames: int
    size: tuple[int, int] | None
    fps: float | None
    frozen: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Camera:
    """Facts about the source of the settings.

    Attributes:
        source: as the settings name it, without a password.
        kind: what it is, `None` where it can't be understood.
        error: why it can't be understood or read on.
        device: of a camera.
        captured: `None` where it was not watched.
        held_by: health of the running daemon that has the camera, so that it can't be opened twice.

    """

    source: str
    kind: Kind | None
    error: str | None
    device: Device | None
    captured: Captured | None
    held_by: Health | None


def judge_camera(camera: Camera, wanted: CameraSettings) -> list[Finding]:
    """Judge device, pictures, size and rate."""
    findings = [_judge_device(camera.device)] if camera.device is not None else []
    if any(finding.status == "fail" for finding in findings):
        return findings
    if camera.held_by is not None:
        told = f"the running daemon has it: camera {camera.held_by.camera}, {camera.held_by.fps:.0f} fps"
        return [*findings, skipped("pictures", told)]
    findings.append(_judge_pictures(camera))
    captured = camera.captured
    if captured is None or captured.size is None:
        return findings
    if camera.kind == "recording":
        return [*findings, skipped("size and rate", f"a recording, {_by(captured.size)}: not for a camera")]
    return [*findings, _judge_size(captured.size, wanted, camera.kind), _judge_rate(captured.fps, wanted)]


def _judge_device(device: Device) -> Finding:
    name = "camera"
    there = ", ".join(device.others)
    if not device.is_there:
        listed = f"there are {there}" if there else "this computer has no camera: no /dev/video*"
        return fail(name, f"{device.path} is not there; {listed}", _how_to_list())
    if not device.is_camera:
        return fail(name, f"{device.path} is not a device", _how_to_list())
    if not device.usable:
        remedy = f"sudo usermod -aG {device.group or 'video'} $USER, then log in again"
        return fail(name, f"{device.path}: this user may not open it; its group {device.group} may", remedy)
    return ok(name, f"{device.path} is there and may be opened")


def _how_to_list() -> str:
    return (
        "plug it in; list cameras with `v4l2-ctl --list-devices` (package v4l-utils) "
        "or `ls -l /dev/video*`, and set camera.source"
    )


def _judge_pictures(camera: Camera) -> Finding:
    name, captured = "pictures", camera.captured
    if captured is None or not captured.frames:
        if camera.error is not None:
            return failed_as(name, camera.error)
        reason = captured.reasons[-1] if captured is not None and captured.reasons else "it says nothing"
        return fail(name, f"{camera.source}: no picture came: {reason}", _why_none(camera.kind))
    if camera.error is not None:
        return failed_as(name, camera.error)
    if captured.frozen:
        remedy = "plug the camera in again; a camera that works never gives the same picture twice"
        return fail(name, f"{camera.source}: all pictures are the same", remedy)
    if captured.reasons:
        remedy = "check cable, power and network of the camera"
        return warn(name, f"{camera.source}: pictures came, but: {captured.reasons[-1]}", remedy)
    return ok(name, f"{camera.source}: {captured.frames} pictures")


def _why_none(kind: Kind | None) -> str:
    if kind == "device":
        return "see who has the camera: fuser -v /dev/video*; see what it can: v4l2-ctl --list-formats-ext"
    return "see whether the address gives pictures: ffplay URL; check network and password"


def _judge_size(size: tuple[int, int], wanted: CameraSettings, kind: Kind | None) -> Finding:
    name, turned = "picture size", wanted.rotate_deg in {90, 270}
    asked = (wanted.height, wanted.width) if turned else (wanted.width, wanted.height)
    if size == asked:
        return ok(name, f"{_by(size)}, as asked")
    width, height = (size[1], size[0]) if turned else size
    settings = f"camera.width = {width} and camera.height = {height}"
    where = "choose one of `v4l2-ctl --list-formats-ext`" if kind == "device" else "change it in the camera"
    return warn(name, f"{_by(size)}, and {_by(asked)} was asked for", f"set {settings}, or {where}")


def _judge_rate(fps: float | None, wanted: CameraSettings) -> Finding:
    name = "picture rate"
    if fps is None:
        return skipped(name, "too few pictures came to tell")
    if fps < RATE_SHARE * wanted.fps:
        remedy = f'give it more light, try camera.pixel_format = "MJPG", or set camera.fps = {fps:.0f}'
        return warn(name, f"{fps:.1f} a second, and {wanted.fps:g} were asked for", remedy)
    return ok(name, f"{fps:.1f} a second, {wanted.fps:g} asked for")


def _by(size: tuple[int, int]) -> str:
    return f"{size[0]}x{size[1]}"


def device_of(source: str) -> str | None:
    """Return the path of the camera that a setting names, `None` where it names something else."""
    name = source.removeprefix("v4l2:")
    if name.isdecimal() and not os.path.exists(name):
        return f"/dev/video{name}"
    return name if name.startswith("/dev/") or name != source else None


def gather_device(path: str, folder: Path = Path("/dev")) -> Device:
    """Look at a camera's file and at all others in `folder`."""
    others = tuple(sorted(str(each) for each in folder.glob("video[0-9]*")))
    try:
        status = os.stat(path)
    except OSError:
        return Device(path, False, False, False, None, others)
    usable = os.access(path, os.R_OK | os.W_OK)
    return Device(path, True, stat.S_ISCHR(status.st_mode), usable, _group_of(status.st_gid), others)


def _group_of(number: int) -> str | None:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return None
