"""`python -m training COMMAND`: from folders of faces to a network in the daemon, step by step."""

import sys

import typer

from drivermon.errors import DrivermonError
from training import data_commands, export_commands, judge_commands, train_commands
from training.face import commands as face_commands

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
for commands in (data_commands, train_commands, export_commands, judge_commands):
    app.add_typer(commands.app)
app.add_typer(face_commands.app, name="face")


def main() -> None:
    """Run a command; an error of ours is one line."""
    try:
        app(standalone_mode=True)
    except DrivermonError as error:
        print(f"error: {error}", file=sys.stderr)
        raise SystemExit(error.exit_code) from None


if __name__ == "__main__":
    main()
