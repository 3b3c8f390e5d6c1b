"""Render the shipped demo drive anew: video, truth, events and signals into the package, the sheet into docs.

    python scripts/render_demo.py [--jobs N]

Needed after a change of the renderer or of demo.drive.
"""

import argparse
import shutil
import tempfile
from pathlib import Path

import cv2
from rich.progress import Progress

from drivermon.simulation import demo_video, load_script
from drivermon.simulation.drive.recording import Recording, record

CRF = 21.0
MOST_BYTES = 4_000_000
SHEET = Path(__file__).parents[1] / "docs" / "demo_drive.jpg"


def main() -> None:
    """Render, check the size, and put the files in their places."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--jobs", type=int, default=2, help="processes that render")
    jobs = arguments.parse_args().jobs
    with tempfile.TemporaryDirectory() as folder, Progress(transient=True) as bar:
        task = bar.add_task("rendering demo")
        files = Recording.beside(Path(folder) / demo_video().name, packed=True)
        record(
            load_script("demo"),
            files,
            jobs=jobs,
            crf=CRF,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
        shipped = (files.video, files.truth, files.events, files.signals)
        size = sum(path.stat().st_size for path in shipped)
        if size > MOST_BYTES:
            raise SystemExit(f"the demo takes {size:,} bytes, more than {MOST_BYTES:,}; raise CRF")
        for path in shipped:
            shutil.copyfile(path, demo_video().with_name(path.name))
        cv2.imwrite(str(SHEET), cv2.imread(str(files.sheet)), [cv2.IMWRITE_JPEG_QUALITY, 86])
    print(f"{size / 1e6:.2f} MB in {demo_video().parent}, contact sheet in {SHEET}")


if __name__ == "__main__":
    main()
