"""What several tests share: where the real data is, and settings of the tools."""

from pathlib import Path

import pytest
from hypothesis import settings

SHARED = Path(__file__).parents[2] / "shared"

# examples are chosen by a fixed seed, and a busy machine must not fail a property
settings.register_profile("drivermon", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("drivermon")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real pictures, videos and labels beside the checkout."""
    folder = SHARED / "data"
    if not folder.is_dir():
        pytest.skip("needs the real pictures and videos, which are not on this machine")
    return folder


@pytest.fixture(scope="session")
def clips_dir(shared_data: Path) -> Path:
    """The folder of real video clips."""
    return shared_data / "clips"
