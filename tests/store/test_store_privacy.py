"""What identifies a person never reaches the workspace in clear: every file below it is searched for every identifier that its exports hold."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import traceback
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from every_twin import TWINS, data_of
from source_files import PROFILES

from kpi_core.config.layouts import Layouts
from kpi_core.personal import masked, names_somebody, quiet, quiet_traceback
from kpi_core.sources.account.account import HIDDEN, shown_value
from kpi_core.store import SourceImporter, Workspace, load_with
from kpi_core.store.last_load import read_last_load

# Cells of made-up exports that are about a person, by their header; those that merely sound like it.
PERSONAL = re.compile(
    r"(?i)e-?mail|courriel|phone|\btel|t[ée]l[ée]phone|mobile|street|adresse|address|first.?name|last.?name|full.?name|pr[ée]nom|surname|buyer|acheteur|"
    r"recipient|destinataire|customer.?name|client|contact|billing name|shipping name|note|comment|message|verbatim|requester|subject|bill-to|ship-to|submitter|consumer"
)
NOT_PERSONAL = re.compile(
    r"(?i)country|state|city|zip|postal|group|type|status|date|count|total|currency|id$|amount|rating|pays|ville|number|tax|url|score|time"
)
MAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]*\w")
# Words that exports hold elsewhere too: the name of a shop or of a line, a heading.
COMMON = {
    "bougies",
    "café",
    "email",
    "lyon",
    "organic",
    "petit",
    "label",
    "online",
    "question",
    "desktop",
    "bonjour",
    "bien",
    "merci",
    "facture",
    "retour",
    "not stocked",
}
SHOPS = {"google_business.performance"}  # the address there is the shop's own


def seeds(text: str, profile: str) -> set[str]:
    """The identifiers in the text of an export: its e-mail addresses, and cells below the headers of `PERSONAL`."""
    found = set(MAIL.findall(text))
    for delimiter in ",;\t":
        rows = list(csv.reader(io.StringIO(text), delimiter=delimiter))
        for at, row in enumerate(rows):
            places = [place for place, name in enumerate(row) if len(name) < 60 and PERSONAL.search(name) and not NOT_PERSONAL.search(name)]
            if places and len(row) > 2:
                found |= {line[place].strip() for line in rows[at + 1 :] for place in places if place < len(line)}
                break
    return {one for one in found if len(one) >= 4 and re.search(r"[^\W\d_]{3}|\d{6}", one) and one.casefold() not in COMMON} if profile not in SHOPS else set()


def texts(folder: Path) -> Iterator[tuple[str, str]]:
    """(file, everything in it as text) of each file below a folder: Parquet and databases as their rows, the others as they lie there."""
    con = duckdb.connect()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = str(path.relative_to(folder))
        if path.suffix == ".parquet":
            yield name, "\n".join(str(row[0]) for row in con.execute(f"select (t)::varchar from read_parquet('{path}') as t").fetchall())
        elif path.suffix == ".duckdb":
            con.execute(f"attach '{path}' as looked (read_only)")
            tables = con.execute("select schema_name, table_name from duckdb_tables() where database_name = 'looked'").fetchall()
            for schema, table in tables:
                yield f"{name}:{table}", "\n".join(str(row[0]) for row in con.execute(f'select (t)::varchar from looked."{schema}"."{table}" as t').fetchall())
            con.execute("detach looked")
        else:
            yield name, path.read_bytes().decode("utf-8", "replace")


def found_in(folder: Path, wanted: set[str]) -> list[tuple[str, str]]:
    return [(name, one) for name, text in texts(folder) for text in [text.casefold()] for one in sorted(wanted) if one.casefold() in text]


@pytest.mark.fault(29)
def test_no_identifier_of_any_layout_is_in_any_file(tmp_path: Path) -> None:
    space = Workspace.create(tmp_path / "shop")
    wanted: set[str] = set()
    files: list[Path] = []
    for place, (name, twin) in enumerate(sorted(TWINS.items())):
        data = data_of(twin)
        own = seeds(data.decode("utf-8", "replace").replace("\0", ""), twin.profile)
        if own - wanted and not data.startswith(b"PK"):  # each identifier once is enough
            wanted |= own
            path = space.exports_dir / str(place) / name.split("-", 1)[1]
            path.parent.mkdir(parents=True)
            path.write_bytes(data)
            files.append(path)
    assert len(wanted) > 40 and len(files) > 12
    report = load_with(space, files, SourceImporter(PROFILES, "Europe/Paris", "FR"))
    assert {file.status for file in report.files} == {"loaded"}
    assert found_in(space.warehouse, wanted) == []
    names = [name for name, _ in texts(space.warehouse)]
    assert any("orders" in name for name in names) and any(".duckdb:" in name for name in names) and found_in(space.exports_dir, wanted)


ORDERS = """\
Name,Email,Financial Status,Paid at,Fulfillment Status,Currency,Subtotal,Shipping,Taxes,Total,Discount Code,Discount Amount,Created at,Lineitem quantity,Lineitem name,\
Lineitem price,Lineitem sku,Lineitem discount,Billing Name,Billing Phone,Notes,Cancelled at,Refunded Amount,Id,Source
"""
ROW = (
    '#1,zoe.quill@seed.example,paid,2026-10-01 10:00:00 +0200,fulfilled,EUR,{amount},0,0,10,,0,2026-10-01 10:00:00 +0200,1,"Mug for anna.plum@seed.example",'
    "10,MUG,0,Zoe Quillfeather,+33 6 55 44 33 22,ring at Quillfeather,,0,{id},web"
)


@pytest.mark.fault(29)
def test_what_is_refused_undecided_or_unknown_is_told_without_names(tmp_path: Path) -> None:
    """A name that slipped into a column of numbers, a file that nobody knows, one that must be asked about, an address where none is due."""
    space = Workspace.create(tmp_path / "shop")
    inside = {
        "orders.csv": ORDERS + "\n".join((ROW.format(amount="10", id=1), ROW.replace("#1", "#2").format(amount="Quillfeather Zoe", id=2))) + "\n",
        "unknown.csv": "Zoe Quillfeather,zoe.quill@seed.example,+33655443322\nAnna Plum,anna.plum@seed.example,+33655443399\n",
        "costs.csv": 'sku,valid from,unit cost\nzoe.quill@seed.example,2026-02-01,"1,234"\n',
        "visits.csv": "Date,Landing page,Sessions\n2026-10-01,/?mail=zoe.quill%40seed.example,3\n",
    }
    for name, text in inside.items():
        (space.exports_dir / name).write_text(text, encoding="utf-8")
    report = load_with(space, [space.exports_dir], SourceImporter(PROFILES, "Europe/Paris", "FR", layouts=Layouts()))
    assert {file.path.name: file.status for file in report.files} | {"visits.csv": ""} == {
        "orders.csv": "loaded", "unknown.csv": "failed", "costs.csv": "failed", "visits.csv": "",
    }  # fmt: skip
    last = read_last_load(space)
    assert last is not None and len(last.unused) >= 2
    wanted = {"zoe.quill", "Quillfeather", "anna.plum", "655443322", "55 44 33", "seed.example"}
    assert found_in(space.warehouse, wanted) == []
    account = json.loads(next(path for path in (space.warehouse / "accounts").glob("*.json")).read_text())
    assert account["rejected"][0]["value"] == HIDDEN and account["rejected"][0]["line"] == 3  # the line says where to look
    con = duckdb.connect()
    [(title,)] = con.execute(f"select title from '{space.warehouse}/batches/order_lines/*.parquet'").fetchall()
    assert title == f"Mug for {HIDDEN}"


def test_texts_without_what_identifies() -> None:
    for text in ("jane.doe@x.co.uk", "j%40x.org", "+33 6 12 34 56 78", "06 12 34 56 78", "FR76 3000 6000 0112 3456 7890 189", "4111 1111 1111 1111"):
        assert masked(f"before {text} after") == f"before {HIDDEN} after" and shown_value(text, "Total", "money") == HIDDEN
    for text in ("2026-10-01 12:30:00 +02:00", "1234567890123456", "3760012345678", "2 @ 5.00", "@brand", "1 234 567,89", "FR76 3000 6000 0112 3456 7890 188"):
        assert masked(text) == text
    for text, hidden in (
        ("Jean Dupont", 1),
        ("DUPONT", 1),
        ("12 rue de la paix", 1),
        ("31 févr. 2026", 0),
        ("12x", 0),
        ("EURO 5", 0),
        ("hier", 0),
        ("Sept 31, 2026", 0),
    ):
        assert names_somebody(text) is bool(hidden) and (shown_value(text, "Total", "money") == HIDDEN) is bool(hidden)
    try:
        duckdb.connect().execute("select 'zoe@seed.example'::integer")
    except duckdb.Error as error:
        assert "zoe" not in quiet(error) and quiet(error).startswith("Conversion Error")
        told = "".join(traceback.format_exception(error))
        assert "zoe@seed" in told and "zoe" not in (log := quiet_traceback(told.replace("select 'zoe@seed.example'::integer", "select"))) and "Traceback" in log
    assert os.linesep not in quiet(ValueError("a\nb"))
