"""Settings in words: what each means, what it allows, what is wrong with a value; and as TOML."""

import difflib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic_core import ErrorDetails

from drivermon.config.settings import Settings, leaves


def describe(key: str) -> str:
    """Return what the setting `key` (dotted) means, with its unit and allowed range."""
    field = _field(key)
    if field is None:
        raise KeyError(key)
    allowed = _allowed(key)
    return f"{field.description}{f' ({allowed})' if allowed else ''}"


def to_toml(settings: Settings) -> str:
    """Write all settings as TOML, each with its meaning, unit and range as a comment."""
    lines: list[str] = []
    section = ""
    for key, value in leaves(settings):
        parent, _, name = key.rpartition(".")
        if parent != section:
            lines += ["", f"[{parent}]"] if lines else [f"[{parent}]"]
            section = parent
        lines += [f"# {describe(key)}", f"{name} = {_as_toml(value)}"]
    return "\n".join(lines) + "\n"


def _as_toml(value: Any) -> str:
    """Write a value as TOML: JSON does, save for the one control character that TOML wants escaped too."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _field(key: str) -> Any:
    model: Any = Settings
    field = None
    for name in key.split("."):
        fields = getattr(model, "model_fields", {})
        if name not in fields:
            return None
        field = fields[name]
        model = field.annotation
    return field


def _allowed(key: str) -> str:
    """Return the allowed range or choices of a setting, in words; empty where any text goes."""
    field = _field(key)
    return "" if field is None else _in_words(field.annotation, field.metadata)


def _in_words(annotation: Any, metadata: Sequence[Any] = ()) -> str:
    origin, args = get_origin(annotation), get_args(annotation)
    rules = {
        name: getattr(rule, name)
        for rule in metadata
        for name in ("ge", "le", "min_length")
        if hasattr(rule, name)
    }
    if origin is Annotated:
        return _in_words(args[0], _flattened(args[1:]))
    if origin is Literal:
        return "one of " + ", ".join(json.dumps(choice) for choice in args)
    if origin is tuple:
        count = f"at least {rules['min_length']}" if "min_length" in rules else "any number"
        return (
            f"list of {count if args[-1] is Ellipsis else len(args)}, each {_in_words(args[0]) or 'a text'}"
        )
    if annotation is bool:
        return "true or false"
    return f"{rules['ge']:g} to {rules['le']:g}" if {"ge", "le"} <= rules.keys() else ""


def _flattened(metadata: Sequence[Any]) -> list[Any]:
    """Return the rules of `Annotated` metadata, those inside a pydantic `Field` too."""
    return [rule for entry in metadata for rule in (entry, *getattr(entry, "metadata", ()))]


def explain(errors: list[ErrorDetails], origins: Mapping[str, str], file: Path | None) -> str:
    """Say in one line what is wrong with the first value that is, who set it, and what is allowed."""
    error = errors[0]
    path = [str(part) for part in error["loc"]]
    key = ".".join(part for part in path if not part.isdigit())
    what = f"{_origin(key, origins, file)}: {key}{_complaint(key, error)}"
    return what if len(errors) == 1 else f"{what} ({len(errors) - 1} more after this one)"


def _origin(key: str, origins: Mapping[str, str], file: Path | None) -> str:
    """Return who set `key`, or for a section something under it."""
    if origins.get(key, "default") != "default":
        return origins[key]
    under = [who for name, who in origins.items() if name.startswith(f"{key}.") and who != "default"]
    return under[0] if under else str(file)


def _complaint(key: str, error: ErrorDetails) -> str:
    if error["type"] == "extra_forbidden":
        return f": no such setting; {_nearest(key)}"
    if error["type"] == "value_error":
        return f": {error['msg'].removeprefix('Value error, ')}"
    index = "".join(f"[{part}]" for part in error["loc"] if isinstance(part, int))
    given = f"{index} = {json.dumps(error['input'], ensure_ascii=False, default=str)}"
    if error["type"] == "model_type":
        return f"{given}: {key} is a section; write [{key}] and its settings on lines of their own below"
    field = _field(key)
    kind = {int: "a whole number, ", float: "a number, "}.get(field.annotation, "")
    return f"{given}: must be {kind}{_allowed(key) or 'a text in quotes'} ({field.description})"


def _nearest(key: str) -> str:
    known = [name for name, _ in leaves(Settings())]
    sections = sorted({name[:dot] for name in known for dot, sign in enumerate(name) if sign == "."})
    near = difflib.get_close_matches(key, [*known, *sections], n=1, cutoff=0.55)
    if not near:
        return "`drivermon config` lists them all"
    if near[0] in sections:
        return f"did you mean the section [{near[0]}]?"
    return f"did you mean {near[0]}: {describe(near[0])}?"
