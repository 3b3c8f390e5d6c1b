"""What MediaPipe's attention mesh measures on clips, as rows for `face_networks.py`, which starts this.

python benchmarks/mediapipe_on_clips.py OUT.csv CLIP..., in an environment of its own with mediapipe 0.10.21.
"""

import csv
import sys
import time

import cv2
import mediapipe as mp  # type: ignore[import-not-found]
import numpy as np

RIGHT_EYE, LEFT_EYE = (33, 160, 158, 133, 153, 144), (362, 385, 387, 263, 373, 380)
LIPS = (78, 82, 13, 312, 308, 317, 14, 87)


def eye_ratio(eye: np.ndarray) -> float:
    """Lid gap over eye width of six points."""
    gap = np.linalg.norm(eye[1] - eye[5]) + np.linalg.norm(eye[2] - eye[4])
    return float(gap / (2 * np.linalg.norm(eye[0] - eye[3])))


def lip_ratio(lips: np.ndarray) -> float:
    """Gap over width of the eight points of the inner lips."""
    gap = np.linalg.norm(lips[1:4] - lips[7:4:-1], axis=1).mean()
    return float(gap / np.linalg.norm(lips[0] - lips[4]))


def main() -> None:
    """Write a row for every frame."""
    cv2.setNumThreads(1)
    with open(sys.argv[1], "w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        for clip in sys.argv[2:]:
            mesh = mp.solutions.face_mesh.FaceMesh(max_num_faces=1, refine_landmarks=True)
            video = cv2.VideoCapture(clip)
            fps, index = video.get(cv2.CAP_PROP_FPS), -1
            while True:
                index += 1
                t = index / fps
                read, image = video.read()
                if not read:
                    break
                began = time.process_time()
                found = mesh.process(cv2.cvtColor(image, cv2.COLOR_BGR2RGB)).multi_face_landmarks
                spent_ms = 1000 * (time.process_time() - began)
                if not found:
                    rows.writerow([clip, t, spent_ms, 0, "", "", "", ""])
                    continue
                size = np.array([image.shape[1], image.shape[0], image.shape[1]])
                points = np.array([(p.x, p.y, p.z) for p in found[0].landmark]) * size
                right, left = (eye_ratio(points[list(eye)]) for eye in (RIGHT_EYE, LEFT_EYE))
                rows.writerow([clip, t, spent_ms, 1, right, left, lip_ratio(points[list(LIPS)]), ""])


if __name__ == "__main__":
    main()
