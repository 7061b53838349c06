"""The tree of DuckDB's parser (`json_serialize_sql`) in one form: that of 2.x, whichever version wrote it.

1.5 keeps the arguments of a function under another name, values with their type instead of the text as written, and `true` as a cast.
"""

from __future__ import annotations

from typing import Any

Node = dict[str, Any]
_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")


def uniform(value: Any) -> Any:
    """A node with everything under it as 2.x writes it; what 2.x wrote stays as it is."""
    if isinstance(value, list):
        return [uniform(item) for item in value]
    if not isinstance(value, dict):
        return value
    node = {name: uniform(inner) for name, inner in value.items()}
    if node.get("class") == "FUNCTION" and "arguments" not in node:
        node["arguments"] = [{"name": "", "expression": child} for child in node.pop("children")]
        if node["function_name"] == "row":  # 1.5 says where its own `(a, b)` lives
            node["schema"] = ""
    elif node.get("class") == "CONSTANT" and "literal" not in node:
        node["literal"] = _literal(node.pop("value"))
    elif node.get("class") == "CAST" and "type_expr" not in node:
        kind = str(node.pop("cast_type")["id"])
        text = node["child"].get("literal", {}).get("text")
        if kind == "BOOLEAN" and text in ("t", "f"):
            return {"class": "CONSTANT", "type": "VALUE_CONSTANT", "literal": {"kind": "BOOLEAN", "text": "true" if text == "t" else "false"}}
        node["type_expr"] = {"type_name": kind.lower()}
    return node


def _literal(value: Node) -> Node:
    """A typed value as the text that a person wrote; a kind without a counterpart keeps its type's name, and no text."""
    kind, found = str(value["type"]["id"]), value.get("value")
    if value.get("is_null"):
        return {"kind": "NULL", "text": ""}
    if kind == "VARCHAR":
        return {"kind": "STRING", "text": str(found)}
    if kind in _WHOLE and isinstance(found, int):
        return {"kind": "INTEGER", "text": str(found)}
    if kind == "DECIMAL" and isinstance(found, int):
        places = int(value["type"]["type_info"]["scale"])
        digits = str(abs(found)).rjust(places + 1, "0")
        point = len(digits) - places
        return {"kind": "NUMERIC", "text": f"{'-' if found < 0 else ''}{digits[:point]}{'.' if places else ''}{digits[point:]}"}
    if kind == "BOOLEAN":
        return {"kind": "BOOLEAN", "text": str(found).lower()}
    return {"kind": kind, "text": ""}
