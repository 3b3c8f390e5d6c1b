"""From sets of pictures to chips and their manifest: resumable, parallel, and the same every time."""

import hashlib
import json
import os
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from multiprocessing import get_context, parent_process
from pathlib import Path
from threading import Thread

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from drivermon.errors import OutputError, SourceError
from drivermon.perception.alignment import DEFAULT_GEOMETRY, ChipGeometry
from training.chips import save_prepared, widened
from training.datasets import Drops, Example, importer
from training.duplicates import ALIKE_BITS, SAME_BITS, joined, near_pairs, repeated
from training.files import written_whole
from training.losses import report
from training.manifest import CHIPS, CROPPED, MANIFEST, Manifest
from training.shards import Found, Shard, chips_of, make

SHARD = 256
PARTS, REPORT = "parts", "report.md"
KEY = "prepared"


@dataclass(frozen=True, slots=True)
class Collected:
    """All examples of all sets, and what the importers left out of each set."""

    data: Path
    examples: Sequence[Example]
    drops: dict[str, Drops]

    @classmethod
    def of(cls, data: Path, names: Sequence[str], cropped: Sequence[str] = ()) -> "Collected":
        """Read the labels of these sets under `data`; those in `cropped` as pictures of cut out faces.

        Raises:
            SourceError: a set is unknown, missing or damaged.

        """
        if not names:
            raise SourceError(
                f"{data} {'holds no folder named like a set' if data.is_dir() else 'is no folder'}: "
                f"unpack each set into one of its own there, such as {data / 'fer2013'}"
            )
        if strange := sorted(set(cropped) - set(names)):
            raise SourceError(f"--cropped {', '.join(strange)}: not among the sets here, {', '.join(names)}")
        drops: dict[str, Drops] = {name: Counter() for name in names}
        examples = [
            replace(one, cropped=True) if name in cropped else one
            for name in names
            for one in importer(name).examples(data / name, drops[name])
        ]
        return cls(data, examples, drops)

    def name(self, example: Example) -> str:
        """Return which picture it is, for the manifest."""
        return example.path.relative_to(self.data).as_posix()


def prepare(
    data: Path,
    out: Path,
    names: Sequence[str],
    geometry: ChipGeometry = DEFAULT_GEOMETRY,
    jobs: int = 1,
    cropped: Sequence[str] = (),
) -> Manifest:
    """Make chips of all pictures of these sets, and return their manifest.

    Of the sets in `cropped` each picture is one face, also where none is found. Run again after a kill it
    goes on; run again when all is done it changes nothing.

    Raises:
        SourceError: a set is unknown, missing or damaged.
        OutputError: `out` can't be written.

    """
    collected = Collected.of(data, names, cropped)
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
    _make_all(shards, jobs)
    manifest = _gather(collected, shards, out, _notes(collected, key, geometry))
    shutil.rmtree(parts)
    return manifest


def _notes(collected: Collected, key: str, geometry: ChipGeometry) -> dict[str, str]:
    cut_out = sorted({example.dataset for example in collected.examples if example.cropped})
    return {KEY: key, "geometry": repr(geometry), CROPPED: ", ".join(cut_out)}


def _key(collected: Collected, shards: Sequence[Shard]) -> str:
    digest = hashlib.sha256(f"{SAME_BITS} {ALIKE_BITS}".encode())
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
    pool = ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_end_with_parent)
    try:
        for future in as_completed([pool.submit(make, shard) for shard in shards]):
            yield future.result()
    except BrokenProcessPool as error:
        raise OutputError(
            "a process was killed, perhaps for want of memory: run again with fewer --jobs"
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _end_with_parent() -> None:
    """End this process when the one that started it is killed: else it would wait for work for ever."""
    parent = parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    Thread(target=watch, daemon=True).start()


def _gather(collected: Collected, shards: Sequence[Shard], out: Path, notes: Mapping[str, str]) -> Manifest:
    """Drop what repeats, write chips, manifest and report."""
    found, examples = Found.of(shards), collected.examples
    pairs = near_pairs(found.hashes)
    pairs = pairs[(found.outcome[pairs[:, :2]] != "").all(axis=1)]
    rank = np.array([int(example.usage == "train") for example in examples])
    subject = [example.subject for example in examples]
    lost = repeated(pairs, rank, subject)
    lost.update(dict.fromkeys(np.flatnonzero(found.outcome == "").tolist(), "unreadable"))
    kept = np.array([row for row in range(len(examples)) if row not in lost], np.int64)
    if len(kept) == 0:
        raise SourceError(f"none of the {len(examples)} pictures under {collected.data} can be read")
    strangers = [a not in lost and b not in lost and None in (subject[a], subject[b]) for a, b, _ in pairs]
    group = joined([example.group for example in examples], pairs[np.array(strangers, bool), :2])
    manifest = Manifest.of([_row(collected, found, group, row) for row in kept.tolist()], notes)
    text = report(collected.drops, [(e.dataset, collected.name(e)) for e in examples], lost, manifest)
    with written_whole(out / REPORT) as part:
        part.write_text(text, encoding="utf-8")
    save_prepared(out, manifest, _kept_chips(shards, kept))
    return manifest


def _row(collected: Collected, found: Found, group: Sequence[str], row: int) -> dict[str, object]:
    example = collected.examples[row]
    return {
        "image": collected.name(example),
        "dataset": example.dataset,
        "subject": example.subject,
        "group": group[row],
        "original": example.original,
        "votes": example.votes,
        "happy": example.happy,
        "usage": example.usage,
        "split": example.usage,
        "hash": found.hashes[row].tobytes().hex(),
        "detector": str(found.outcome[row]),
        "attributes": json.dumps(dict(example.attributes), sort_keys=True),
    }


def _kept_chips(shards: Sequence[Shard], kept: NDArray[np.int64]) -> Iterator[NDArray[np.uint8]]:
    start = 0
    for chips in map(chips_of, shards):
        yield chips[kept[(kept >= start) & (kept < start + len(chips))] - start]
        start += len(chips)
