"""What the experiments came to, beside what was published, as Markdown and CSV."""

import csv
from collections.abc import Sequence
from pathlib import Path

from training.experiments import Outcome
from training.files import written_whole
from training.markdown import table
from training.published import (
    NETWORKS,
    OVERFIT_NEUTRAL,
    OVERFIT_PICTURES,
    TEST_ACCURACY,
    UNKNOWN,
    UNSEEN_ACCURACY,
)

MARKDOWN, CSV = "experiments.md", "experiments.csv"
NONE = "–"


def write_report(outcomes: Sequence[Outcome], out: Path, split_by: str) -> None:
    """Write `experiments.md` and `experiments.csv` into a folder.

    Raises:
        OutputError: they can't be written.

    """
    with written_whole(out / MARKDOWN) as part:
        part.write_text(markdown(outcomes, split_by), "utf-8")
    sets = sorted({name for outcome in outcomes for name in outcome.unseen})
    names = [name for name in Outcome.__dataclass_fields__ if name != "unseen"]
    with written_whole(out / CSV) as part, part.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([*names, *sets])
        for outcome in outcomes:
            own = [getattr(outcome, name) for name in names]
            writer.writerow([*own, *(outcome.unseen.get(name) for name in sets)])


def markdown(outcomes: Sequence[Outcome], split_by: str) -> str:
    """Return the experiments and the generalisation table."""
    how = (
        f"Split by {split_by}. All runs in the folder, also those of earlier calls. Accuracy is over all "
        "pictures judged, an undetected face is wrong. Training time counts the epochs; what frozen layers "
        f"see is computed once before them. Time for {OVERFIT_PICTURES} pictures one by one, from as many as "
        "the table says."
    )
    new_people = (
        f"The published networks got {TEST_ACCURACY} right on people they had seen, {UNSEEN_ACCURACY} on new "
        f"ones; the set on which over-fitting was looked for had {OVERFIT_PICTURES} pictures, "
        f"{OVERFIT_NEUTRAL} of them neutral. Ours, on sets that only judge:"
    )
    parts = [
        "# The published experiments, run again",
        how,
        _runs(outcomes),
        "## New people",
        new_people,
        _generalisation(outcomes),
    ]
    return "\n\n".join(parts) + "\n"


def _runs(outcomes: Sequence[Outcome]) -> str:
    head = [
        "network",
        "data",
        "start",
        "chips",
        "epochs",
        "judged of each set",
        "parameters (published)",
        "MB",
        "training, s (published)",
        f"{OVERFIT_PICTURES} pictures, one core, s (published)",
        "GPU, s",
        "validation (published)",
        "test (published)",
    ]
    return table(head, [_run(outcome) for outcome in outcomes])


def _run(outcome: Outcome) -> list[str]:
    known = NETWORKS.get(outcome.network)
    parameters = f"{outcome.parameters:,} ({f'{known.parameters:,}' if known else NONE})"
    unknown = UNKNOWN if known else NONE
    return [
        outcome.network,
        outcome.data,
        outcome.start,
        str(outcome.chips),
        str(outcome.epochs),
        "all" if outcome.judged is None else str(outcome.judged),
        parameters,
        f"{outcome.megabytes:.0f}",
        f"{outcome.train_s:.1f} ({unknown})",
        f"{outcome.cpu_s:.1f} from {outcome.timed} ({unknown})",
        NONE if outcome.gpu_s is None else f"{outcome.gpu_s:.1f}",
        f"{_percent(outcome.validation)} ({unknown})",
        f"{_percent(outcome.test)} ({f'best of all {TEST_ACCURACY}' if known else NONE})",
    ]


def _generalisation(outcomes: Sequence[Outcome]) -> str:
    sets = sorted({name for outcome in outcomes for name in outcome.unseen})
    if not sets:
        return "No set that only judges is here."
    rows = [
        [
            outcome.network,
            outcome.data,
            outcome.start,
            _percent(outcome.test),
            *(_percent(outcome.unseen.get(name)) for name in sets),
        ]
        for outcome in outcomes
    ]
    published = [
        "published, best",
        NONE,
        NONE,
        TEST_ACCURACY,
        *([f"{UNSEEN_ACCURACY} (other sets)"] * len(sets)),
    ]
    return table(["network", "data", "start", "test, same sets", *sets], [*rows, published])


def _percent(share: float | None) -> str:
    return NONE if share is None else f"{share:.1%}"
