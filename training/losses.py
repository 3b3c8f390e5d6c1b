"""The report of `prepare`: what was lost of each set, where, and what stayed."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from drivermon.emotions import EMOTIONS
from training.datasets import Drops
from training.manifest import Manifest
from training.markdown import table

NAMED = 20
"""So many unreadable pictures are named."""
GONE = ("unreadable", "exact duplicate", "near duplicate", "like a test picture")


def report(
    drops: Mapping[str, Drops],
    pictures: Sequence[tuple[str, str]],
    lost: Mapping[int, str],
    manifest: Manifest,
) -> str:
    """Write it as Markdown.

    Args:
        drops: what the importers left out, by set.
        pictures: set and name of every picture that was read.
        lost: why rows of `pictures` are not in the manifest.
        manifest: of what stayed.

    """
    parts = [
        "# What was prepared, and what was lost",
        _losses(pictures, lost, manifest),
        "No face: the picture stays, as a black chip, for a face that is not found is a wrong answer "
        "where a network is judged; it is not trained on. Average crop: no face of its size found.",
        _groups(manifest),
        "## Left out when the labels were read",
        _dropped(drops),
        "## What stayed, by label",
        _labels(manifest),
    ]
    unreadable = [pictures[row][1] for row, why in lost.items() if why == "unreadable"]
    if unreadable:
        more = f" and {len(unreadable) - NAMED} more" if len(unreadable) > NAMED else ""
        parts += ["## Unreadable", ", ".join(unreadable[:NAMED]) + more]
    return "\n\n".join(parts) + "\n"


def _losses(pictures: Sequence[tuple[str, str]], lost: Mapping[int, str], manifest: Manifest) -> str:
    read = Counter(dataset for dataset, _ in pictures)
    gone = Counter((pictures[row][0], why) for row, why in lost.items())
    kept = Counter(zip(manifest.column("dataset"), manifest.column("detector"), strict=True))
    rows = [
        [
            name,
            count,
            *(gone[name, why] for why in GONE),
            sum(kept[name, how] for how in ("eyes", "crop", "none")),
        ]
        + [kept[name, how] for how in ("eyes", "crop", "none")]
        for name, count in read.items()
    ]
    return table(["set", "pictures", *GONE, "stayed", "by the eyes", "average crop", "no face"], rows)


def _groups(manifest: Manifest) -> str:
    """Say how large groups of strangers became: a chain of pictures that are alike may grow far."""
    strangers = [
        group
        for group, who in zip(manifest.column("group"), manifest.column("subject"), strict=True)
        if who is None
    ]
    if not strangers:
        return "The person is known on every picture."
    name, largest = Counter(strangers).most_common(1)[0]
    return (
        f"{len(strangers)} pictures of people who are not known form {len(set(strangers))} groups of alike "
        f"ones, which a split keeps together; the largest, {name}, has {largest}."
    )


def _dropped(drops: Mapping[str, Drops]) -> str:
    rows = [[name, why, count] for name, reasons in drops.items() for why, count in reasons.items()]
    return table(["set", "why", "pictures"], rows) if rows else "Nothing."


def _labels(manifest: Manifest) -> str:
    counts: dict[tuple[str, str], Counter[int]] = defaultdict(Counter)
    for dataset, split, label in zip(
        *(manifest.column(name) for name in ("dataset", "split", "original")), strict=True
    ):
        counts[dataset, split][label] += 1
    rows = [
        [dataset, split, *(labels[index] for index in range(len(EMOTIONS))), labels[-1]]
        for (dataset, split), labels in counts.items()
    ]
    return table(["set", "part", *EMOTIONS, "no label"], rows)
