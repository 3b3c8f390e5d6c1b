"""How often the driver's face is found on real clips, and how well its box fits YuNet's.

python benchmarks/faces_on_clips.py CLIPS_FOLDER YUNET.onnx [CLIP...]

YuNet (OpenCV Zoo) is not shipped; give the path of its ONNX file.
"""

import sys
import time
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from drivermon.config import load
from drivermon.events import Frame
from drivermon.perception import open_perceiver
from drivermon.perception.box import Box, iou
from drivermon.sources import open_source

YUNET_SCORE = 0.6
YUNET_SIDE_PX = 320


def yunet_box(detector: cv2.FaceDetectorYN, image: NDArray[np.uint8]) -> Box | None:
    """Return YuNet's largest face in pixels of `image`."""
    scale = YUNET_SIDE_PX / max(image.shape[:2])
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    detector.setInputSize(small.shape[1::-1])
    faces = detector.detect(small)[1]
    if faces is None:
        return None
    largest = max(faces, key=lambda face: face[2] * face[3])
    return Box(*(float(value) / scale for value in largest[:4]))


def main() -> None:
    """Print one row a clip."""
    folder, yunet = Path(sys.argv[1]), sys.argv[2]
    names = sys.argv[3:] or sorted(path.name for path in folder.iterdir() if path.suffix != ".csv")
    detector = cv2.FaceDetectorYN.create(yunet, "", (YUNET_SIDE_PX, YUNET_SIDE_PX), YUNET_SCORE)
    perceiver = open_perceiver(load().settings)
    print(f"{'clip':28}{'frames':>7}{'found':>8}{'IoU>=.5':>9}{'mean IoU':>9}{'YuNet':>7}{'ms':>7}")
    for name in names:
        perceiver.forget()
        frames = found = agree = yunet_found = 0
        overlaps, spent_s = [], 0.0
        with open_source(str(folder / name), load().settings) as source:
            for event in source.events():
                if not isinstance(event, Frame):
                    continue
                started = time.perf_counter()
                observation = perceiver.observe(event)
                spent_s += time.perf_counter() - started
                truth = yunet_box(detector, event.image)
                frames += 1
                found += observation.face is not None
                yunet_found += truth is not None
                if observation.face is not None and truth is not None:
                    overlaps.append(iou(Box(*observation.face.box), truth))
                    agree += overlaps[-1] >= 0.5
        print(
            f"{name:28}{frames:7}{found / frames:8.1%}{agree / frames:9.1%}"
            f"{np.mean(overlaps) if overlaps else 0:9.2f}{yunet_found / frames:7.1%}"
            f"{1000 * spent_s / frames:7.1f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
