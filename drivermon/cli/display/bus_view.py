"""What `drivermon watch` draws: the bus as it is, calm while all is well."""

from collections import deque
from dataclasses import dataclass, field

from rich.console import Group, RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from drivermon.bus.link import LinkEvent, LinkLost, LinkRestored, LinkState, Missed, NewerSchema, Restarted
from drivermon.bus.subscriber import Item
from drivermon.cli.display.bars import probability_bars
from drivermon.cli.display.lines import SEVERITY_STYLE, alert_line, state_line
from drivermon.cli.display.words import condition_in_words
from drivermon.messages import Alert, DriverState, Health, Observation, OpenAlert

MIN_COLUMNS, MIN_ROWS = 66, 20
"""In a smaller terminal the view is cut off."""

_DIM = "bright_black"
_FACTS_COLUMNS = 38
_BODY_ROWS = 9
_OPEN_ROWS = 3
_FRAME_ROWS = 7  # title, health, three rules, last line, and the title of the log
_LINK = {
    LinkState.WAITING: Text("○ waiting for drivermon", "yellow"),
    LinkState.UP: Text("● live", "green"),
    LinkState.LOST: Text("● link lost", "bold red"),
}


@dataclass(slots=True)
class BusView:
    """What was heard, as far as it is drawn.

    Attributes:
        endpoint: where it was heard.
        limit: share that a winning emotion must pass, drawn through the bars.
        link: whether the daemon is heard.
        open_alerts: most urgent first.
        state, health: the last ones.
        missed: messages that did not arrive.
        log: alerts and what happened to the link, oldest first.

    """

    endpoint: str
    limit: float
    link: LinkState = LinkState.WAITING
    open_alerts: tuple[OpenAlert, ...] = ()
    state: DriverState | None = None
    health: Health | None = None
    missed: int = 0
    log: deque[Text] = field(default_factory=lambda: deque(maxlen=100))

    def take(self, item: Item) -> None:
        """Note what a subscription yielded."""
        match item:
            case DriverState():
                self.state = item
            case Health():
                self.health = item
            case Alert():
                self.log.append(alert_line(item))
            case Missed(count=count):
                self.missed += count
            case Observation():
                pass
            case _:
                style = "bold red" if isinstance(item, LinkLost) else "cyan"
                self.log.append(Text(f"{'':10}{link_in_words(item)}", style))

    def draw(self, columns: int, rows: int) -> RenderableType:
        """Lay it out on `columns` x `rows` characters."""
        log_rows = max(1, rows - _FRAME_ROWS - _BODY_ROWS - _OPEN_ROWS)
        body = Table.grid(padding=(0, 2, 0, 0))
        body.add_column(width=_FACTS_COLUMNS, no_wrap=True)
        body.add_column()
        body.add_row(self._facts(), self._bars(columns - _FACTS_COLUMNS - 2))
        return Group(
            _spread(Text.assemble(("drivermon", "bold"), f"  {self.endpoint}"), _LINK[self.link], columns),
            self._health_line(columns),
            Rule(style=_DIM),
            body,
            Rule(style=_DIM),
            *self._open(),
            Rule(style=_DIM),
            Text("happened so far", _DIM),
            *_filled(list(self.log)[-log_rows:], log_rows),
            Text("q quits", _DIM),
        )

    def _health_line(self, columns: int) -> Text:
        health = self.health
        if health is None:
            return Text("no health yet", _DIM)
        line = Text(f"{health.fps:.1f} fps", _DIM)
        if health.latency is not None:
            line.append(f"   {health.latency.p50_ms:.1f} ms, 99 % in {health.latency.p99_ms:.1f}")
        line.append(f"   {health.dropped} dropped   camera ")
        line.append(str(health.camera), _DIM if health.camera == "ok" else "bold yellow")
        if health.lagging:
            line.append("   lagging", "bold yellow")
        if self.missed:
            line.append(f"   {self.missed} missed", "yellow")
        return _spread(line, Text(f"up {_duration(health.uptime_s)}", _DIM), columns)

    def _facts(self) -> Group:
        state = self.state
        if state is None:
            return Group(*_filled([Text("no state yet", _DIM)], _BODY_ROWS))
        facts = {
            "eyes closed": _seconds(state.eyes_closed_s),
            "PERCLOS": f"{_percent(state.perclos_60)} in 60 s, {_percent(state.perclos_180)} in 180 s",
            "blinks": _text(state.blinks),
            "yawns": f"{_text(state.yawns)}{', yawning' if state.yawning else ''}",
            "attention": f"{_text(state.attention)}, buffer {_seconds(state.buffer_s)}",
            "baseline": _text(state.baseline),
            "speed": "–" if state.speed_kmh is None else f"{state.speed_kmh:.0f} km/h",
        }
        lines = [Text.assemble((f"{name:<13}", _DIM), value) for name, value in facts.items()]
        first = state_line(state) if self._is_fresh else Text("○ not heard now, this was the last")
        return Group(*self._faded(_filled([first, Text(), *lines], _BODY_ROWS)))

    def _bars(self, columns: int) -> Group:
        state = self.state
        shares = state.probabilities.vector() if state and state.probabilities else None
        winner = state.emotion if state else None
        return Group(Text(), Text(), *self._faded(probability_bars(shares, winner, self.limit, columns)))

    def _open(self) -> list[Text]:
        lines = [self._open_line(alert) for alert in self.open_alerts[:_OPEN_ROWS]]
        more = len(self.open_alerts) - _OPEN_ROWS
        if more > 0:
            lines[-1].append(f"   and {more} more", _DIM)
        return _filled(lines or [Text("no open alert", "green" if self._is_fresh else _DIM)], _OPEN_ROWS)

    @property
    def _is_fresh(self) -> bool:
        return self.link is LinkState.UP

    def _faded(self, lines: list[Text]) -> list[Text]:
        """Take the colour from what is no longer known to be so."""
        if not self._is_fresh:
            for line in lines:
                line.stylize(_DIM)
        return lines

    def _open_line(self, alert: OpenAlert) -> Text:
        style = SEVERITY_STYLE[alert.severity] if self._is_fresh else _DIM
        lasts = f", {_duration(self.state.t - alert.since)}" if self.state else ""
        return Text.assemble(
            (f"▲ {alert.severity:<9}", style), condition_in_words(alert.kind, alert.detail), lasts
        )


def link_in_words(event: LinkEvent) -> str:
    """Return what happened between this client and the daemon."""
    match event:
        case LinkLost(silent_s=silent_s):
            return f"link lost: nothing heard for {silent_s:.1f} s, nobody watches the driver"
        case LinkRestored(silent_s=silent_s):
            return f"link restored after {silent_s:.1f} s"
        case Restarted(voided=voided):
            return f"drivermon has restarted, {len(voided)} open alert{'' if len(voided) == 1 else 's'} void"
        case Missed(topic=topic, count=count):
            return f"{count} of {topic} missed"
        case NewerSchema(version=version, known=known):
            return f"drivermon writes schema {version}, this version knows {known}: update it"


def _spread(left: Text, right: Text, columns: int) -> Text:
    """Put one text at the left end of a line and one at the right."""
    room = max(1, columns - right.cell_len - 1)
    left.truncate(room, overflow="ellipsis", pad=True)
    return left.append(" ").append_text(right)


def _filled(lines: list[Text], rows: int) -> list[Text]:
    return lines + [Text()] * (rows - len(lines))


def _text(value: object) -> str:
    return "–" if value is None else str(value)


def _seconds(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f} s"


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.0f} %"


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, seconds = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds} s"
