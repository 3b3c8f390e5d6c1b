"""One Frame in, one Perception out; no memory of time except the face track."""

from drivermon.perception.emotion import View
from drivermon.perception.perceiver import Located, Perceiver, open_perceiver
from drivermon.perception.perception import Face, Perception, to_observation
from drivermon.perception.pictures import PictureReader, open_picture_reader

__all__ = [
    "Face",
    "Located",
    "Perceiver",
    "Perception",
    "PictureReader",
    "View",
    "open_perceiver",
    "open_picture_reader",
    "to_observation",
]
