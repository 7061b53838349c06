"""Tables that are no export of any shop: what the machine has, and made-up ones whose headers are words of commerce."""

from __future__ import annotations

import calendar
import csv
import importlib.metadata
import io
import mimetypes
import random
import re
import string
import sys
import sysconfig
import unicodedata
import zoneinfo
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from source_files import PROFILES

from kpi_core.sources.profiles.lint import plain

SIGNS = (",", ",", ";", "\t", "|")
COMMON = (
    "date", "day", "month", "period", "id", "name", "title", "status", "state", "type", "kind", "total", "amount", "quantity", "qty", "price", "cost", "currency", "country",
    "city", "store", "location", "channel", "source", "campaign", "platform", "network", "clicks", "impressions", "views", "visits", "sessions", "users", "score", "email",
    "phone", "customer", "order", "order id", "product", "sku", "category", "description", "value", "rate", "base", "tax", "discount", "net", "fee", "notes", "tags", "time",
    "start", "end", "created at", "updated at", "revenue", "orders", "position", "followers", "visitors", "filter", "content", "device", "page", "event name", "reference",
    "DATE", "MAGASIN", "ARTICLE", "NOM", "STATUT", "CANAL", "COUT", "ID", "LIEU", "QTE", "NOTE", "TYPE", "TOTAL", "MONTANT", "DEVISE", "PAYS", "Client", "Commande", "Prix",
)  # fmt: skip
ABOVE = ("# made by a script", "Report", "# ----", "Export of 2026-09-01", "sep=;", "1 January 2026 - 31 January 2026", "", "# Start of the report", "Generated: 2026-09-01, 10:00")


@cache
def words() -> tuple[str, ...]:
    """Every header that some profile knows."""
    found = {plain(header) for profile in PROFILES for column in profile.spec.columns.values() for header in column.headers}
    return tuple(sorted(found | {plain(header) for profile in PROFILES for headers in profile.required for header in headers}))


def table(rows: Sequence[Sequence[object]], sign: str = ",", above: Sequence[str] = ()) -> str:
    out = io.StringIO()
    out.writelines(f"{line}\n" for line in above)
    csv.writer(out, delimiter=sign, lineterminator="\n").writerows(rows)
    return out.getvalue()


def _value(rng: random.Random) -> str:
    return rng.choice((
        f"2026-0{rng.randrange(1, 10)}-1{rng.randrange(10)}", f"{rng.randrange(1, 29)}/0{rng.randrange(1, 10)}/2026", str(rng.randrange(5000)), f"{rng.random() * 900:.2f}",
        f"{rng.randrange(900)},{rng.randrange(100):02}", "", "Ana", "paid", "Lyon", "EUR", "".join(rng.choices(string.ascii_letters, k=6)), "12 %", "ana@exemple.fr", "n/a",
    ))  # fmt: skip


def made_up(rng: random.Random, pool: Sequence[str]) -> str:
    """A table of 3 to 12 columns with names of the pool, here and there with lines above."""
    header = [rng.choice((str.lower, str.title, str))(name) for name in rng.sample(pool, rng.randrange(3, 13))]
    rows = [[_value(rng) for _ in header] for _ in range(rng.randrange(0, 6))]
    return table([header, *rows], rng.choice(SIGNS), rng.sample(ABOVE, rng.choice((0, 0, 0, 1, 2))))


def _slices(rng: random.Random, rows: Sequence[Sequence[object]], header: Sequence[object] | None) -> str:
    at = rng.randrange(max(1, len(rows) - 30))
    some = rows[at : at + rng.randrange(2, 30)]
    return table([header, *some] if header is not None else some, rng.choice(SIGNS))


@cache
def _machine() -> tuple[tuple[Sequence[str] | None, list[list[object]]], ...]:
    """(header, rows) of tables that any machine with Python has."""
    signs = [chr(code) for code in range(32, 0x3000) if unicodedata.name(chr(code), "")]
    zones = sorted(zoneinfo.available_timezones()) or ["UTC", "Europe/Paris"]
    stdlib = Path(sysconfig.get_path("stdlib"))
    sources = sorted(stdlib.glob("*.py"))[:120]
    packages = sorted(importlib.metadata.distributions(), key=lambda item: str(item.name))
    named: list[tuple[Sequence[str] | None, list[list[object]]]] = [
        (("code", "name", "category", "value"), [[f"{ord(sign):04X}", unicodedata.name(sign), unicodedata.category(sign), unicodedata.numeric(sign, "")] for sign in signs]),
        (None, [[f"{ord(sign):04X}", unicodedata.name(sign), unicodedata.bidirectional(sign), "", "N"] for sign in signs]),
        (("type", "extension"), [[kind, end] for end, kind in sorted(mimetypes.types_map.items())]),
        (("country", "zone", "name"), [[zone.split("/")[0], zone, zone.split("/")[-1]] for zone in zones]),
        (("name", "version", "summary", "author"), [[item.name, item.version, item.metadata["Summary"], item.metadata["Author"]] for item in packages]),
        (("date", "name", "value"), [[f"2026-{month:02}-{day:02}", calendar.day_name[calendar.weekday(2026, month, day)], day] for month in range(1, 13) for day in range(1, 29)]),
        (("file", "size", "lines"), [[path.name, path.stat().st_size, path.read_bytes().count(b"\n")] for path in sources]),
        (("module", "builtin"), [[name, name in sys.builtin_module_names] for name in sorted(sys.stdlib_module_names)]),
    ]
    for item in packages:
        if item.files:
            named.append((None, [[str(file), file.hash.value if file.hash else "", file.size or ""] for file in item.files]))
            named.append((("path", "hash", "size"), [[str(file), file.hash.mode if file.hash else "", file.size or 0] for file in item.files]))
            lines = [[name, value] for name, value in item.metadata.items()]
            named.append((("Name", "Value"), lines))
    return tuple(named)


def _from_source(rng: random.Random) -> str:
    """Lines of a program or of its documentation: they have separators too."""
    paths = sorted(Path(sysconfig.get_path("stdlib")).glob("*.py"))
    lines = rng.choice(paths).read_text("utf-8", "replace").splitlines()
    at = rng.randrange(max(1, len(lines) - 40))
    return "\n".join(re.sub(r"\s{2,}", rng.choice(SIGNS), line.strip()) for line in lines[at : at + 40]) + "\n"


def files(count: int, seed: int = 3) -> Iterator[tuple[str, str]]:
    """(name, text) of so many foreign files, in a third each: of the machine, of common words, of any words of any export."""
    for number in range(count):
        rng = random.Random(seed * 1_000_003 + number)
        name = f"{rng.choice(('data', 'export', 'report', 'table', 'orders', 'products', 'items'))}_{number}.{rng.choice(('csv', 'csv', 'tsv', 'txt'))}"
        if number % 3 == 1:
            yield name, made_up(rng, COMMON)
        elif number % 3 == 2:
            yield name, made_up(rng, words())
        elif rng.random() < 0.25:
            yield name, _from_source(rng)
        else:
            header, rows = rng.choice(_machine())
            yield name, _slices(rng, rows, header)
