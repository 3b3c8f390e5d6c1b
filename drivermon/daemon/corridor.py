"""The corridor ready to run: networks open and warm, and what it takes to open it anew."""

import logging
from dataclasses import dataclass, replace

import numpy as np

from drivermon.config import Settings
from drivermon.errors import RestoreError
from drivermon.events import Frame
from drivermon.memory import State
from drivermon.messages import Digests
from drivermon.perception import Perceiver
from drivermon.perception.emotion import EmotionNetwork
from drivermon.perception.perceiver import open_emotion
from drivermon.pipeline import Pipeline

logger = logging.getLogger(__name__)

_OF_PERCEPTION = ("camera", "face", "emotion", "runtime")
"""Sections of the settings that the perceiver depends on."""


@dataclass(frozen=True, slots=True)
class Corridor:
    """Everything that one configuration decides with.

    Attributes:
        settings: as loaded.
        digests: of the configuration and the networks.
        provider: execution provider that the emotion network really uses, `None` when off.
        perceiver: `None` for recorded observations.
        pipeline: to be stepped in one thread.

    """

    settings: Settings
    digests: Digests
    provider: str | None
    perceiver: Perceiver | None
    pipeline: Pipeline


def open_corridor(settings: Settings, before: Corridor | None = None) -> Corridor:
    """Open and warm up everything that judges frames; what `before` has and still fits is taken over.

    Raises:
        NetworkError, InstallationError: a network or a package can't be used.

    """
    if before is not None and before.perceiver is None:
        return open_decisions(settings, before.digests.networks)
    if before is not None and before.perceiver is not None and _same_perception(before.settings, settings):
        perceiver, provider = before.perceiver, before.provider
    else:
        emotion = open_emotion(settings)
        perceiver, provider = _warm(settings, emotion), emotion.providers[0] if emotion else None
    digests = Digests(config=settings.digest(), networks=perceiver.digests)
    return Corridor(settings, digests, provider, perceiver, Pipeline(settings, digests, perceiver))


def open_decisions(settings: Settings, networks: dict[str, str]) -> Corridor:
    """Open what judges recorded observations; `networks` are the digests of those that made them."""
    digests = Digests(config=settings.digest(), networks=networks)
    return Corridor(settings, digests, None, None, Pipeline(settings, digests, None))


def restored(corridor: Corridor, state: State) -> Corridor:
    """Return `corridor` with a pipeline that goes on from `state`; one that can't is logged and forgotten."""
    fresh = Pipeline(corridor.settings, corridor.digests, corridor.perceiver)
    try:
        fresh.restore(state)
    except RestoreError as error:
        logger.warning("starting afresh, what was kept can't be taken up: %s", error)
        return corridor
    return replace(corridor, pipeline=fresh)


def _same_perception(one: Settings, other: Settings) -> bool:
    return all(getattr(one, name) == getattr(other, name) for name in _OF_PERCEPTION)


def _warm(settings: Settings, emotion: EmotionNetwork | None) -> Perceiver:
    """Return a perceiver whose first frame takes no longer than any other."""
    perceiver = Perceiver(settings, emotion)
    size = (settings.camera.height, settings.camera.width, 3)
    perceiver.observe(Frame(np.full(size, 128, np.uint8), 0.0, 0, "warm-up"))
    perceiver.forget()
    return perceiver
