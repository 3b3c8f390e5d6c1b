"""A picture of drives: what happened, what the state said, what was alerted, on one time axis (SVG)."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from html import escape

from drivermon.evaluation.matching import Matched, Signal
from drivermon.evaluation.watching import Moment, Watched

WIDTH = 1100
_LEFT, _RIGHT = 120.0, 24.0
_ROW, _BAR, _GAP = 22.0, 14.0, 34.0

_INK, _FAINT, _GRID = "#1d2733", "#66717d", "#dfe4e8"
_TRUTH, _NOT_DUE, _STATE = "#2f6f9f", "#a9c5d9", "#8a94a0"
_ANSWER, _FALSE, _EXPLAINED = "#2e8b57", "#c8372d", "#b9bfc5"
_SHORTEST_PX = 3.0
_LETTER_PX = 6.2

_STATES: tuple[tuple[str, Callable[[Moment], bool]], ...] = (
    ("no face", lambda moment: not moment.seen),
    ("bad view", lambda moment: moment.degraded is not None),
    ("eyes closed", lambda moment: bool(moment.eyes_closed_s)),
    ("away", lambda moment: bool(moment.away_s)),
    ("yawning", lambda moment: bool(moment.yawning)),
)

Bar = tuple[float, float, str, str]
"""From and to in seconds, colour, words."""


def draw(drives: Sequence[tuple[Watched, Matched]]) -> str:
    """Return an SVG with a panel for each drive, one under the other."""
    panels: list[str] = []
    top = 56.0
    for watched, matched in drives:
        panel, height = _panel(watched, matched, top)
        panels += panel
        top += height + _GAP
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{top:.0f}" '
        f'viewBox="0 0 {WIDTH} {top:.0f}" font-family="Helvetica, Arial, sans-serif" font-size="11">'
    )
    return "\n".join([head, f'<rect width="{WIDTH}" height="{top:.0f}" fill="white"/>', *_legend(), *panels,
                      "</svg>", ""])  # fmt: skip


def _legend() -> Iterator[str]:
    words = (
        (_TRUTH, "event, answer due"),
        (_NOT_DUE, "event, too short or too slow to be due"),
        (_STATE, "state"),
        (_ANSWER, "alert that answers"),
        (_EXPLAINED, "alert that is explained"),
        (_FALSE, "false alert, or missed event"),
    )
    x = _LEFT
    for colour, text in words:
        yield f'<rect x="{x:.1f}" y="18" width="11" height="11" rx="2" fill="{colour}"/>'
        yield _text(x + 16, 27.5, text, _INK)
        x += 40 + len(text) * 5.6


def _panel(watched: Watched, matched: Matched, top: float) -> tuple[list[str], float]:
    """Draw one drive and return it with its height."""
    span_s = max(watched.duration_s, 1e-3)
    scale = (WIDTH - _LEFT - _RIGHT) / span_s

    def x(t: float) -> float:
        return _LEFT + min(max(t - watched.start_s, 0.0), span_s) * scale

    rows = [*_truth_rows(matched), *_state_rows(watched), *_alert_rows(watched, matched)]
    height = 14.0 + len(rows) * _ROW
    drawn = [_text(_LEFT, top, watched.name, _INK, weight="bold", size=13)]
    drawn += _axis(watched, x, top + 12, height)
    for index, (name, bars) in enumerate(rows):
        y = top + 18 + index * _ROW
        drawn.append(_text(_LEFT - 10, y + 11, name, _FAINT, anchor="end"))
        free = [*(x(start) for start, *_ in bars[1:]), WIDTH - 4.0]
        for bar, free_until in zip(bars, free, strict=False):  # a row without bars has room as well
            drawn += _bar(bar, x, y, free_until)
    return drawn, height + 30.0


def _truth_rows(matched: Matched) -> Iterator[tuple[str, list[Bar]]]:
    pairs = list(zip(matched.episodes, matched.answers, strict=True))
    for name in dict.fromkeys(one.topic.name for one, _ in pairs):
        bars = []
        for one, told in pairs:
            if one.topic.name == name:
                missed = one.due and not told
                colour = _FALSE if missed else _TRUTH if one.due else _NOT_DUE
                bars.append((one.start_s, one.end_s, colour, "missed" if missed else ""))
        yield f"truth: {name}", bars
    if not pairs:
        yield "truth: nothing", []


def _state_rows(watched: Watched) -> Iterator[tuple[str, list[Bar]]]:
    for name, holds in _STATES:
        bars = [(*span, _STATE, "") for span in _spans(watched.moments, holds)]
        if bars:
            yield f"state: {name}", bars


def _alert_rows(watched: Watched, matched: Matched) -> Iterator[tuple[str, list[Bar]]]:
    answering = {signal for told in matched.answers for signal in told}
    false = set(matched.false)

    def colour(signal: Signal) -> str:
        return _ANSWER if signal in answering else _FALSE if signal in false else _EXPLAINED

    for kind in dict.fromkeys(signal.kind for signal in watched.signals):
        own = [signal for signal in watched.signals if signal.kind == kind]
        yield (
            kind if own[0].severity is None else f"alert: {kind}",
            [(one.t, one.end_s, colour(one), f"{one.t:.1f} s {one.severity or ''}".strip()) for one in own],
        )


def _spans(moments: Iterable[Moment], holds: Callable[[Moment], bool]) -> Iterator[tuple[float, float]]:
    """Yield where something holds, each from its first moment to the one after its last."""
    start: float | None = None
    t = 0.0
    for moment in moments:
        t = moment.t
        if holds(moment):
            start = t if start is None else start
        elif start is not None:
            yield start, t
            start = None
    if start is not None:
        yield start, t


def _bar(bar: Bar, x: Callable[[float], float], y: float, free_until: float) -> Iterator[str]:
    start, end, colour, words = bar
    left, width = x(start), max(x(end) - x(start), _SHORTEST_PX)
    yield f'<rect x="{left:.1f}" y="{y:.1f}" width="{width:.1f}" height="{_BAR}" rx="2" fill="{colour}"/>'
    needed = len(words) * _LETTER_PX
    if words and width > needed + 8:
        yield _text(left + 4, y + 11, words, "white")
    elif words and left + width + 5 + needed < free_until:
        yield _text(left + width + 4, y + 11, words, colour)


def _axis(watched: Watched, x: Callable[[float], float], top: float, height: float) -> Iterator[str]:
    step_s = _round_step(watched.duration_s / 10.0)
    first = int(-(-watched.start_s // step_s))
    for k in range(first, int(watched.end_s // step_s) + 1):
        at = x(k * step_s)
        yield f'<line x1="{at:.1f}" y1="{top:.1f}" x2="{at:.1f}" y2="{top + height:.1f}" stroke="{_GRID}"/>'
        yield _text(at, top + height + 12, f"{k * step_s:g} s", _FAINT, anchor="middle")


def _round_step(least_s: float) -> float:
    """Return the next of 1, 2, 5, 10, ... seconds."""
    step, factors = 1.0, (2.0, 2.5, 2.0)
    k = 0
    while step < least_s:
        step *= factors[k % 3]
        k += 1
    return step


def _text(
    x: float,
    y: float,
    words: str,
    colour: str,
    *,
    anchor: str = "start",
    weight: str = "normal",
    size: int = 11,
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" text-anchor="{anchor}" font-weight="{weight}" '
        f'font-size="{size}">{escape(words)}</text>'
    )
