"""What may be asked of the synthetic driver, and what is refused."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivermon.errors import SimulationError
from drivermon.simulation import Camera, DriverParameters, Identity, Light, random_identity


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: DriverParameters(yaw_deg=math.nan), "yaw_deg is nan; give a number from -90 to 90"),
        (lambda: DriverParameters(pitch_deg=-91), "pitch_deg is -91"),
        (lambda: DriverParameters(left_aperture=1.31), "left_aperture"),
        (lambda: DriverParameters(jaw=True), "jaw is True"),
        (lambda: DriverParameters(jaw="wide"), "jaw is 'wide'"),
        (lambda: DriverParameters(expression={"bored": 1}), "'bored'; known are anger, disgust"),
        (lambda: DriverParameters(expression={"happy": 1.5}), r"expression\[happy\] is 1.5"),
        (lambda: DriverParameters(seat_m=(0, math.inf, 0)), "seat_m.y is inf"),
        (lambda: DriverParameters(seat_m=(0, 0)), "seat_m"),
        (lambda: Light("dusk"), "kind is 'dusk'; known are day, low_sun, night_ir"),
        (lambda: Light(intensity=-0.1), "intensity"),
        (lambda: Camera(width=0), "width is 0"),
        (lambda: Camera(width=320.5), "whole pixels"),
        (lambda: Camera(exposure="bright"), "exposure is 'bright'"),
        (lambda: Camera(exposure=math.nan), "exposure is nan"),
        (lambda: Camera(noise=math.nan), "noise is nan"),
        (lambda: Identity(hair="afro"), "hair is 'afro'; known are bald, short, bob, long"),
        (lambda: Identity(tone=8), "tone is 8"),
        (lambda: Identity(ethnicity=(0, 0, 0)), "ethnicity"),
        (lambda: random_identity(-1), "seed is -1"),
        (lambda: random_identity(1, tone=math.nan), "tone is nan"),
    ],
)
def test_a_bad_value_is_refused_with_its_name_and_range(make, words):
    with pytest.raises(SimulationError, match=words):
        make()


@given(seed=st.integers(0, 2**31), tone=st.floats(0, 7))
def test_a_seed_names_a_person(seed, tone):
    identity = random_identity(seed, tone)
    assert identity == random_identity(seed, tone)
    assert identity.tone == tone


def test_random_people_are_of_all_kinds():
    people = [random_identity(seed) for seed in range(200)]
    tones = np.array([person.tone for person in people])
    assert (tones < 2).sum() > 30
    assert ((tones >= 2) & (tones < 4.5)).sum() > 30
    assert (tones >= 4.5).sum() > 30
    assert 60 < sum(person.sex == "female" for person in people) < 140
    for worn in ("glasses", "sunglasses", "cap", "mask"):
        assert 2 <= sum(getattr(person, worn) for person in people) < 100
    assert {person.hair for person in people} == {"bald", "short", "bob", "long"}


def test_bare_people_hide_nothing():
    for seed in range(60):
        person = random_identity(seed, bare=True)
        assert not any((person.glasses, person.sunglasses, person.cap, person.mask, person.beard))
