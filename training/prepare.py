"""From sets of pictures to chips and their manifest: resumable, parallel, and the same every time."""

import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from drivermon.errors import OutputError, SourceError
from drivermon.perception.alignment import DEFAULT_GEOMETRY, ChipGeometry
from training.chips import widened
from training.datasets import Drops, Example, importer
from training.duplicates import joined, near_pairs, repeated
from training.losses import report
from training.manifest import CHIPS, MANIFEST, Manifest
from training.shards import Made, Shard, make

SHARD = 256
PARTS, REPORT = "parts", "report.md"
FIRST_SPLIT = {"train": "train", "test": "test", "judge": "judge"}
KEY = "prepared"


@dataclass(frozen=True, slots=True)
class Collected:
    """All examples of all sets, and what the importers left out of each set."""

    data: Path
    examples: Sequence[Example]
    drops: dict[str, Drops]

    @classmethod
    def of(cls, data: Path, names: Sequence[str]) -> "Collected":
        """Read the labels of these sets under `data`.

        Raises:
            SourceError: a set is unknown, missing or damaged.

        """
        if not names:
            raise SourceError(f"{data} holds none of the known sets; name them with --sets")
        drops: dict[str, Drops] = {name: Counter() for name in names}
        examples = [one for name in names for one in importer(name).examples(data / name, drops[name])]
        return cls(data, examples, drops)

    def name(self, example: Example) -> str:
        """Return which picture it is, for the manifest."""
        return example.path.relative_to(self.data).as_posix()


def prepare(
    data: Path, out: Path, names: Sequence[str], geometry: ChipGeometry = DEFAULT_GEOMETRY, jobs: int = 1
) -> Manifest:
    """Make chips of all pictures of these sets, and return their manifest.

    Run again after a kill it goes on; run again when all is done it changes nothing.

    Raises:
        SourceError: a set is unknown, missing or damaged.
        OutputError: `out` can't be written.

    """
    collected = Collected.of(data, names)
    parts = out / PARTS
    shards = [
        Shard.of(collected.examples[start : start + SHARD], widened(geometry), parts)
        for start in range(0, len(collected.examples), SHARD)
    ]
    key = _key(collected, shards)
    if (out / MANIFEST).is_file() and (out / CHIPS).is_file():
        manifest = Manifest.load(out)
        if manifest.notes.get(KEY) == key:
            return manifest
    try:
        parts.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{parts} can't be made ({error}): name another folder") from error
    _make_all(shards, jobs)
    manifest = _gather(collected, shards, out, {KEY: key, "geometry": repr(geometry)})
    shutil.rmtree(parts)
    return manifest


def _key(collected: Collected, shards: Sequence[Shard]) -> str:
    digest = hashlib.sha256()
    for shard in shards:
        digest.update(shard.path.name.encode())
    for e in collected.examples:
        known = (e.dataset, e.group, e.original, e.votes, e.happy, e.subject, e.usage, dict(e.attributes))
        digest.update(repr(known).encode())
    return digest.hexdigest()


def _make_all(shards: Sequence[Shard], jobs: int) -> None:
    columns = TextColumn("chips"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("chips", total=sum(len(shard.examples) for shard in shards))
        for count in map(make, shards) if jobs == 1 else _in_parallel(shards, jobs):
            progress.advance(task, count)


def _in_parallel(shards: Sequence[Shard], jobs: int) -> Iterator[int]:
    # spawned, not forked: threads of OpenCV in this process must not be copied halfway
    pool = ProcessPoolExecutor(jobs, mp_context=get_context("spawn"))
    try:
        for future in as_completed([pool.submit(make, shard) for shard in shards]):
            yield future.result()
    except BrokenProcessPool as error:
        raise OutputError(
            "a process was killed, perhaps for want of memory: run again with fewer --jobs"
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _gather(collected: Collected, shards: Sequence[Shard], out: Path, notes: dict[str, str]) -> Manifest:
    """Drop what repeats, write chips, manifest and report."""
    made = [Made.load(shard.path) for shard in shards]
    outcome = np.concatenate([part.outcome for part in made])
    hashes = np.concatenate([part.hashes for part in made])
    examples = collected.examples
    lost = {int(row): "unreadable" for row in np.nonzero(outcome == "")[0]}
    rank = np.array([int(example.usage == "train") for example in examples])
    subject = [example.subject for example in examples]
    pairs = near_pairs(hashes)
    pairs = pairs[(outcome[pairs[:, 0]] != "") & (outcome[pairs[:, 1]] != "")]
    lost |= repeated(pairs, rank, subject)
    kept = np.array([row for row in range(len(examples)) if row not in lost], np.int64)
    if len(kept) == 0:
        raise SourceError(f"none of the {len(examples)} pictures under {collected.data} can be read")
    strangers = [a not in lost and b not in lost and None in (subject[a], subject[b]) for a, b, _ in pairs]
    group = joined([example.group for example in examples], pairs[np.array(strangers, bool), :2])
    manifest = Manifest.of([
        {
            "image": collected.name(examples[row]),
            "dataset": examples[row].dataset,
            "subject": subject[row],
            "group": group[row],
            "original": examples[row].original,
            "votes": examples[row].votes,
            "happy": examples[row].happy,
            "usage": examples[row].usage,
            "split": FIRST_SPLIT[examples[row].usage],
            "hash": hashes[row].tobytes().hex(),
            "detector": str(outcome[row]),
            "attributes": json.dumps(dict(examples[row].attributes), sort_keys=True),
        }
        for row in kept.tolist()
    ], notes)  # fmt: skip
    text = report(collected.drops, [(e.dataset, collected.name(e)) for e in examples], lost, manifest)
    # chips without their manifest are no chips: a kill between the two leaves nothing that looks whole
    (out / MANIFEST).unlink(missing_ok=True)
    _write_chips(out / CHIPS, [part.chips for part in made], kept)
    _write_text(out / REPORT, text)
    manifest.save(out)
    return manifest


def _write_chips(path: Path, parts: Sequence[NDArray[np.uint8]], kept: NDArray[np.int64]) -> None:
    """Write the kept rows as one .npy file, whole or not at all."""
    part = path.with_suffix(".part")
    shape = (len(kept), *parts[0].shape[1:])
    try:
        with part.open("wb") as file:
            header = {"descr": "|u1", "fortran_order": False, "shape": shape}
            np.lib.format.write_array_header_1_0(file, header)
            start = 0
            for chips in parts:
                rows = kept[(kept >= start) & (kept < start + len(chips))] - start
                file.write(chips[rows].tobytes())
                start += len(chips)
        part.replace(path)
    except OSError as error:
        raise OutputError(f"{path} can't be written ({error}): is the disk full?") from error


def _write_text(path: Path, text: str) -> None:
    part = path.with_suffix(".part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise OutputError(f"{path} can't be written ({error}): is the disk full?") from error
