"""People's own words as the store may keep them: short, and without what identifies somebody."""

from __future__ import annotations

import duckdb

from kpi_core.personal import masked_words
from kpi_core.sources.profiles.comments import COMMENT

LONGEST = 500  # characters of a comment that are kept
_LOOKED_AT = 2000  # characters of a comment that are looked at: patterns take their time on one long word
_EDGE = 64  # an IBAN with blanks is shorter
_PAGE = 5_000


def shorten(text: str) -> str | None:
    """At most `LONGEST` characters of a comment, masked before it is cut: the half of an address would not be known for one. None: nothing is left."""
    told = masked_words(text[:_LOOKED_AT])
    if len(text) > _LOOKED_AT:  # what stands at the edge may be the half of something
        told = told[:-_EDGE].rpartition(" ")[0]
    told = told.strip()
    return (told if len(told) <= LONGEST else told[: LONGEST - 1] + "…") or None


def mask_comments(con: duckdb.DuckDBPyConnection, table: str) -> None:
    """Every comment of a table of answers as `shorten` leaves it."""
    odd = f"length({COMMENT}) > {LONGEST} OR regexp_matches({COMMENT}, '[@\\p{{Nd}}]')"
    found = con.execute(f"SELECT rowid FROM {table} WHERE {odd} ORDER BY rowid").fetchall()
    for start in range(0, len(found), _PAGE):
        rows = [row[0] for row in found[start : start + _PAGE]]
        chosen = "rowid IN (SELECT unnest(?::BIGINT[]))"
        texts = con.execute(f"SELECT rowid, left({COMMENT}, {_LOOKED_AT + 1}) FROM {table} WHERE {chosen}", [rows]).fetchall()
        con.execute(
            f"UPDATE {table} SET {COMMENT} = told.words FROM (SELECT unnest(?::BIGINT[]) AS at, unnest(?::VARCHAR[]) AS words) AS told "
            f"WHERE {table}.rowid = told.at",
            [[at for at, _ in texts], [shorten(text) for _, text in texts]],
        )
