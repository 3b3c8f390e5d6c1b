"""The seven probabilities as bars, with the line that a winner must pass."""

from rich.style import Style
from rich.text import Text

from drivermon.emotions import EMOTIONS, Emotion

_EIGHTHS = " ▏▎▍▌▋▊▉"
_PLAIN = Style(color="bright_black")
_STRONGEST = Style(color="cyan")
_WINNER = Style(color="bright_green", bold=True)
_LINE = Style(color="yellow", dim=True)

NAME_WIDTH = 9
SHARE_WIDTH = 5


def probability_bars(
    probabilities: tuple[float, ...] | None, winner: Emotion | None, limit: float, width: int
) -> list[Text]:
    """Return seven lines of `width` columns: name, bar, share.

    Args:
        probabilities: in the order of `EMOTIONS`; `None` draws empty bars.
        winner: the emotion that is shown as found, `None` for uncertain.
        limit: share from which on a winner is taken; drawn as a line through the bars.
        width: columns, 24 at least.

    """
    length = max(width - NAME_WIDTH - SHARE_WIDTH, 10)
    strongest = max(probabilities) if probabilities else None
    lines = []
    for emotion, share in zip(EMOTIONS, probabilities or (None,) * len(EMOTIONS), strict=True):
        style = _PLAIN
        if emotion == winner:
            style = _WINNER
        elif share is not None and share == strongest:
            style = _STRONGEST
        line = Text(f"{emotion:<{NAME_WIDTH}}", style if share is not None else _PLAIN)
        line.append_text(_bar(share or 0.0, limit, length, style))
        line.append(f"{share:{SHARE_WIDTH}.2f}" if share is not None else f"{'–':>{SHARE_WIDTH}}", style)
        lines.append(line)
    return lines


def _bar(share: float, limit: float, length: int, style: Style) -> Text:
    eighths = round(min(max(share, 0.0), 1.0) * length * 8)
    full, rest = divmod(eighths, 8)
    cells = ("█" * full + (_EIGHTHS[rest] if rest else "")).ljust(length)
    at = min(int(limit * length), length - 1)
    bar = Text(cells[:at], style)
    # the line runs over the bar, so that a bar that passes it can be told
    bar.append("│", _LINE + Style(bgcolor=style.color) if full > at else _LINE)
    bar.append(cells[at + 1 :], style)
    return bar
