"""The words that sets use for the seven classes, and for what is none of them."""

from drivermon.emotions import EMOTIONS

WORDS: dict[str, str] = {
    **{emotion: emotion for emotion in EMOTIONS},
    "angry": "anger",
    "disgusted": "disgust",
    "afraid": "fear",
    "fearful": "fear",
    "happiness": "happy",
    "sad": "sadness",
    "surprised": "surprise",
}
OTHER = frozenset({"contempt", "contemptuous", "content", "pain", "ahegao", "unknown", "none"})
"""Classes of some sets that are none of the seven; their pictures are dropped and counted."""
