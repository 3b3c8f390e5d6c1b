"""One exported network for all tests: the conversion takes seconds and gives the same file each time."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def exported_network(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The small network's file, exported once in a test run; not to be written to."""
    own = tmp_path_factory.getbasetemp()
    path = (own if worker_id == "master" else own.parent) / "exported" / "emotion.onnx"
    if not path.is_file():
        from tests.training.deployed import exported  # torch may be missing

        path.parent.mkdir(exist_ok=True)
        exported(own / "emotion.onnx").replace(path)
    return path
