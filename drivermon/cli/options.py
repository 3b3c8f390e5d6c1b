"""Options that several commands share, and how they become the effective configuration."""

from pathlib import Path
from typing import Annotated, Any

import typer

from drivermon import config, logs
from drivermon.errors import ConfigError

_OVERRIDES = "drivermon.overrides"
"""Where a command's context keeps settings that options before or after its name have changed."""


def _override(ctx: typer.Context, key: str, value: Any) -> None:
    ctx.meta.setdefault(_OVERRIDES, {})[key] = value


def _store_level(ctx: typer.Context, value: str | None) -> None:
    if value is not None:
        _override(ctx, "logging.level", value)


def _store_json(ctx: typer.Context, value: bool) -> None:
    if value:
        _override(ctx, "logging.json_lines", True)


LogLevel = Annotated[
    str | None,
    typer.Option(
        metavar="LEVEL",
        help="Least level written to the log: debug, info, warning, error.",
        callback=_store_level,
        expose_value=False,
        rich_help_panel="Logging",
    ),
]

LogJson = Annotated[
    bool,
    typer.Option(
        "--log-json",
        help="Write the log as one JSON object a line, on standard error.",
        callback=_store_json,
        expose_value=False,
        rich_help_panel="Logging",
    ),
]

LOGGING_OPTIONS = ("log_level", "log_json")
"""Names of the parameters above: they are taken before a command's name and after it."""

ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        metavar="FILE",
        help="TOML file with settings; what it does not set keeps its default.",
        rich_help_panel="Configuration",
    ),
]

Overrides = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="One setting for this run, e.g. emotion.confidence=0.6; may be repeated.",
        rich_help_panel="Configuration",
    ),
]

CameraSource = Annotated[
    str | None,
    typer.Option(
        "--source",
        "-s",
        metavar="URI",
        help="Camera, stream or recording, in place of camera.source of the configuration.",
    ),
]


def set_up_logging(ctx: typer.Context) -> None:
    """Log as the environment and the logging options say, before a command has read its own file.

    Raises:
        ConfigError: as `effective`.

    """
    logs.setup(config.load(options=ctx.meta.get(_OVERRIDES)).settings.logging)


def effective(
    ctx: typer.Context, file: Path | None, overrides: list[str] | None, source: str | None = None
) -> config.Loaded:
    """Load the configuration of a command and set logging up as it says.

    Defaults, file, environment, then `--set`, `--source` and the logging options, later over earlier.

    Raises:
        ConfigError: unreadable file, unknown key, wrong type, value out of range.

    """
    chosen = {} if source is None else {"camera.source": source}
    options = {**_pairs(overrides or []), **chosen, **ctx.meta.get(_OVERRIDES, {})}
    loaded = config.load(file, options=options)
    logs.setup(loaded.settings.logging)
    return loaded


def _pairs(overrides: list[str]) -> dict[str, Any]:
    pairs = {}
    for text in overrides:
        key, equals, value = text.partition("=")
        if not (key.strip() and equals):
            raise ConfigError(f"command line: --set {text}: write KEY=VALUE, e.g. emotion.confidence=0.6")
        pairs[key.strip()] = config.parse_text(value.strip())
    return pairs
