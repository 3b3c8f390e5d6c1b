"""The command line: one small module a command, imported when it is asked for.

Each command is a function of the same name as its module. Until it runs, only its line in
`COMMANDS` is known, so that `drivermon --help` is there at once although a command may need OpenCV,
dlib and ONNX Runtime.
"""

import importlib
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from drivermon import __version__
from drivermon.cli.options import LOGGING_OPTIONS, LogJson, LogLevel, set_up_logging
from drivermon.cli.output import complain, flush
from drivermon.errors import DrivermonError

COMMANDS = {
    "demo": "Watch drivermon at work: the shipped drive, in real time, in this terminal.",
    "run": "Watch the driver and publish alerts, state and health on the bus until SIGTERM.",
    "classify": "Find the faces in pictures and say which emotion they show.",
    "replay": "Judge recorded drives again, and write what was seen, understood and alerted.",
    "evaluate": "Compare the alerts of drives with labelled events.",
    "simulate": "Render a drive script: a video, its truth, its events and a contact sheet.",
    "watch": "Watch what drivermon publishes: state, open alerts, health, and whether it is heard at all.",
    "check": "Check camera, view, packages, networks, bus and computer, and say what is to be done.",
    "bench": "Measure how fast drivermon is on this computer, beside what it may cost.",
    "config": "Show every setting: its value, where it came from, what it means.",
    "keys": "Make keys for a bus over a network: the daemon's, and a pair for each client.",
    "schema": "Write the JSON Schema of every message on the bus, for readers in other languages.",
}
"""Name -> what it does, in the order of `drivermon --help`; the first line of the command's own help."""

_EXIT_INTERRUPTED = 130  # 128 + SIGINT, as shells report it


class _Command(TyperCommand):
    """A command that logs as asked, whether or not it reads a configuration."""

    def invoke(self, ctx: Any) -> Any:
        set_up_logging(ctx)
        return super().invoke(ctx)


class _Commands(TyperGroup):
    """Imports a command when it is called; turns errors made on purpose into one line and an exit status."""

    # the classes of contexts have no public names in typer, hence Any

    def __init__(self, **attributes: Any) -> None:
        stubs = {name: TyperCommand(name, help=summary) for name, summary in COMMANDS.items()}
        super().__init__(**{**attributes, "commands": stubs})

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, _, rest = super().resolve_command(ctx, args)
        return name, self._load(str(name)), rest

    def invoke(self, ctx: Any) -> Any:
        try:
            result = super().invoke(ctx)
            flush()
        except DrivermonError as error:
            complain(error)
            raise typer.Exit(error.exit_code) from None
        except KeyboardInterrupt:
            raise typer.Exit(_EXIT_INTERRUPTED) from None
        return result

    def _load(self, name: str) -> Any:
        function = getattr(importlib.import_module(f"{__name__}.{name}"), name)
        single = typer.Typer(add_completion=False, rich_markup_mode="rich")
        single.command(name, cls=_Command)(function)
        command = typer.main.get_command(single)
        # the logging options are understood before the command's name and after it
        command.params += [option for option in self.params if option.name in LOGGING_OPTIONS]
        return command


app = typer.Typer(
    name="drivermon",
    cls=_Commands,
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,  # a defect keeps Python's own traceback, without local variables
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"drivermon {__version__}")
        raise typer.Exit


@app.callback()
def _drivermon(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and leave."
        ),
    ] = False,
    log_level: LogLevel = None,
    log_json: LogJson = False,
) -> None:
    """Driver monitoring: one camera on the driver's face in, typed alerts out.

    Begin with [bold]drivermon demo[/bold].
    Every command explains itself: [bold]drivermon classify --help[/bold].
    """


def main() -> None:
    """Run the command line; the entry point of `drivermon`."""
    app(prog_name="drivermon")
