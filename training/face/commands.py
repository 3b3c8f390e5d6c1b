"""`python -m training face COMMAND`: from pictures and renders to the two face networks."""

from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import typer
from numpy.typing import NDArray

from drivermon.config import RuntimeSettings
from drivermon.perception.face_detector import NetworkDetector
from drivermon.perception.follower import FaceFollower
from drivermon.perception.landmarks import Landmarks68
from training.drawn import drawn_rows
from training.export import Provenance, register, this_command
from training.face import judge, judge_detector
from training.face import train_detector as detector_training
from training.face import train_follower as follower_training
from training.face.backgrounds import make_backgrounds, pattern
from training.face.detector_network import DetectorNet
from training.face.export import Deployed, DeployedDetector, DeployedFollower, export
from training.face.faces import CHIP_PX, Faces, read_arrays
from training.face.follower_network import INNER, FollowerNet
from training.face.pictures import collect
from training.face.quantize import quantize
from training.face.renders import render_empty_cabins, render_people, render_scenes
from training.face.sample import CROP_PX
from training.face.scenes import SceneSampler
from training.face.training_run import FaceRecipe, load_averaged, save_averaged
from training.face.turned import turn_heads

app = typer.Typer(no_args_is_help=True, help="The face networks: detector and follower.")

Data = Annotated[Path, typer.Argument(help="Folder of the sets of pictures.")]
Work = Annotated[Path, typer.Argument(help="Folder of everything that is prepared.")]
Run = Annotated[Path, typer.Argument(help="Folder of the run: checkpoint and log.")]
Minutes = Annotated[float, typer.Option(min=0.0, help="Of training in all.")]
LearningRate = Annotated[float, typer.Option(min=0.0, help="At its peak.")]
Seed = Annotated[int, typer.Option(help="Of weights and samples.")]
Threads = Annotated[int, typer.Option(min=1, help="Of PyTorch.")]
Out = Annotated[Path, typer.Argument(help="The .onnx file; entered in registry.json beside it.")]

DATA = "faces68, inthewild, DrivFace, mask_faces; rendered drivers; MediaPipe's attention mesh as teacher"
LICENCE = "non-commercial research only: the faces are from the web under research terms"
PARITY_PICTURES = 16

REAL, HELD, TURNED, BACKGROUNDS, SCENES = (
    "real.npz",
    "held.npz",
    "turned.npz",
    "backgrounds.npz",
    "scenes.npz",
)
RENDERS = "renders"
TEACHER = "teach.npz"
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
def prepare(data: Data, work: Work) -> None:
    """Put pictures and what the teacher saw together, keep a tenth of `faces68` apart, turn other heads."""
    cv2.setNumThreads(1)
    real = collect(data, work / TEACHER)
    learned = real.faces[~real.held & ~real.repeated]
    learned.save(work / REAL)
    real.faces[real.held].save(work / HELD)
    heads = turn_heads(real)
    heads.save(work / TURNED)
    np.savez(work / BACKGROUNDS, *make_backgrounds(data, cabins=60, patterns=500, titles=500))
    print(
        f"{len(learned)} faces to learn from, {real.held.sum()} kept apart, {len(heads)} turned into profile"
    )


@app.command()
def train_follower(
    work: Work,
    run: Run,
    minutes: Minutes = 75.0,
    learning_rate: LearningRate = 2.5e-3,
    seed: Seed = 0,
    threads: Threads = 1,
    init: Annotated[
        Path | None, typer.Option(help="Folder of an earlier run, or exported .onnx file, to start from.")
    ] = None,
    eyes_alone: Annotated[
        bool, typer.Option("--eyes-alone", help="Train the eyes' own network, and keep all else.")
    ] = False,
    eyes_anew: Annotated[
        bool, typer.Option("--eyes-anew", help="Let it begin from nothing, not where --init has it.")
    ] = False,
) -> None:
    """Train the follower; the same command again goes on after a kill."""
    recipe = FaceRecipe(minutes, learning_rate, seed=seed, threads=threads, init=init)
    follower_training.train(_faces(work), _backgrounds(work), run, recipe, eyes_alone, eyes_anew)


@app.command()
def narrow_follower(
    work: Work,
    run: Run,
    out: Annotated[Path, typer.Argument(help="Folder that receives the narrower one, for --init or export.")],
    inner: Annotated[int, typer.Option(min=1, help="Hidden channels of its middle blocks.")] = INNER,
) -> None:
    """Give a trained follower middle blocks of fewer channels, fitted to what they gave before."""
    cv2.setNumThreads(1)
    narrowed = follower_training.narrowed(_faces(work), _backgrounds(work), run, inner)
    save_averaged(narrowed, out)


