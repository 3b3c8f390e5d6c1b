"""Static INT8 of an exported emotion network.

Only the backbone is quantised. Normalisation of the chip, heads and calibrated softmax stay in single
precision: they cost nothing, and probabilities of 8 bits would be coarse.
"""

from pathlib import Path
from typing import Any

from drivermon.config import RuntimeSettings
from drivermon.errors import NetworkError
from drivermon.perception.emotion import EmotionNetwork
from training.chips import ChipSet
from training.files import written_whole
from training.int8 import layers_between, write_int8
from training.judging import accuracies, chips_for

MOST_LOST = 0.01
"""Of accuracy; a network that loses more is not written."""


def quantize(source: Path, shown: ChipSet, judged: ChipSet, out: Path) -> dict[str, float]:
    """Write the INT8 network of `source` to `out` and return what it costs.

    Args:
        source: an exported network.
        shown: chips of the training part, from which the ranges of activations are measured.
        judged: chips of neither the training nor the reporting part, on which the cost is measured.
        out: of the network; written only if nothing costs more than `MOST_LOST`.

    Returns:
        Accuracy lost (of 1; negative where it gained) by the shipped mix and by each head, by output and
        label view.

    Raises:
        NetworkError: the source is no emotion network, or INT8 costs too much.
        OutputError: the file can't be written.

    """
    network = EmotionNetwork(source, RuntimeSettings())
    before = accuracies(network, judged)
    with written_whole(out) as part:
        write_int8(source, chips_for(network.geometry, shown.chips), part, backbone)
        after = accuracies(EmotionNetwork(part, RuntimeSettings()), judged)
        lost = {view: before[view] - after[view] for view in before}
        worst = max(lost, key=lambda view: lost[view])
        if lost[worst] > MOST_LOST:
            raise NetworkError(
                f"{out}: not written: INT8 costs {100 * lost[worst]:.1f} points of accuracy ({worst}), more "
                f"than {100 * MOST_LOST:.0f}; give more calibration chips, or keep {source.name}"
            )
    return lost


def backbone(model: Any) -> list[str]:
    """Return the names of the nodes from the second to the last convolution, and what belongs to them.

    The first sees one channel: in 8 bits it takes three times as long.
    """
    kinds = [node.op_type for node in model.graph.node]
    first = kinds.index("Conv", kinds.index("Conv") + 1)
    return layers_between(model, first, len(kinds) - 1 - kinds[::-1].index("Conv"))
