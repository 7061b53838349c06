"""One record to its rows of cells: nested names are joined by a dot, what is still nested stands in its cell as compact JSON."""

from __future__ import annotations

import json
import re
from typing import Any

from kpi_core.errors import DamagedFile, Where, said
from kpi_core.sources.files.limits import MAX_DEPTH
from kpi_core.sources.profiles.language import Records

_ESCAPE = re.compile(r"\\(?:u00([0-9a-f]{2})|.)")


class Number(str):
    """A number as written."""

    __slots__ = ()


class Twice(ValueError):
    """A record has this name twice: which one counts is not for us to say."""


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        raise Twice(next(key for key, _ in pairs if key in seen or seen.add(key)))  # type: ignore[func-returns-value]
    return found


JSON = json.JSONDecoder(object_pairs_hook=_object, parse_int=Number, parse_float=Number, parse_constant=Number)


def rows_of(record: object, spec: Records, where: Where | None = None) -> list[dict[str, str]]:
    """The rows of one record: one, or one per element of the list `each` (a record whose list is empty keeps one row)."""
    base: dict[str, str] = {}
    elements: list[object] = []
    try:
        if not isinstance(record, dict):
            return [{"value": _text(record)}]
        _flatten(record, "", spec, base, elements, 0)
        if spec.each is None or not elements:
            return [base]
        rows = []
        for element in elements:
            row = dict(base)
            if isinstance(element, dict):
                _flatten(element, f"{spec.each}.", spec, row, None, 0)
            else:
                row[spec.each] = _text(element)
            rows.append(row)
        return rows
    except RecursionError:
        raise DamagedFile(said("the records are nested too deeply"), where=where) from None


def _flatten(value: dict[str, Any], prefix: str, spec: Records, row: dict[str, str], elements: list[object] | None, depth: int) -> None:
    for key, item in value.items():
        name = prefix + key
        if name in spec.skip:
            _set(row, name, "")
        elif elements is not None and name == spec.each and item is not None:
            elements += item if isinstance(item, list) else [item]
        elif name in spec.pairs and isinstance(item, list):
            for pair in item:
                if isinstance(pair, dict) and "key" in pair:
                    _set(row, f"{name}.{pair['key']}", _text(_filled(pair.get("value"))))
        elif isinstance(item, dict) and item and depth < MAX_DEPTH:
            _flatten(item, f"{name}.", spec, row, elements, depth + 1)
        else:
            _set(row, name, _text(item))


def _set(row: dict[str, str], name: str, text: str) -> None:
    """A name that comes twice keeps both values: a number is then refused where it is read, never chosen."""
    row[name] = text if not row.get(name) else f"{row[name]}, {text}" if text else row[name]


def _filled(value: object) -> object:
    """The value of a pair; of one that has a place for each type, the one that is filled."""
    if isinstance(value, dict):
        return next((item for item in value.values() if item is not None), None)
    return value


def _text(value: object) -> str:
    if isinstance(value, str):
        return str(value).replace("\x00", "")
    if value is None or value == [] or value == {}:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return _compact(value)


def _compact(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ",".join(f"{_string(str(key))}:{_compact(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_compact(item) for item in value) + "]"
    if isinstance(value, str):
        return str(value) if isinstance(value, Number) else _string(value)
    return json.dumps(value)


def _string(text: str) -> str:
    """As DuckDB writes it: hexadecimal digits of control characters in capitals."""
    found = json.dumps(text, ensure_ascii=False)
    return _ESCAPE.sub(lambda match: f"\\u00{match[1].upper()}" if match[1] else match[0], found) if "\\u00" in found else found