@app.command()
def train_detector(
    work: Work, run: Run, minutes: Minutes = 30.0, seed: Seed = 0, threads: Threads = 1
) -> None:
    """Train the detector; the same command again goes on after a kill."""
    scenes = read_arrays(work / SCENES, "python -m training face scenes WORK")
    cabins, boxes = scenes["pictures"], scenes["boxes"]
    recipe = FaceRecipe(minutes=minutes, seed=seed, threads=threads)
    detector_training.train(SceneSampler(_faces(work), cabins, boxes, _backgrounds(work)), run, recipe)


@app.command()
def export_follower(work: Work, run: Run, out: Out) -> None:
    """Export the follower of a run, finished or not, check it against PyTorch, and register it."""
    crops = _crops(Faces.load(work / HELD)[:PARITY_PICTURES])
    _export(DeployedFollower(load_averaged(FollowerNet(), run)), crops, out)


@app.command()
def quantize_follower(
    source: Annotated[Path, typer.Argument(help="The exported .onnx file.")],
    work: Work,
    out: Out,
    count: Annotated[int, typer.Option(min=1, help="Faces that ranges are measured on.")] = 1024,
) -> None:
    """Turn an exported follower into INT8: quicker on a CPU, if it still says the same."""
    learned = _faces(work)
    shown = _crops(learned[drawn_rows(len(learned), count)])
    moved = quantize(source, shown, _crops(Faces.load(work / HELD)), out)
    print(f"{out}: {out.stat().st_size / 1e6:.2f} MB, SHA-256 {register(out.stem, out, LICENCE)}")
    print("mean difference:", ", ".join(f"{name} {value:.4f}" for name, value in moved.items()))


@app.command()
def export_detector(work: Work, run: Run, out: Out) -> None:
    """Export the detector of a run, finished or not, check it against PyTorch, and register it."""
    pictures = read_arrays(work / SCENES, "python -m training face scenes WORK")["pictures"][
        :PARITY_PICTURES, ::2, ::2, np.newaxis
    ]
    _export(DeployedDetector(load_averaged(DetectorNet(), run)), pictures[:, :96], out)


@app.command(name="judge")
def judge_follower(
    work: Work,
    network: Annotated[Path, typer.Argument(help="The follower's .onnx file.")],
    people: Annotated[int, typer.Option(min=1, help="Rendered people that it never saw.")] = 60,
) -> None:
    """Judge the follower on the points kept apart and on rendered people; dlib's points beside it."""
    cv2.setNumThreads(1)
    follower, held = FaceFollower(network, RuntimeSettings()), Faces.load(work / HELD)
    print(judge.table(judge.judge_points(follower, held)))
    print("\ndlib on the same faces:", judge.judge_dlib(Landmarks68(), held), "\n")
    print(judge.table(judge.judge_renders(follower, people)))


@app.command(name="judge-detector")
def judge_face_detector(network: Annotated[Path, typer.Argument(help="The detector's .onnx file.")]) -> None:
    """Judge the detector on rendered cabins that it never saw, and on new patterns without a face."""
    cv2.setNumThreads(1)
    detector = NetworkDetector(network, RuntimeSettings(), search_score=0.1)
    random = np.random.default_rng(99)
    empty = render_empty_cabins(judge_detector.JUDGED_FROM_SEED, 30) + [pattern(random) for _ in range(200)]
    print(judge_detector.table(judge_detector.judge_detector(detector, empty)))


def _export(deployed: Deployed, images: NDArray[np.uint8], out: Path) -> None:
    provenance = Provenance(DATA, LICENCE, this_command())
    difference = export(deployed, provenance, np.ascontiguousarray(images), out)
    digest = register(out.stem, out, LICENCE)
    print(f"{out}: {out.stat().st_size / 1e6:.2f} MB, SHA-256 {digest}")
    print(f"largest difference from PyTorch on {len(images)} pictures: {difference:.1e}")


def _crops(faces: Faces) -> NDArray[np.uint8]:
    """Return the middle of each chip, as large as a crop."""
    edge = (CHIP_PX - CROP_PX) // 2
    middle = slice(edge, edge + CROP_PX)
    return np.ascontiguousarray(faces.chips[:, middle, middle, np.newaxis])


def _faces(work: Path) -> Faces:
    return Faces.load(work / REAL, work / TURNED, *_renders(work))


def _backgrounds(work: Path) -> list[NDArray[np.uint8]]:
    return list(read_arrays(work / BACKGROUNDS).values())


def _renders(work: Path) -> list[Path]:
    return sorted((work / RENDERS).glob("renders-*.npz"))
