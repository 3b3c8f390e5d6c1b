"""Packages that overwrite each other: two distributions that give the same import."""

import importlib
import importlib.metadata
from dataclasses import dataclass
from typing import Final

from drivermon.checking.findings import Finding, fail, ok

IMPORTS: Final = {
    "cv2": "opencv-python-headless",
    "dlib": "dlib-bin",
    "onnxruntime": "drivermon[cpu]",
    "av": "av",
}
"""Import -> what to install for it; for ONNX Runtime also [gpu] or [openvino]."""


@dataclass(frozen=True, slots=True)
class Package:
    """An import of drivermon.

    Attributes:
        name: as it is imported.
        distributions: that claim to bring it, with their versions.
        error: why it can't be imported, `None` when it can.

    """

    name: str
    distributions: tuple[str, ...]
    error: str | None


def judge_packages(packages: tuple[Package, ...]) -> list[Finding]:
    """Judge each import: there, alone, and in working order."""
    return [_judge(package) for package in packages]


def _judge(package: Package) -> Finding:
    name, wanted = f"package {package.name}", IMPORTS[package.name]
    distributions = " and ".join(package.distributions)
    if len(package.distributions) > 1:
        all_of_them = " ".join(each.partition(" ")[0] for each in package.distributions)
        return fail(
            name,
            f"{distributions} overwrite each other's files",
            f"pip uninstall -y {all_of_them} && pip install '{wanted}'",
        )
    if package.error is not None:
        found = f"{distributions or 'not installed'}: {package.error}"
        return fail(name, found, f"pip install --force-reinstall '{wanted}'")
    return ok(name, distributions or "there, of no known distribution")


def gather_packages() -> tuple[Package, ...]:
    """Look into this environment."""
    found = [(d, _brought_by(d)) for d in importlib.metadata.distributions()]
    return tuple(
        Package(
            name,
            tuple(sorted({f"{d.metadata['Name']} {d.version}" for d, brought in found if name in brought})),
            _import_error(name),
        )
        for name in IMPORTS
    )


def _brought_by(distribution: importlib.metadata.Distribution) -> set[str]:
    """Return the top folders of its files; top_level.txt alone would not name what dlib-bin brings."""
    listed = (distribution.read_text("top_level.txt") or "").split()
    return {*listed, *(file.parts[0] for file in distribution.files or ())}


def _import_error(name: str) -> str | None:
    try:
        importlib.import_module(name)
    except Exception as error:  # noqa: BLE001 - a package whose files are mixed may raise anything
        return f"can't be imported ({str(error).strip() or type(error).__name__})"
    return None
