"""`drivermon demo`: the shipped drive, in the terminal, through the real corridor."""

from contextlib import nullcontext
from typing import Annotated

import typer

from drivermon.cli.display.player import LivePlayer, TruthAt, first_frames, play_plain, print_alerts
from drivermon.cli.display.truth import TruthTrack
from drivermon.cli.options import ConfigFile, Overrides, effective
from drivermon.cli.output import console, emit
from drivermon.messages import Digests
from drivermon.perception import open_perceiver
from drivermon.pipeline import Pipeline
from drivermon.simulation.play import demo_truth, demo_video
from drivermon.sources import open_source


def demo(
    ctx: typer.Context,
    source: Annotated[
        str | None,
        typer.Argument(
            metavar="SOURCE", help="Another drive to play, e.g. a video file.", show_default="shipped drive"
        ),
    ] = None,
    speed: Annotated[
        float, typer.Option(min=0.1, max=20.0, metavar="X", help="1 is real time, 2 twice as fast.")
    ] = 1.0,
    frames: Annotated[int | None, typer.Option(min=1, metavar="N", help="Stop after so many frames.")] = None,
    file: ConfigFile = None,
    overrides: Overrides = None,
) -> None:
    """Watch drivermon at work: the shipped drive, in real time, in this terminal.

    Left the picture with the face that was found, right what was measured, what it means and, for the
    shipped drive, what is true; below the alerts. The drive is rendered: nobody was filmed.
    Press q to leave. Into a pipe or file it writes plain lines, as fast as it can.

    Example, twice as fast: [bold]drivermon demo --speed 2[/bold]
    """
    settings = effective(ctx, file, overrides).settings
    out = console()
    with open_source(source or str(demo_video()), settings) as drive:
        truth_at: TruthAt = TruthTrack(demo_truth()).at if source is None else lambda _: None
        with out.status("opening the networks") if out.is_terminal else nullcontext():
            perceiver = open_perceiver(settings)
        digests = Digests(config=settings.digest(), networks=perceiver.digests)
        pipeline = Pipeline(settings, digests, perceiver)
        events = first_frames(drive.events(), frames)
        if out.is_terminal:
            player = LivePlayer(out, settings.emotion.confidence, drive.duration_s, speed)
            print_alerts(out, player.play(events, pipeline, truth_at))
        else:
            emit(play_plain(events, pipeline, truth_at, emit).summary())
