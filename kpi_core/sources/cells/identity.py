"""Personal identifiers become keyed hashes inside the database; the clear value never reaches a canonical table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import duckdb

from kpi_core.personal import EMAIL, HIDDEN, IBAN, PHONE
from kpi_core.sources.cells import phones
from kpi_core.sources.profiles.expression import named
from kpi_core.sources.profiles.language import Identify

KINDS = ("email", "loyalty", "phone", "platform")  # the first that has a value is the customer's key
FREE = ("reason", "source_detail")  # columns of people's own words
_INNER, _OUTER = "omnigap_hmac_inner", "omnigap_hmac_outer"
_BLOCK = 64
# Addresses that stand for many people or for nobody: what vendors write instead of an address, the relays of marketplaces, masks. Lower case.
_NOBODY = (
    r"^(no[-_.]?reply|do[-_.]?not[-_.]?reply|ne[-_.]?pas[-_.]?repondre|unknown|inconnue?|none|null|anonym(ous|e|ized|ised)?|guest|scrubbed|redacted|deleted|x{3,})([-_+.0-9]*)@"
    r"|@((notification|notifications)\.mirakl\.net|marketplace\.amazon\..*|members\.ebay\..*|x{3,}\..*|.*\.invalid|scrubbed.*|redacted.*)$|[*\s]"
)
_NO_CARD = r"^(0+|X+|9{6,}|-+|N/?A|NONE|NULL|SCRUBBED)$"


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


def kinds(identify: Identify) -> tuple[str, ...]:
    """The kinds of identifiers that a profile names."""
    return tuple(kind for kind in KINDS if getattr(identify, kind) is not None)


def normalised(rows: str, identify: Identify, country: str | None, *, first: bool = False) -> str:
    """SELECT of `rows` (a relation) and, for each kind, a column `omnigap_<kind>`: the identifier as everybody would write it, or NULL.

    E-mail addresses: trimmed, lower case, dots and +tags kept. Phones: E.164, read as of the row's country or of `country`, the
    workspace's. Loyalty cards: upper case without blanks. Ids of platforms as they are. What stands for nobody is none.
    `first`: only the customer's key is wanted, so that the phone of a row that has an address or a card is not looked at.
    """
    columns = []
    if identify.email is not None:
        address = f"lower(trim({identify.email}\n))"
        columns.append(f"CASE WHEN {address} LIKE '%_@_%' AND NOT regexp_matches({address}, '{_NOBODY}') THEN {address} END AS omnigap_email")
    if identify.loyalty is not None:
        card = f"upper(regexp_replace({identify.loyalty}\n, '[\\s\\x{{a0}}\\x{{202f}}]', '', 'g'))"
        columns.append(f"CASE WHEN {card} <> '' AND NOT regexp_matches({card}, '{_NO_CARD}') THEN {card} END AS omnigap_loyalty")
    if identify.platform is not None:
        columns.append(f"nullif(trim({identify.platform}\n), '') AS omnigap_platform")
    rows = f"(SELECT {', '.join(['*', *columns])} FROM {rows})"
    if identify.phone is None:
        return f"SELECT * FROM {rows}"
    number, own = f"({identify.phone}\n)", None if identify.country is None else f"({identify.country}\n)"
    before = " AND ".join(f"omnigap_{kind} IS NULL" for kind in ("email", "loyalty") if getattr(identify, kind) is not None)
    if first and before:
        number = f"CASE WHEN {before} THEN {number} END"
    return phones.e164(rows, number, own, country, "omnigap_phone")


def customer_key(identify: Identify) -> str:
    """SQL over `normalised` rows: the keyed hash of the first identifier that has a value; NULL = guest."""
    return hashed(f"coalesce({', '.join(_told(kind) for kind in kinds(identify))})")


def take_addresses_out(con: duckdb.DuckDBPyConnection, table: str, texts: Iterable[str], keys: Iterable[str]) -> None:
    """Take e-mail addresses out of these columns of a table, out of people's own words phones and bank accounts too.

    A column of `keys` keeps apart what it kept apart: the keyed hash of what it was follows. Needs `keyed`.
    """
    names, apart = list(texts), set(keys)
    # signs that only such a text has are looked for first: planning what follows would cost every small file more than reading it
    signs = [f"contains({named(text)}, '{sign}')" for text in names for sign in ("@", "%40", *(("+",) if text in FREE else ()))]
    signs += [f"regexp_matches({named(text)}, '[A-Z]{{2}}[0-9]{{2}} ?[A-Z0-9]{{4}}')" for text in names if text in FREE]
    if not signs or not con.execute(f"SELECT 1 FROM {table} WHERE {' OR '.join(signs)} LIMIT 1").fetchone():
        return
    for text in names:
        column = named(text)
        pattern = f"(?i:{EMAIL})|{PHONE}|{IBAN}" if text in FREE else f"(?i:{EMAIL})"
        then = f"regexp_replace({column}, '{pattern}', '{HIDDEN}', 'g')" + (f" || printf('#%016X', {hashed(column)})" if text in apart else "")
        con.execute(f"UPDATE {table} SET {column} = {then} WHERE regexp_matches({column}, '{pattern}')")


def hashed(text: str) -> str:
    """SQL of the first 64 bits of HMAC-SHA256(key, text)."""
    digest = f"sha256(getvariable('{_OUTER}') || unhex(sha256(getvariable('{_INNER}') || encode({text}))))"
    return f"CAST('0x' || substr({digest}, 1, 16) AS UBIGINT)"


def together(rows: str, whens: Iterable[str | None], identify: Identify, country: str | None) -> str:
    """SELECT customer_key, kind, id_hash, file_line of the rows that carry two identifiers or more: which belong to one person.

    The key is among them, so that the kind behind it is known. A row with a single identifier says nothing of others and has no line.
    """
    names = kinds(identify)
    wanted = list(whens)
    where = "" if None in wanted else " AND (" + " OR ".join(f"coalesce(({when}\n), false)" for when in wanted) + ")"
    raw = ", ".join(f"({getattr(identify, kind)}\n) AS raw_{kind}" for kind in names)
    if identify.country is not None:
        raw += f", ({identify.country}\n) AS raw_country"
    filled = " + ".join(f"CAST(({getattr(identify, kind)}\n) IS NOT NULL AS INTEGER)" for kind in names)
    # the same customer stands on many rows: normalised and hashed once
    told = f"(SELECT {raw}, min(file_line) AS file_line FROM {rows} WHERE {filled} >= 2{where} GROUP BY ALL)"
    again = Identify(**{name: f"raw_{name}" for name in (*names, *(["country"] if identify.country else []))})
    hashes = ", ".join(f"{hashed(_told(kind))} AS hash_{kind}" for kind in names)
    key = f"coalesce({', '.join(f'hash_{kind}' for kind in names)})"
    each = " UNION ALL ".join(
        f"SELECT {key} AS customer_key, '{kind}' AS kind, hash_{kind} AS id_hash, file_line FROM hashed WHERE hash_{kind} IS NOT NULL" for kind in names
    )
    several = " + ".join(f"CAST(omnigap_{kind} IS NOT NULL AS INTEGER)" for kind in names)
    return (
        f"(WITH hashed AS MATERIALIZED (SELECT {hashes}, file_line FROM ({normalised(told, again, country)}) WHERE {several} >= 2) "
        f"SELECT customer_key, kind, id_hash, file_line FROM ({each}))"
    )


def _told(kind: str) -> str:
    return f"'{kind}:' || omnigap_{kind}"
