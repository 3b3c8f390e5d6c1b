"""All checks, in the order in which their remedies are to be tried."""

from collections.abc import Callable

from drivermon.checking.bus import gather_endpoint, gather_keys, judge_endpoint, judge_keys
from drivermon.checking.camera import device_of, judge_camera
from drivermon.checking.clock import gather_clocks, judge_clocks
from drivermon.checking.findings import Finding
from drivermon.checking.landmarks import gather_predictor, judge_predictor
from drivermon.checking.networks import gather_networks, judge_networks
from drivermon.checking.packages import gather_packages, judge_packages
from drivermon.checking.permissions import (
    gather_runtime_directory,
    gather_user,
    judge_runtime_directory,
    judge_user,
)
from drivermon.checking.processor import gather_processor, judge_processor
from drivermon.checking.scene import judge_scene
from drivermon.checking.service import gather_service, judge_service
from drivermon.checking.watching import gather_source
from drivermon.config import Settings

Say = Callable[[str], None]

Section = tuple[str, tuple[Finding, ...]]
"""A heading and what stands under it."""


def check(settings: Settings, say: Say) -> tuple[Section, ...]:
    """Check everything that the settings need; takes some seconds, most of them for the camera.

    Args:
        settings: the configuration.
        say: told what is looked at.

    """
    say("packages and networks")
    installation = [
        *judge_packages(gather_packages()),
        *judge_networks(gather_networks(settings), settings.runtime),
        judge_predictor(gather_predictor(settings)),
    ]
    computer = [
        *judge_processor(gather_processor(), settings.runtime),
        *judge_clocks(gather_clocks()),
        judge_user(gather_user(), device_of(settings.camera.source) is not None),
        judge_runtime_directory(gather_runtime_directory()),
        judge_service(gather_service()),
    ]
    say("the bus")
    endpoint = gather_endpoint(settings.bus)
    bus = [*judge_endpoint(endpoint), judge_keys(gather_keys(settings.bus))]
    say("the camera: look at it as the driver would")
    # a camera can't be opened twice
    held_by = endpoint.health if endpoint.source == settings.camera.source else None
    camera, scene = gather_source(settings, held_by)
    view = [*judge_camera(camera, settings.camera), *judge_scene(scene, settings)]
    return (
        ("installation", tuple(installation)),
        ("computer", tuple(computer)),
        ("bus", tuple(bus)),
        ("camera", tuple(view)),
    )
