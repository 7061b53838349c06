"""Personal identifiers become keyed hashes inside the database; the clear value never reaches a canonical table."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from kpi_core.sources.language import Identify

_INNER, _OUTER = "omnigap_hmac_inner", "omnigap_hmac_outer"
_BLOCK = 64


@contextmanager
def keyed(con: duckdb.DuckDBPyConnection, key: bytes) -> Iterator[None]:
    """The HMAC key on this connection for as long as the block lasts: `duckdb_variables()` would show it to anyone after."""
    import hashlib

    if len(key) > _BLOCK:
        key = hashlib.sha256(key).digest()
    padded = key.ljust(_BLOCK, b"\0")
    con.execute(f"SET VARIABLE {_INNER} = ?", [bytes(byte ^ 0x36 for byte in padded)])
    con.execute(f"SET VARIABLE {_OUTER} = ?", [bytes(byte ^ 0x5C for byte in padded)])
    try:
        yield
    finally:
        con.execute(f"RESET VARIABLE {_INNER}")
        con.execute(f"RESET VARIABLE {_OUTER}")


def customer_key(identify: Identify) -> str:
    """SQL of the first 64 bits of HMAC-SHA256(key, '<kind>:<normalised>') of the first identifier that has a value; NULL = guest."""
    parts = []
    if identify.email is not None:
        parts.append(f"'email:' || CASE WHEN ({identify.email}) LIKE '%_@_%' THEN lower(trim({identify.email})) END")
    if identify.loyalty is not None:
        parts.append(f"'loyalty:' || nullif(upper(regexp_replace({identify.loyalty}, '\\s', '', 'g')), '')")
    if identify.phone is not None:
        digits = f"regexp_replace(regexp_replace({identify.phone}, '^\\s*00', '+'), '[^0-9+]', '', 'g')"
        parts.append(f"'phone:' || CASE WHEN length({digits}) >= 6 THEN {digits} END")
    if identify.platform is not None:
        parts.append(f"'platform:' || nullif(trim({identify.platform}), '')")
    text = f"coalesce({', '.join(parts)})"
    digest = f"sha256(getvariable('{_OUTER}') || unhex(sha256(getvariable('{_INNER}') || encode({text}))))"
    return f"CAST('0x' || substr({digest}, 1, 16) AS UBIGINT)"
