"""One line of a drive script as words, read from left to right; every error names file, line and word."""

import difflib
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

from drivermon.errors import ScriptError

_TOKEN = re.compile(
    r"\+-|±|=|%|\d+x\d+\b|[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|[^\s=%#±\d+-][^\s=%#]*|\S", re.IGNORECASE
)

SECONDS = {"s": 1.0, "ms": 0.001, "min": 60.0}
"""Units of a duration, in seconds."""

FEW = 8
"""So many known words are listed although there is a near one."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in which script (or option, with line 0); what an error message begins with."""

    script: str
    line: int

    def error(self, message: str) -> ScriptError:
        """Return an error that names this place."""
        where = self.script if not self.line else f"{self.script}, line {self.line}"
        return ScriptError(f"{where}: {message}")


def listed(names: Iterable[str], last: str = "or") -> str:
    """Return `a, b or c`."""
    *head, tail = names
    return f"{', '.join(head)} {last} {tail}" if head else tail


def nearest(word: str, known: Iterable[str]) -> str:
    """Return what to say about a word that is not known: the nearest known one, all of them if few."""
    names = sorted(known)
    close = difflib.get_close_matches(word.lower(), names, n=1, cutoff=0.6)
    every = f"known are {listed(names, 'and')}"
    if not close:
        return every
    guess = f'did you mean "{close[0]}"?'
    return f"{guess} {every}" if len(names) <= FEW else guess


class Words:
    """A cursor over the words of one line.

    Words are compared in lower case. Every reading method raises `ScriptError`, naming the word that
    does not fit, what was expected and the nearest known word.
    """

    def __init__(self, text: str, place: Place) -> None:
        """Cut `text` into words; a `#` begins a comment."""
        self.place = place
        self._words: list[str] = _TOKEN.findall(text.partition("#")[0])
        self._next = 0

    def __bool__(self) -> bool:
        """Whether a word is left."""
        return self._next < len(self._words)

    def peek(self) -> str:
        """Return the next word in lower case, empty at the end of the line."""
        return self._words[self._next].lower() if self else ""

    def text(self) -> str:
        """Return all words, one space apart."""
        return " ".join(self._words)

    def fail(self, expected: str, hint: str = "") -> ScriptError:
        """Return an error about the next word."""
        if not self:
            return self.place.error(f'the line ends after "{self._words[-1]}"; expected {expected}')
        tail = f"; {hint}" if hint else ""
        return self.place.error(f'expected {expected}, not "{self._words[self._next]}"{tail}')

    def take(self) -> str:
        """Return the next word as it is written and go past it."""
        word = self._words[self._next]
        self._next += 1
        return word

    def maybe(self, *names: str) -> str | None:
        """Return the next word if it is one of `names`, else leave it and return `None`."""
        return self.take().lower() if self.peek() in names else None

    def choice(self, what: str, names: Iterable[str]) -> str:
        """Return the next word, which must be one of `names`."""
        known = list(names)
        if self.peek() not in known:
            raise self.fail(what, nearest(self.peek(), known) if self else "")
        return self.take().lower()

    def literal(self, *names: str) -> None:
        """Go past exactly these words."""
        for name in names:
            if self.maybe(name) is None:
                raise self.fail(f'"{name}"')

    def is_number(self) -> bool:
        """Whether the next word is written as a number, `nan` and `inf` included."""
        try:
            float(self.peek())
        except ValueError:
            return False
        return True

    def is_duration(self) -> bool:
        """Whether a number with a unit of time is next."""
        unit = self._words[self._next + 1].lower() if self._next + 1 < len(self._words) else ""
        return self.is_number() and unit in SECONDS

    def number(self, what: str, low: float, high: float) -> float:
        """Return the next word as a finite number from `low` to `high`."""
        wanted = f"{what} from {low:g} to {high:g}"
        if not self.is_number():
            raise self.fail(wanted)
        value = float(self.peek())
        if not math.isfinite(value) or not low <= value <= high:
            raise self.fail(wanted)
        self._next += 1
        return value

    def whole(self, what: str, low: int, high: int) -> int:
        """Return the next word as a whole number from `low` to `high`."""
        value = self.number(f"{what}, a whole number", low, high)
        if value != int(value):
            self._next -= 1
            raise self.fail(f"{what}, a whole number from {low} to {high}")
        return int(value)

    def seconds(self, what: str, low: float, high: float) -> float:
        """Return a number with its unit `s`, `ms` or `min`, as seconds from `low` to `high`."""
        wanted = f"{what} from {low:g} to {high:g} s"
        if not self.is_number() or not math.isfinite(float(self.peek())):
            raise self.fail(wanted)
        start = self._next
        amount = float(self.take())
        value = amount * SECONDS[self.choice(f"the unit s, ms or min after {amount:g}", SECONDS)]
        if not low <= value <= high:
            self._next = start
            raise self.fail(wanted)
        return value

    def end(self) -> None:
        """Raise unless the line is at its end."""
        if self:
            raise self.fail("the end of the line")
