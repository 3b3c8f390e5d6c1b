"""More pictures from few: offline, the four published recipes; online, what a cabin camera does to a face."""

from training.augment.online import Augment

__all__ = ["Augment"]
