"""Text of a drive script to a `Script`. The grammar on one page is docs/drive_scripts.md."""

import math
from dataclasses import replace
from pathlib import PurePath

from drivermon.errors import SimulationError
from drivermon.events import SignalValue
from drivermon.simulation.parameters import Light
from drivermon.simulation.script.expectations import read_expectation
from drivermon.simulation.script.model import Channel, Expectation, Script, Signal, Step
from drivermon.simulation.script.settings import read_camera, read_driver, read_fps, read_light
from drivermon.simulation.script.verbs import VERBS
from drivermon.simulation.script.words import Place, Words, nearest

LONGEST_S = 4 * 3600.0
"""Longest drive: a working shift between two breaks (Regulation (EC) 561/2006: 4.5 h)."""

SHORTEST_STEP_S = 0.01
MOST_REPEATS = 10_000

_SETTINGS = ("title", "driver", "fps", "length", "seed", "still", "camera", "light", "signal", "expect", "t")


def parse_script(text: str, name: str = "script") -> Script:
    """Return the script written in `text`; `name`, as a file's, stands for it in errors.

    Raises:
        ScriptError: a line that is not understood, a time out of order or out of the drive, two steps that
            contradict each other; names script, line and word, and the nearest known word.

    """
    parser = _Parser(name)
    line = 0
    for line, raw in enumerate(text.splitlines(), 1):
        words = Words(raw, Place(name, line))
        if words:
            try:
                parser.read(words, raw)
            except SimulationError as error:
                raise words.place.error(str(error)) from error
    return parser.finish(Place(name, max(line, 1)))


class _Parser:
    """What has been read so far."""

    def __init__(self, name: str) -> None:
        self.script = Script(name=PurePath(name).stem, length_s=0.0)
        self.steps: list[Step] = []
        self.signals: list[Signal] = []
        self.expectations: list[Expectation] = []
        self.seen: set[str] = set()
        self.now = -1.0

    def read(self, words: Words, raw: str) -> None:
        if words.peek() not in _SETTINGS:
            hint = nearest(words.peek(), [*_SETTINGS, *VERBS])
            if words.peek() in VERBS:
                hint = f"what happens in the drive begins with its time: t = 12.0  {words.text()}"
            raise words.fail('a setting, "expect" or "t = SECONDS"', hint)
        first = words.take().lower()
        if first == "t":
            self._timed(words)
        elif first == "expect":
            self.expectations.append(read_expectation(words))
        elif self.now >= 0:
            raise words.place.error(f'"{first}" is a setting and stands before the first "t =" line')
        elif first == "title":
            self.script = replace(self.script, title=raw.partition("#")[0].strip()[len("title") :].strip())
        else:
            self._setting(first, words)

    def _setting(self, first: str, words: Words) -> None:
        if first in self.seen and first not in {"signal", "camera"}:
            raise words.place.error(f'a second "{first}"; one is enough')
        self.seen.add(first)
        match first:
            case "driver":
                self.script = replace(self.script, driver=read_driver(words))
            case "fps":
                self.script = replace(self.script, fps=read_fps(words))
            case "length":
                self.script = replace(self.script, length_s=words.seconds("the length", 0.1, LONGEST_S))
            case "seed":
                self.script = replace(self.script, seed=words.whole("the seed", 0, 2**31 - 1))
            case "still":
                self.script = replace(self.script, still=True)
            case "camera":
                self._camera(words)
            case "light":
                self.script = replace(self.script, light=read_light(words))
            case _:
                self.signals.append(Signal(0.0, *_signal(words)))
        words.end()

    def _camera(self, words: Words) -> None:
        if words.peek() == "infrared" and "light" not in self.seen:
            self.script = replace(self.script, light=Light("night_ir"))
        self.script = replace(self.script, camera=read_camera(words, self.script.camera))

    def _timed(self, words: Words) -> None:
        if not self.script.length_s:
            raise words.place.error('say how long the drive is before the first "t =" line: length 60 s')
        length_s = self.script.length_s
        words.literal("=")
        t = words.number("a time in seconds", 0, length_s)
        words.maybe("s")
        if t < self.now:
            raise words.place.error(
                f"t goes back from {self.now:g} to {t:g} s; write the lines in order of time"
            )
        self.now = t
        times = [t]
        if words.maybe("to"):
            last = words.number("a later time in seconds", t, length_s)
            words.maybe("s")
            words.literal("every")
            pause_s = words.seconds("the repetition", 0.05, LONGEST_S)
            count = int((last - t) / pause_s + 1e-9) + 1
            if count > MOST_REPEATS:
                raise words.place.error(f"repeats {count} times, more than {MOST_REPEATS}; repeat less often")
            times = [t + k * pause_s for k in range(count)]
        if words.maybe("signal"):
            name, value = _signal(words)
            self.signals += [Signal(t, name, value) for t in times]
        else:
            self._act(words, times)
        words.end()

    def _act(self, words: Words, times: list[float]) -> None:
        verb = words.choice("what happens", [*VERBS, "signal"])
        action = VERBS[verb](words)
        for_s, over_s = _timing(words)
        if action.releases and for_s is not None:
            raise words.place.error(f'"{action.name}" ends what went on before and lasts no time itself')
        lasts_s = action.usual_s if for_s is None else for_s
        for t in times:
            end_s = t if action.releases else math.inf if lasts_s is None else t + lasts_s
            if math.isfinite(end_s) and end_s > self.script.length_s + 1e-9:
                length = f"{self.script.length_s:g}"
                raise words.place.error(
                    f'"{action.name}" lasts until {end_s:g} s, but the drive ends at {length} s'
                )
            self.steps.append(Step(action, t, end_s, words.place.line, over_s))

    def finish(self, place: Place) -> Script:
        if not self.script.length_s:
            raise place.error("the script does not say how long the drive is; write: length 60 s")
        return replace(
            self.script,
            steps=tuple(_resolved(self.steps, place.script)),
            signals=tuple(sorted(self.signals, key=lambda signal: signal.t)),
            expectations=tuple(self.expectations),
        )


