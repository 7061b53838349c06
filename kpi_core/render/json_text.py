"""Values as the JSON text that every command and export writes."""

from __future__ import annotations

import msgspec

from kpi_core.render.clean import guarded_json

_ENCODER = msgspec.json.Encoder(decimal_format="number")


def json_text(value: object) -> str:
    """Plain values as indented JSON with a final line break; decimals keep their digits, control characters become pictures of them."""
    return guarded_json(msgspec.json.format(_ENCODER.encode(value), indent=2).decode("utf-8")) + "\n"
