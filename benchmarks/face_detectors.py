"""The face detector beside YuNet, on every frame of the clips.

python benchmarks/face_detectors.py CLIPS DETECTOR.onnx YUNET.onnx

For each clip: in how many of the frames where YuNet finds a face our detector finds the same one
(IoU of the squares at least 0.35), the lowest and the highest of its surest scores, and CPU times.
"""

import sys
import time
from pathlib import Path

import cv2
import numpy as np
from face_networks import frames

from drivermon.config import RuntimeSettings
from drivermon.perception.box import iou
from drivermon.perception.face_detector import NetworkDetector
from drivermon.perception.yunet import YuNetDetector

SAME_IOU = 0.35
LEAST_SCORE = 0.05


def main() -> None:
    """Print a line for every clip and score."""
    cv2.setNumThreads(1)
    folder, ours, yunet = (Path(argument) for argument in sys.argv[1:4])
    detector = NetworkDetector(ours, RuntimeSettings(), search_score=LEAST_SCORE)
    other = YuNetDetector(yunet)
    print(
        f"{'clip':22}{'frames':>7}{'YuNet':>7}{'same':>8}{'lowest':>8}{'1 %':>7}{'highest':>9}{'ms':>7}{'ms':>7}"
    )
    for clip in sorted(path for path in folder.iterdir() if path.suffix in {".mp4", ".avi", ".mov"}):
        surest, same, spent = [], [], []
        for image, _ in frames(clip):
            began = time.process_time()
            found = detector.search(image)
            between = time.process_time()
            known = other.search(image)
            spent.append((between - began, time.process_time() - between))
            surest.append(max((face.score for face in found), default=0.0))
            if known:
                largest = max(known, key=lambda face: face.box.side)
                same.append(max((iou(face.box, largest.box) for face in found), default=0.0) >= SAME_IOU)
        lowest, first, highest = np.quantile(surest, [0.0, 0.01, 1.0])
        ms = 1000 * np.median(spent, axis=0)
        print(
            f"{clip.stem:22}{len(surest):7}{len(same):7}{np.mean(same) if same else np.nan:8.1%}"
            f"{lowest:8.2f}{first:7.2f}{highest:9.2f}{ms[0]:7.2f}{ms[1]:7.2f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