def _timing(words: Words) -> tuple[float | None, float | None]:
    """Read `for D`, `D` or `over D`."""
    for_s = over_s = None
    while words:
        if words.peek() == "over" and over_s is None:
            words.take()
            over_s = words.seconds("how long the way there takes", SHORTEST_STEP_S, LONGEST_S)
        elif for_s is None and (words.maybe("for") or words.is_number()):
            for_s = words.seconds("how long", SHORTEST_STEP_S, LONGEST_S)
        else:
            raise words.fail('"for" and a time, or the end of the line')
    return for_s, over_s


def _signal(words: Words) -> tuple[str, SignalValue]:
    """Read `NAME VALUE`: a number, true, false, unknown or a word, which keeps its letters' case."""
    if not words or words.is_number():
        raise words.fail("the name of a signal")
    name = words.take()
    if words.is_number():
        return name, words.number("a value", -1e9, 1e9)
    if not words:
        raise words.fail("a value")
    plain: dict[str, SignalValue] = {"true": True, "false": False, "unknown": None}
    value = words.take()
    return name, plain.get(value.lower(), value)


def _resolved(steps: list[Step], script: str) -> list[Step]:
    """Return the steps in order of start, each ended by the next one of its channels where it is open.

    Raises:
        ScriptError: two steps of one channel at once.

    """
    ordered = sorted(steps, key=lambda step: step.start_s)
    holders: dict[Channel, int] = {}
    open_ended = {index for index, step in enumerate(ordered) if step.end_s == math.inf}
    for index, step in enumerate(ordered):
        for channel in step.action.channels:
            before = holders.get(channel)
            holders[channel] = index
            if before is None or ordered[before].end_s <= step.start_s:
                continue
            held = ordered[before]
            if held.start_s == step.start_s or not (step.action.releases or before in open_ended):
                raise Place(script, step.line).error(
                    f'"{step.action.name}" at {step.start_s:g} s overlaps "{held.action.name}" of line '
                    f"{held.line}, which lasts until {min(held.end_s, LONGEST_S):g} s; one has to wait"
                )
            ordered[before] = replace(held, end_s=step.start_s, back_over_s=step.over_s)
    return ordered
