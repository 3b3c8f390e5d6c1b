"""JSON Schema of everything on the bus, for readers in other languages.

`schema/v<N>/` of the checkout holds what `write` makes. A schema that has been published never
changes its shape: whoever changes a message raises `SCHEMA_VERSION`, and `write` insists on it.
"""

import json
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from drivermon.errors import OutputError, SchemaError
from drivermon.messages import SCHEMA_VERSION
from drivermon.wire import ENVELOPES, SignalMessage

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_WORDS = ("title", "description")
"""Parts of a schema that tell people something and change nothing for a reader."""


class _WithoutFieldTitles(GenerateJsonSchema):
    """Generators of types would make a type of its own of every title."""

    def field_title_should_be_set(self, schema: object) -> bool:  # noqa: ARG002 - the signature is pydantic's
        return False


def schemas() -> dict[str, dict[str, Any]]:
    """Return the schema of each message by its name: the first word of its topic, or `signal`.

    What goes out is described as it is written, every field there; vehicle signals as they are read.
    """
    found = {
        name: model.model_json_schema(mode="serialization", schema_generator=_WithoutFieldTitles)
        for name, model in ENVELOPES.items()
    }
    found["signal"] = SignalMessage.model_json_schema(schema_generator=_WithoutFieldTitles)
    return {
        name: {"$schema": DIALECT, **schema, "title": f"drivermon {name}"} for name, schema in found.items()
    }


def write(folder: Path) -> list[Path]:
    """Write `folder/v<N>/NAME.json` for each schema and return the files.

    Raises:
        SchemaError: a schema of this version is there and has another shape.
        OutputError: the folder can't be written.

    """
    target = folder / f"v{SCHEMA_VERSION}"
    files = {target / f"{name}.json": schema for name, schema in schemas().items()}
    for file, schema in files.items():
        _check_same_shape(file, schema)
    try:
        target.mkdir(parents=True, exist_ok=True)
        for file, schema in files.items():
            file.write_text(json.dumps(schema, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{error.filename or target}: can't write schemas: {error.strerror}") from None
    return list(files)


def shape(schema: Any) -> Any:
    """Return a schema without its words: equal when the same messages fit both."""
    if isinstance(schema, list):
        return [shape(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    # below `properties` and `$defs` the keys are names, among them perhaps `title`
    return {
        key: {name: shape(part) for name, part in value.items()}
        if key in ("properties", "$defs")
        else shape(value)
        for key, value in schema.items()
        if key not in _WORDS
    }


def _check_same_shape(file: Path, schema: dict[str, Any]) -> None:
    try:
        there = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return
    except (OSError, ValueError) as error:
        raise OutputError(f"{file}: can't be read: {error}; remove it to have it written anew") from None
    if shape(there) != shape(schema):
        raise SchemaError(
            f"{file}: {schema['title']} has changed since schema {SCHEMA_VERSION} was written; "
            "raise SCHEMA_VERSION (drivermon/messages.py), or remove the file if it was never released"
        )
