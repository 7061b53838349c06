"""The JSON schema of the profile language, made from its types: an editor completes and checks a profile as it is written.

`python -m kpi_core.sources.profiles.schema` writes it to standard output; `docs/generate.py` keeps the shipped copy in config/profiles.
"""

from __future__ import annotations

import inspect
import json
import sys
from typing import Any

import msgspec

from kpi_core.sources.profiles.language import ProfileFile

TITLE = "omnigap profile: how an export is recognised, read, shaped and turned into canonical rows"


def schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a profile. Sections that a profile may take from its base are not required of one that extends."""
    (reference,), definitions = msgspec.json.schema_components([ProfileFile], ref_template="#/$defs/{name}")
    for definition in definitions.values():
        if "description" in definition:
            definition["description"] = inspect.cleandoc(definition["description"])
    whole = definitions[str(reference["$ref"]).rsplit("/", 1)[-1]]
    always = [name for name in whole["required"] if name in ("id", "evidence")]
    whole["required"] = always
    whole["if"] = {"required": ["extends"]}
    whole["else"] = {"required": ["profile", "title", "columns"]}
    for name in ("columns", "emit", "overlaps"):  # null takes one of the base out
        values = whole["properties"][name]
        values["additionalProperties"] = {"anyOf": [values["additionalProperties"], {"type": "null"}]}
    definitions["Step"] |= {"minProperties": 1, "maxProperties": 1}
    _with_datasets(definitions, whole)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": TITLE, **reference, "$defs": dict(sorted(definitions.items()))}


def _with_datasets(definitions: dict[str, Any], whole: dict[str, Any]) -> None:
    """The datasets by name, each with its own columns."""
    from kpi_core.store.datasets import DATASETS  # here: the store imports this package

    emit = whole["properties"]["emit"]
    emit["additionalProperties"] = False
    emit["properties"] = {}
    base = definitions.pop("Emit")
    for name, dataset in sorted(DATASETS.items()):
        columns = {column: {"type": "string", "description": kind} for column, kind in dataset.columns.items()}
        own = base | {"properties": base["properties"] | {"columns": {"type": "object", "properties": columns, "additionalProperties": False}}}
        definitions[f"Emit_{name}"] = own
        one = {"$ref": f"#/$defs/Emit_{name}"}
        emit["properties"][name] = {"anyOf": [one, {"type": "array", "items": one}, {"type": "null"}]}


def text() -> str:
    """The schema as it lies in config/profiles/schema.json."""
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(text())
