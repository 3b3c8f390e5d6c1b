"""What MediaPipe's attention mesh sees in the pictures: a teacher for lids, lips and pose.

Runs in an environment of its own, never in the project's: python -m venv MP; MP/bin/pip install
mediapipe==0.10.21; MP/bin/python training/face/teach.py OUT.npz FOLDER... For that it imports nothing
of the project. A picture is looked at twice, as it is and mirrored: where both views differ, the
teacher isn't sure.
"""

import sys
from pathlib import Path

import cv2
import mediapipe as mp  # type: ignore[import-not-found]
import numpy as np

PICTURES = {".jpg", ".png", ".tiff"}
SMALLEST_PX = 100
PADDING = 0.25
"""Share of the side added round each picture: the teacher's detector wants air round a face."""


def mesh_of(model: "mp.solutions.face_mesh.FaceMesh", image: np.ndarray) -> np.ndarray:
    """Return (478, 3) x, y, z in pixels; NaN where no face is found."""
    found = model.process(cv2.cvtColor(image, cv2.COLOR_BGR2RGB)).multi_face_landmarks
    height, width = image.shape[:2]
    if not found:
        return np.full((478, 3), np.nan, np.float32)
    return np.array([(p.x * width, p.y * height, p.z * width) for p in found[0].landmark], np.float32)


def both_views(model: "mp.solutions.face_mesh.FaceMesh", image: np.ndarray) -> np.ndarray:
    """Return (2, 478, 3): seen as it is and mirrored, both in pixels of the picture; indices as seen."""
    pad = round(PADDING * max(image.shape[:2]))
    padded = cv2.copyMakeBorder(image, pad, pad, pad, pad, cv2.BORDER_REPLICATE)
    seen, mirrored = mesh_of(model, padded), mesh_of(model, np.ascontiguousarray(padded[:, ::-1]))
    mirrored[:, 0] = padded.shape[1] - 1 - mirrored[:, 0]
    views = np.stack([seen, mirrored])
    views[..., :2] -= pad
    return views


def main() -> None:
    """Look at every picture under the folders and write names and meshes."""
    cv2.setNumThreads(1)
    out, folders = Path(sys.argv[1]), [Path(name) for name in sys.argv[2:]]
    paths = sorted(path for folder in folders for path in folder.rglob("*") if path.suffix in PICTURES)
    model = mp.solutions.face_mesh.FaceMesh(
        static_image_mode=True, max_num_faces=1, refine_landmarks=True, min_detection_confidence=0.4
    )
    names, meshes = [], []
    for path in paths:
        image = cv2.imread(str(path))
        if image is None or max(image.shape[:2]) < SMALLEST_PX:
            continue
        names.append(str(path))
        meshes.append(both_views(model, image))
        if len(names) % 200 == 0:
            found = np.isfinite(np.stack(meshes)[:, 0, 0, 0]).mean()
            print(f"{len(names)} of {len(paths)} pictures, face in {found:.1%}", flush=True)
    np.savez(out, names=np.array(names), meshes=np.stack(meshes).astype(np.float32))
    print(f"{out}: {len(names)} pictures", flush=True)


if __name__ == "__main__":
    main()
