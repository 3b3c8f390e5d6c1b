"""`python -m training face COMMAND`: from pictures and renders to the two face networks."""

from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import typer
from numpy.typing import NDArray

from training.face import train_detector as detector_training
from training.face import train_follower as follower_training
from training.face.backgrounds import make_backgrounds
from training.face.faces import Faces
from training.face.pictures import prepare as prepare_pictures
from training.face.renders import render_people, render_scenes
from training.face.scenes import SceneSampler
from training.face.training_run import FaceRecipe

app = typer.Typer(no_args_is_help=True, help="The face networks: detector and follower.")

Data = Annotated[Path, typer.Argument(help="Folder of the sets of pictures.")]
Work = Annotated[Path, typer.Argument(help="Folder of everything that is prepared.")]
Run = Annotated[Path, typer.Argument(help="Folder of the run: checkpoint and log.")]
Minutes = Annotated[float, typer.Option(min=0.0, help="Of training in all.")]
Seed = Annotated[int, typer.Option(help="Of weights and samples.")]
Threads = Annotated[int, typer.Option(min=1, help="Of PyTorch.")]

REAL, HELD, BACKGROUNDS, SCENES = "real.npz", "held.npz", "backgrounds.npz", "scenes.npz"
RENDERS = "renders"
TEACHER, CALIBRATION, CALIBRATION_CHIPS = "teach.npz", "teach-calibration.npz", "calibration"
CALIBRATION_FACES = 700
SCENES_FROM_SEED, SCENES_EACH = 20_000, 14


@app.command()
def render(
    work: Work,
    people: Annotated[int, typer.Option(min=20, help="How many, in twenties.")] = 400,
    first_seed: Annotated[int, typer.Option(min=0, help="Of the first one; others give others.")] = 1000,
) -> None:
    """Render drivers with exact truth; what is there is not rendered again."""
    cv2.setNumThreads(1)
    render_people(first_seed, people, work / RENDERS)


@app.command()
def scenes(
    work: Work, people: Annotated[int, typer.Option(min=1, help="How many, fourteen scenes each.")] = 200
) -> None:
    """Render whole cabins for the detector."""
    cv2.setNumThreads(1)
    pictures, boxes = render_scenes(SCENES_FROM_SEED, people, SCENES_EACH)
    np.savez(work / SCENES, pictures=pictures, boxes=boxes)


@app.command()
def calibration(work: Work) -> None:
    """Write chips of renders for the teacher to look at, so that its pose can be compared with the truth."""
    faces = Faces.load(_renders(work)[0])
    folder = work / CALIBRATION_CHIPS
    folder.mkdir(parents=True, exist_ok=True)
    rows = np.flatnonzero((faces.source == "render") & (faces.share == 1))[:CALIBRATION_FACES]
    for row in rows:
        cv2.imwrite(str(folder / f"{row}.png"), faces.chips[row])
    print(f"{len(rows)} chips; now run training/face/teach.py on {folder} and on the pictures")


@app.command()
def prepare(data: Data, work: Work) -> None:
    """Put pictures and what the teacher saw together; keep a tenth of `faces68` apart."""
    cv2.setNumThreads(1)
    renders = Faces.load(_renders(work)[0])
    faces, held = prepare_pictures(data, work / TEACHER, work / CALIBRATION, renders)
    faces.save(work / REAL)
    held.save(work / HELD)
    np.savez(work / BACKGROUNDS, *make_backgrounds(data, cabins=80, patterns=200))
    print(f"{len(faces)} faces to learn from, {len(held)} kept apart")


@app.command()
def train_follower(
    work: Work, run: Run, minutes: Minutes = 75.0, seed: Seed = 0, threads: Threads = 1
) -> None:
    """Train the follower; the same command again goes on after a kill."""
    recipe = FaceRecipe(minutes=minutes, seed=seed, threads=threads)
    follower_training.train(_faces(work), _backgrounds(work), run, recipe)


@app.command()
def train_detector(
    work: Work, run: Run, minutes: Minutes = 30.0, seed: Seed = 0, threads: Threads = 1
) -> None:
    """Train the detector; the same command again goes on after a kill."""
    with np.load(work / SCENES) as file:
        cabins, boxes = file["pictures"], file["boxes"]
    recipe = FaceRecipe(minutes=minutes, seed=seed, threads=threads)
    detector_training.train(SceneSampler(_faces(work), cabins, boxes, _backgrounds(work)), run, recipe)


def _faces(work: Path) -> Faces:
    return Faces.load(work / REAL, *_renders(work))


def _backgrounds(work: Path) -> list[NDArray[np.uint8]]:
    with np.load(work / BACKGROUNDS) as file:
        return [file[name] for name in file.files]


def _renders(work: Path) -> list[Path]:
    return sorted((work / RENDERS).glob("renders-*.npz"))
