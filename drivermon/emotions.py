"""The seven emotions and their one order, shared by networks, messages and training."""

from typing import Literal, get_args

Emotion = Literal["anger", "disgust", "fear", "happy", "neutral", "sadness", "surprise"]

EMOTIONS: tuple[Emotion, ...] = get_args(Emotion)
"""Order of the classes in every network output and every vector of probabilities."""
