"""Bombs, monsters and damage: each file is refused within bounds, or read with every record accounted for."""

from __future__ import annotations

import csv
import gzip
import io
import json
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from hostile import TEXT, counts, made, refused
from hypothesis import given, settings
from hypothesis import strategies as st
from source_files import TICKET_HEADER, TICKETS, Loaded, tickets, write

from kpi_core.errors import DamagedFile, SourceError
from kpi_core.sources.files import counted, limits
from kpi_core.sources.files.container import members
from kpi_core.sources.rows import stage

# ---------------------------------------------------------------- bombs and monsters (fault 16)


def _gz(text: bytes) -> bytes:
    return gzip.compress(text, 9, mtime=0)


def _zip(entries: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return out.getvalue()


def _book(sheet: bytes, shared: bytes = b"", doctype: bytes = b"") -> bytes:
    head = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n' + doctype
    main = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    office = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    parts = {
        "[Content_Types].xml": b'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" '
        b'ContentType="application/xml"/></Types>',
        "xl/workbook.xml": b"<workbook " + main + b' xmlns:r="' + office + b'"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        b'<Relationship Id="rId1" Type="' + office + b'/worksheet" Target="worksheets/sheet1.xml"/>'
        b'<Relationship Id="rId2" Type="' + office + b'/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": b"<worksheet " + main + b">" + sheet + b"</worksheet>",
        "xl/sharedStrings.xml": b"<sst " + main + b">" + shared + b"</sst>",
    }
    return _zip({name: head + text if name != "[Content_Types].xml" else text for name, text in parts.items()})


_LAUGHS = b"<!DOCTYPE sst [<!ENTITY a 'lol'>" + b"".join(
    b"<!ENTITY %c '%s'>" % (98 + step, b"&%c;" % (97 + step) * 10) for step in range(9)
) + b"]>"  # fmt: skip
_CELL = b'<sheetData><row r="1"><c r="A1" t="s"><v>0</v></c></row></sheetData>'

BOMBS: list[tuple[str, Callable[[], bytes], str]] = [
    ("gzip.csv.gz", lambda: _gz(TEXT.encode() + b"0" * (40 << 20)), "more than is safe"),
    ("lines.csv.gz", lambda: _gz(TEXT.encode() + b"\n" * (40 << 20)), "more than is safe"),
    ("members.csv.gz", lambda: _gz(b"0" * (10 << 20)) * 5, "more than is safe"),
    ("zip.zip", lambda: _zip({"a.csv": b"0" * (40 << 20)}), "more than is safe"),
    ("nested.zip", lambda: _zip({"a.zip": _zip({"b.zip": _zip({"t.csv": TEXT.encode()})})}), "inside an archive"),
    ("gzipped.zip", lambda: _zip({"a.csv.gz": _gz(b"0" * (60 << 20))}), "more than is safe"),
    ("far.xlsx", lambda: _book(b'<sheetData><row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'), "million"),
    ("strings.xlsx", lambda: _book(_CELL, b"<si><t>" + b"x" * (40 << 20) + b"</t></si>"), "more than is safe"),
    ("laughs.xlsx", lambda: _book(_CELL, b"<si><t>&j;</t></si>", _LAUGHS), ""),
    ("entity.xlsx", lambda: _book(_CELL, b"<si><t>&x;</t></si>", b"<!DOCTYPE sst [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>"), ""),
    ("deep.json", lambda: b'{"price":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested too deeply"),
    ("deep.ndjson", lambda: b'{"price": 1}\n{"price":' + b'{"a":' * 100_000 + b"1" + b"}" * 100_001, "nested too deeply"),
    ("objects.json", lambda: b'[{"price":' + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"}]", "nested too deeply"),
    ("long.ndjson", lambda: b'{"price": 1}\n{"price": "' + b"x" * (17 << 20) + b'"}\n', "longer than 16 MB"),
    ("names.json", lambda: json.dumps([{f"n{n}": 1 for n in range(5000)}]).encode(), ""),
    ("zero.csv", lambda: TEXT.encode() + b"\x00" * 50, "binary data"),
    ("one row.csv", lambda: TEXT.encode() + b"LYO;1;" * (8 << 20), "longer than 16 MB"),
    ("one cell.csv", lambda: TEXT.encode() + b"LYO;1;" + b"x" * (20 << 20) + b"\n", "longer than 16 MB"),
    ("5 MB.csv", lambda: TEXT.encode() + b"LYO;1;" + b"x" * (5 << 20) + b"\n", "larger than"),
    ("header only.csv", lambda: TICKET_HEADER.encode() + b"\n", "a header and no rows"),
    ("columns.csv", lambda: ";".join([*TICKET_HEADER.split(";"), *(f"c{n}" for n in range(20_000))]).encode() + b"\n" + b"1;" * 20_018 + b"\n", "columns"),
    ("quote.csv", lambda: TEXT.encode() + b'LYO;1;"' + TEXT.encode() * 50, "quote"),
    ("utf-16 as 8 bit.csv", lambda: b"\xff\xfe" + TEXT.encode(), "UTF-16"),
    ("half.csv", lambda: TEXT.encode("utf-16")[:-1], "damaged"),
]


@pytest.mark.fault(16)
@pytest.mark.parametrize(("name", "make", "what"), BOMBS, ids=[name for name, _, _ in BOMBS])
def test_bombs_and_monsters_are_refused_within_bounds(tmp_path: Path, name: str, make: Callable[[], bytes], what: str) -> None:
    path = tmp_path / name
    path.write_bytes(make())
    if name.endswith("json"):
        with pytest.raises(SourceError) as caught:
            Loaded(path, made(tmp_path))
        assert what in str(caught.value.what)
        return
    inner = members(path) if name.endswith("zip") and "bomb" not in what and name != "zip.zip" else [path]
    assert what in str(refused(inner[0]))


# ---------------------------------------------------------------- counted = accepted + rejected (fault 16)


def test_a_ragged_row_a_quote_within_a_cell_and_blank_lines_are_all_accounted_for(tmp_path: Path) -> None:
    rows = [TICKETS[0], "", "a;b", TICKETS[1] + ";too;many", 'LYO;1;100;3;03/04/2026;10:05;A3;6.3" Candle;Mode;1;10,00;;10,00;1,67;;;;FR;', "", TICKETS[3]]
    assert counts(tickets(tmp_path, rows)) == (5, 1, 0, 4), "two ragged rows, and the other lines of their receipt"


@pytest.mark.fault(16)
@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-16", "utf-16-le", "utf-8-sig"])
def test_other_encodings_are_read_whole(tmp_path: Path, encoding: str) -> None:
    path = write(tmp_path, "t.csv", TEXT, encoding)
    assert counts(path) == (5, 5, 0, 0)


@pytest.mark.fault(16)
def test_an_open_quote_never_joins_the_rest_of_a_file_into_one_row(tmp_path: Path) -> None:
    text = TEXT + TEXT.splitlines()[1].replace("Chemise", '"Chemise') + "\n" + "\n".join(TICKETS * 400) + "\n"
    assert "quote" in str(refused(write(tmp_path, "t.csv", text), DamagedFile).what)


@pytest.mark.fault(16)
def test_a_parquet_file_that_states_more_rows_than_it_has(tmp_path: Path) -> None:
    path = tmp_path / "s.parquet"
    duckdb.execute(f"COPY (SELECT range AS id, DATE '2026-04-03' AS day, 2.5 AS price FROM range(200003)) TO '{path}' (FORMAT parquet, ROW_GROUP_SIZE 2000000)")
    data = path.read_bytes()
    length = struct.unpack("<I", data[-8:-4])[0]
    footer = data[-8 - length : -8]
    count = _varint(200_003)
    assert footer.count(count) > 1
    profiles = made(tmp_path)
    for many, places in ((1 << 60, 1), (1 << 60, 99), (200_002, 1), (200_004, 1), (200_009, 99)):
        bent = footer.replace(count, _varint(many), places)
        path.write_bytes(data[: -8 - length] + bent + struct.pack("<I", len(bent)) + b"PAR1")
        with pytest.raises(SourceError):
            Loaded(path, profiles)


def _varint(number: int) -> bytes:
    """As Thrift writes a whole number."""
    number *= 2
    found = bytearray()
    while number > 127:
        found.append(number & 127 | 128)
        number >>= 7
    return bytes([*found, number])


def test_a_parser_that_loses_a_row_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The count does not come from the reader of cells: one record more or less than it hands out fails the file, with both numbers."""
    path = write(tmp_path, "t.csv", "preamble\n" + TEXT)
    assert counts(path) == (5, 5, 0, 0)
    real = stage._records
    for keep in (lambda number: number != 4, lambda number: number < 5):

        def losing(*args: object, keep: Callable[[int], bool] = keep) -> object:
            return (record for number, record in enumerate(real(*args)) if keep(number))  # type: ignore[arg-type]

        with monkeypatch.context() as patched:
            patched.setattr(stage, "_records", losing)
            with pytest.raises(DamagedFile, match=r"7 records were counted, but [34] rows were read, 0 refused and 2 are no rows"):
                Loaded(path)


CELLS = st.text(alphabet='ab";\n\r', max_size=6)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.lists(st.tuples(CELLS, st.booleans()), min_size=1, max_size=4), max_size=6), st.sampled_from(["\n", "\r\n", "\r"]), st.booleans())
def test_records_are_counted_as_the_reader_of_cells_finds_them(rows: list[list[tuple[str, bool]]], end: str, closed: bool) -> None:
    text = end.join(";".join(f'"{cell.replace(chr(34), chr(34) * 2)}"' if quoted else cell for cell, quoted in row) for row in rows) + end * closed
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";", strict=True)
    found = 0
    while True:
        try:
            next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            if "end of data" in str(error):
                return  # refused as a quote that is never closed
        found += 1
    data = io.BytesIO(text.encode())
    assert counted.records_in(data, ";", expected=found) == found
    exact = counted.records_in(data, ";")
    assert exact == found, text


def test_limits_stand_in_one_place_and_are_generous() -> None:
    assert limits.MAX_RATIO == 200 and limits.MAX_COLUMNS >= 500 and limits.MAX_LINE >= 16 << 20
