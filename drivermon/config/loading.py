"""Defaults, file, environment and command line become the effective settings, each value with its origin."""

import json
import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from drivermon.config.settings import Settings, leaves
from drivermon.config.words import explain
from drivermon.errors import ConfigError

ENV_PREFIX = "DRIVERMON_"
ENV_DELIMITER = "__"


@dataclass(frozen=True, slots=True)
class Loaded:
    """The effective settings, and where each value came from.

    Attributes:
        settings: the effective settings.
        origins: dotted key -> `default`, the file's path, `$NAME` of an environment variable,
            or `command line`.

    """

    settings: Settings
    origins: dict[str, str]


def load(
    file: Path | None = None,
    environ: Mapping[str, str] | None = None,
    options: Mapping[str, Any] | None = None,
) -> Loaded:
    """Read file, environment and command line over the defaults.

    Args:
        file: TOML file, or `None` for none.
        environ: environment; `None` for the process's own.
        options: dotted key -> value, from the command line.

    Raises:
        ConfigError: unreadable file, unknown key, wrong type, value out of range.

    """
    origins = {key: "default" for key, _ in leaves(Settings())}
    merged: dict[str, Any] = {}
    layers = [(_read_file(file), str(file))] if file is not None else []
    values: list[tuple[str, Any, str]] = []
    for tree, origin in layers:
        values += [(key, value, origin) for key, value in _flat(tree)]
    values += _read_environment(os.environ if environ is None else environ)
    values += [(key, value, "command line") for key, value in (options or {}).items()]
    for key, value, origin in values:
        _check_text(key, value, origin)
        _put(merged, key, value, origin)
        origins[key] = origin
    try:
        # JSON, so that strict types still take a TOML array for a tuple
        settings = Settings.model_validate_json(json.dumps(merged, default=_refuse_toml_time))
    except ValidationError as error:
        raise ConfigError(explain(error.errors(), origins, file)) from None
    return Loaded(settings, {key: origins[key] for key, _ in leaves(settings)})


def _read_file(file: Path) -> dict[str, Any]:
    try:
        with file.open("rb") as stream:
            return tomllib.load(stream)
    except OSError as error:
        raise ConfigError(f"{file}: can't read the configuration: {error.strerror}; check the path") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: not valid TOML: {error}") from None


def _read_environment(environ: Mapping[str, str]) -> list[tuple[str, Any, str]]:
    values = []
    for name in sorted(environ):
        if not name.startswith(ENV_PREFIX) or ENV_DELIMITER not in name:
            continue
        key = name.removeprefix(ENV_PREFIX).lower().replace(ENV_DELIMITER, ".")
        values.append((key, parse_text(environ[name]), f"${name}"))
    return values


def parse_text(text: str) -> Any:
    """Read a value as TOML would; anything else is a string."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _flat(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in tree.items():
        if isinstance(value, dict) and value:
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def _put(tree: dict[str, Any], key: str, value: Any, origin: str) -> None:
    *sections, name = key.split(".")
    for section in sections:
        tree = tree.setdefault(section, {})
        if not isinstance(tree, dict):
            raise ConfigError(f"{origin}: {key}: {section} is a value, not a section")
    tree[name] = value


def _check_text(key: str, value: Any, origin: str) -> None:
    try:
        f"{key}{value}".encode()
    except UnicodeEncodeError:
        raise ConfigError(f"{origin}: {key!a} = {value!a}: is not UTF-8 text") from None


def _refuse_toml_time(value: Any) -> str:
    if isinstance(value, date | time | datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} in the configuration")
