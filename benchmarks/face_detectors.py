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
    columns = ("frames", "YuNet", "same", "lowest", "1 %", "highest", "ms", "YuNet")
    print(f"{'clip':22}" + "".join(f"{name:>9}" for name in columns))
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
            f"{clip.stem:22}{len(surest):9}{len(same):9}{np.mean(same) if same else np.nan:9.1%}"
            f"{lowest:9.2f}{first:9.2f}{highest:9.2f}{ms[0]:9.2f}{ms[1]:9.2f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
