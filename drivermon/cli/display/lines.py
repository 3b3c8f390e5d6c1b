"""Lines that the demo and `drivermon watch` have in common: the driver's state, an alert."""

from rich.text import Text

from drivermon.cli.display.words import alert_in_words, view_in_words
from drivermon.messages import Alert, AlertEvent, DriverState, Severity

SEVERITY_STYLE = {
    Severity.NOTICE: "yellow",
    Severity.WARNING: "bold dark_orange",
    Severity.CRITICAL: "bold red",
}


def state_line(state: DriverState) -> Text:
    """Return view, presence and emotion in one line, the worst first."""
    if state.degraded is not None:
        return Text(f"● {view_in_words(state.degraded)}, {state.degraded_s:.1f} s", "bold yellow")
    if not state.seen:
        return Text(f"● driver not seen, {state.not_seen_s:.1f} s", "bold yellow")
    if state.emotion is None:
        return Text("● driver seen, emotion uncertain")
    return Text.assemble(
        "● driver seen, ", (state.emotion, "bold bright_green"), f", {state.emotion_s:.1f} s"
    )


def alert_line(alert: Alert) -> Text:
    """Return time, severity and words of one alert in one line."""
    cleared = alert.event is AlertEvent.CLEARED
    style = "bright_black" if cleared else SEVERITY_STYLE[alert.severity]
    what = "cleared" if cleared else alert.severity.value
    return Text.assemble(
        (f"{alert.t:6.1f} s  ", "bright_black"), (f"{what:<9}", style), alert_in_words(alert)
    )
