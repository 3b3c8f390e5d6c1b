"""What `import drivermon` gives, and what it doesn't cost."""

import subprocess
import sys

import pytest

import drivermon


@pytest.mark.parametrize("name", drivermon.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(drivermon, name) is not None


def test_another_name_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match="module 'drivermon' has no attribute 'subscibe'"):
        drivermon.subscibe  # noqa: B018


def test_nothing_is_imported_before_it_is_asked_for() -> None:
    code = "import sys, drivermon; print(sorted({'zmq', 'numpy', 'pydantic', 'asyncio'} & set(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"


def test_a_client_needs_neither_opencv_nor_a_runtime_of_networks() -> None:
    heavy = "{'cv2', 'dlib', 'onnxruntime', 'av'}"
    code = f"import sys; from drivermon import subscribe; print(sorted({heavy} & set(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"
