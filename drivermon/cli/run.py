"""`drivermon run`: the daemon."""

from typing import Annotated

import typer

from drivermon.cli.options import CameraSource, ConfigFile, Overrides, effective
from drivermon.config import Settings
from drivermon.daemon.running import run_daemon


def run(
    ctx: typer.Context,
    source: CameraSource = None,
    loop: Annotated[bool, typer.Option("--loop", help="Begin a recording again at its end.")] = False,
    config: ConfigFile = None,
    overrides: Overrides = None,
) -> None:
    """Watch the driver and publish alerts, state and health on the bus until SIGTERM.

    A recording or simulated drive is played in real time. SIGHUP reads the configuration again, or
    keeps the present one and says why. Under systemd it reports readiness, status and progress.

    Example: [bold]drivermon run --source /dev/video0[/bold]
    """

    def load() -> Settings:
        return effective(ctx, config, overrides, source).settings

    run_daemon(load(), loop, load)
