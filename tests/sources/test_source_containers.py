"""Every container and encoding: the same tickets out of each of them are the same canonical rows, and what is unsafe is refused."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import json
import stat
import struct
import zipfile
import zlib
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
import xlsxwriter
from source_files import PROFILES, TICKET_HEADER, TICKETS, Loaded, tickets, write

from kpi_core.errors import DamagedFile, NoTable, OmnigapError, SourceError, UnknownFormat
from kpi_core.sources import Profiles, recognise
from kpi_core.sources.files.container import MAX_MEMBERS, Shelf, locate, members
from kpi_core.sources.files.decode import examine
from kpi_core.sources.files.records import rows_of
from kpi_core.sources.profiles.language import Records
from kpi_core.store import SourceImporter, Workspace, load_with

TEXT = "\n".join([TICKET_HEADER, *TICKETS]) + "\n"
CELLS = [line.split(";") for line in [TICKET_HEADER, *TICKETS]]
Entry = tuple[str | zipfile.ZipInfo, bytes]


def zipped(path: Path, entries: Sequence[Entry]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return path


def book(path: Path, sheets: dict[str, list[list[Any]]], top: int = 0) -> Path:
    """Numbers, days and times in cells of their own type."""
    with xlsxwriter.Workbook(str(path)) as made:
        days, clocks = made.add_format({"num_format": "dd/mm/yyyy"}), made.add_format({"num_format": "hh:mm"})
        for name, rows in sheets.items():
            sheet = made.add_worksheet(name)
            for row, cells in enumerate(rows, top):
                for column, cell in enumerate(cells):
                    if isinstance(cell, dt.date):
                        sheet.write_datetime(row, column, dt.datetime.combine(cell, dt.time()), days)
                    elif isinstance(cell, dt.time):
                        sheet.write_datetime(row, column, cell, clocks)
                    elif cell != "":
                        sheet.write(row, column, cell)
    return path


def typed_cell(header: str, text: str) -> Any:
    if header == "DATE":
        return dt.datetime.strptime(text, "%d/%m/%Y").date()
    if header == "HEURE":
        return dt.time.fromisoformat(text)
    if header in ("QTE", "PRIX_TTC", "REMISE", "MT_TTC", "TVA", "CAISSE", "TICKET", "LIGNE") and text:
        return float(text.replace(".", "").replace(",", "."))
    return text


def typed_rows() -> list[list[Any]]:
    return [CELLS[0], *([typed_cell(name, text) for name, text in zip(CELLS[0], row, strict=True)] for row in CELLS[1:])]


def refused(path: Path, kind: type[OmnigapError] = SourceError) -> OmnigapError:
    with pytest.raises(kind) as caught:
        recognise(path, PROFILES)
    assert caught.value.where is not None
    assert caught.value.where.file.startswith(str(path))
    return caught.value


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[Any, ...]]]:
    return Loaded(tickets(tmp_path_factory.mktemp("plain"))).everything()


# ---------------------------------------------------------------- text


@pytest.mark.parametrize(
    ("name", "data", "encoding"),
    [
        ("t.tsv", TEXT.replace(";", "\t").encode("utf-16"), "UTF-16"),
        ("t.txt", b"sep=|\r\n" + TEXT.replace(";", "|").replace("\n", "\r\n").encode("cp1252"), "cp1252"),
        ("t.tab", ("# made by a till\n# shop 4\n\n" + TEXT).replace("\n", "\r").encode("utf-8-sig"), "UTF-8 BOM"),
        ("t.psv", TEXT.replace("\n", "\r\n", 3).encode("utf-16-be"), "UTF-16 without mark"),
        ("t.csv.gz", TEXT.encode(), "UTF-8"),
    ],
)
def test_text_in_every_dress(tmp_path: Path, plain: dict[str, list[tuple[Any, ...]]], name: str, data: bytes, encoding: str) -> None:
    loaded = Loaded(write(tmp_path, name, data))
    assert loaded.everything() == plain
    assert loaded.account.encoding == encoding


def test_a_line_separator_of_unicode_breaks_no_line(tmp_path: Path, plain: dict[str, list[tuple[Any, ...]]]) -> None:
    loaded = Loaded(tickets(tmp_path, ["\u2028".join(["LYO;9;900;1;x"]), *TICKETS], header="a\u2028b\x0bc;d\n" + TICKET_HEADER))
    assert loaded.everything() == plain
    assert [item.line for item in loaded.account.rejected] == [3]


# ---------------------------------------------------------------- archives


def test_an_archive_of_several_files(tmp_path: Path, plain: dict[str, list[tuple[Any, ...]]]) -> None:
    inner = book(tmp_path / "in.xlsx", {"Data": typed_rows(), "Notes": [["nothing", "here"]]}).read_bytes()
    path = zipped(
        tmp_path / "till 2026-05-01.zip",
        [
            ("__MACOSX/._t.csv", b"x"), (".DS_Store", b"x"), ("folder/", b""),
            ("folder/t.csv", TEXT.encode("utf-16")), ("folder/book.xlsx", inner), ("t.csv.gz", gzip.compress(TEXT.encode())),
        ],
    )  # fmt: skip
    found = members(path)
    assert [item.relative_to(path).as_posix() for item in found] == ["folder/t.csv", "folder/book.xlsx/Data", "folder/book.xlsx/Notes", "t.csv.gz"]
    assert locate(found[1]) == (path, "folder/book.xlsx/Data")
    loaded = Loaded(found[0])
    assert loaded.everything() == plain
    assert loaded.account.file == "till 2026-05-01.zip/folder/t.csv"
    assert (loaded.recognised.path.name, loaded.recognised.decoded.name, str(loaded.recognised.decoded.file_day)) == ("t.csv", "t.csv", "2026-05-01")
    assert loaded.account.sha256 == examine(write(tmp_path, "t.csv", TEXT.encode("utf-16"))).sha256, "the same file, packed or not, is one content"
    assert Loaded(found[1]).everything() == plain
    assert Loaded(found[3]).everything() == plain
    assert "4 files" in str(refused(path))
    assert "no file of this name" in str(refused(path / "other.csv"))
    assert "no sheet" in str(refused(path / "folder/book.xlsx/Other"))


def test_an_archive_of_one_file_is_that_file(tmp_path: Path) -> None:
    path = zipped(tmp_path / "t.csv", [("x/tickets.csv", TEXT.encode())])
    assert members(path) == [path / "x/tickets.csv"]
    assert recognise(path, PROFILES).path == path / "x/tickets.csv"


def _flagged(name: str) -> zipfile.ZipInfo:
    link = zipfile.ZipInfo(name)
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    return link


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ([("../t.csv", TEXT.encode())], "outside itself"),
        ([("/etc/t.csv", TEXT.encode())], "outside itself"),
        ([("C:\\t.csv", TEXT.encode())], "outside itself"),
        ([("a.csv", TEXT.encode()), (_flagged("t.csv"), b"/etc/passwd")], "a link or a device"),
        ([("bomb.csv", b"0" * (40 << 20))], "more than is safe"),
        ([(f"{place}.csv", b"") for place in range(MAX_MEMBERS + 1)], "more than"),
        ([("a/b.csv", b"1"), ("a//b.csv", b"2")], "two files of one name"),
        ([], "empty"),
    ],
    ids=["parent", "absolute", "drive", "link", "bomb", "many", "twice", "nothing"],
)
def test_unsafe_archives(tmp_path: Path, entries: list[Entry], said: str) -> None:
    path = zipped(tmp_path / "x.zip", entries)
    for ask in (members, lambda path: recognise(path, PROFILES)):
        with pytest.raises(DamagedFile) as caught:
            ask(path)
        assert said in str(caught.value)


def test_locked_cut_and_nested_archives(tmp_path: Path) -> None:
    data = bytearray(zipped(tmp_path / "x.zip", [("t.csv", TEXT.encode())]).read_bytes())
    assert "damaged or cut" in str(refused(write(tmp_path, "cut.zip", bytes(data[:-30])), DamagedFile))
    torn = bytearray(data)
    torn[60:70] = b"\xff" * 10
    assert "damaged" in str(refused(write(tmp_path, "torn.zip", bytes(torn)), DamagedFile))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + offset] |= 1
    assert "password" in str(refused(write(tmp_path, "locked.zip", bytes(data))))
    nested = zipped(tmp_path / "nested.zip", [("inner.zip", zipped(tmp_path / "i.zip", [("t.csv", TEXT.encode())]).read_bytes())])
    assert "inside an archive" in str(refused(members(nested)[0], NoTable))


def test_unknown_files_of_an_archive_are_passed_over(tmp_path: Path) -> None:
    profiles = Profiles.load(Path(__file__).parents[2] / "config" / "profiles")
    known = zipped(tmp_path / "a.zip", [("t.csv", TEXT.encode()), ("logo.png", b"\x89PNG" + bytes(60)), ("n.csv", b"alpha,beta\n1,2\n"), ("e.csv", b"")])
    near = b"MAGASIN;TICKET;LIGNE;DATE;ARTICLE;MONTANT;TVA\nA;1;1;01/01/2026;X;1;0\n"
    unknown = zipped(tmp_path / "b.zip", [("n.csv", b"alpha,beta\n1,2\n"), ("near.csv", near)])
    report = load_with(Workspace.create(tmp_path / "shop"), [known, unknown, tmp_path / "none.csv"], SourceImporter(profiles, "Europe/Paris"))
    got = [(str(file.path.relative_to(tmp_path)), file.status) for file in report.files]
    assert got == [
        ("a.zip/t.csv", "loaded"), ("a.zip/logo.png", "passed over"), ("a.zip/n.csv", "passed over"), ("a.zip/e.csv", "passed over"),
        ("b.zip", "failed"), ("none.csv", "failed"),
    ]  # fmt: skip
    assert "(6 of 7 columns)" in str(report.files[4].error)
    again = load_with(Workspace.open(tmp_path / "shop"), [write(tmp_path, "t.csv", TEXT)], SourceImporter(profiles, "Europe/Paris"))
    assert again.files[0].status == "already loaded"


# ---------------------------------------------------------------- workbooks


def test_a_workbook_of_typed_cells(tmp_path: Path, plain: dict[str, list[tuple[Any, ...]]]) -> None:
    path = book(tmp_path / "caisse.xlsx", {"Caisse": typed_rows(), "Feuil2": []}, top=3)
    assert members(path) == [path]
    loaded = Loaded(path)
    assert loaded.everything() == plain
    assert (loaded.account.encoding, loaded.recognised.decoded.sheet, loaded.account.file) == ("Excel", "Caisse", "caisse.xlsx")
    assert loaded.rows("order_lines", "min(file_line), max(file_line)") == [(5, 9)], "the rows of the sheet"
    renamed = write(tmp_path, "renamed.csv", path.read_bytes())
    assert Loaded(renamed).everything() == plain
    assert Loaded(write(tmp_path, "text.xlsx", TEXT)).everything() == plain


def test_cells_as_text(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    with xlsxwriter.Workbook(str(path)) as made:
        sheet = made.add_worksheet()
        moment = made.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        sheet.write_row(0, 0, [75008, 0.1 + 0.2, 1e-7, 123456789012345, True, "a\nb", "0,5", -2.5])
        sheet.write_datetime(1, 0, dt.datetime(2026, 4, 3, 10, 5, 7), moment)
        sheet.write_number(1, 1, 1.75, made.add_format({"num_format": "[h]:mm:ss"}))
        sheet.write_formula(1, 2, "=1/0", None, "#DIV/0!")
        for column, (number, shape) in enumerate([(0.0281, "0.00%"), (1, "0%"), (-0.5, '0" %"'), (0.125, '0.0%;"-"0.0%')]):
            sheet.write_number(1, 3 + column, number, made.add_format({"num_format": shape}))
    with examine(path).utf8() as file:
        rows = list(csv.reader(io.TextIOWrapper(file, encoding="utf-8", newline="")))
    assert rows == [
        ["75008", "0.3", "0.0000001", "123456789012345", "true", "a\nb", "0,5", "-2.5"],
        ["2026-04-03 10:05:07", "42:00:00", "", "2.81%", "100%", "-0.5", "12.5%", ""],
    ]


def _with_sheet(path: Path, rows: bytes, texts: bytes = b"") -> Path:
    source = book(path.with_name("source.xlsx"), {"S": [["a", "b"]]})
    entries: list[Entry] = []
    with zipfile.ZipFile(source) as archive:
        for info in archive.infolist():
            data = archive.read(info)
            if info.filename == "xl/worksheets/sheet1.xml":
                data = data[: data.index(b"<sheetData>")] + b"<sheetData>" + rows + b"</sheetData></worksheet>"
            if info.filename == "xl/sharedStrings.xml" and texts:
                data = data.replace(b'uniqueCount="2"', b'uniqueCount="' + texts + b'"')
            entries.append((info.filename, data))
    return zipped(path, entries)


@pytest.mark.parametrize(
    "rows",
    [
        b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
        b'<row r="1"><c r="A1"><v>1</v></c><c r="B4294967295"><v>1</v></c></row>',
        b'<row r="1048576">' + b"<c><v>1</v></c>" * 300 + b"</row>",
        b"<x:row r='1048576'>" + b"<x:c><v>1</v></x:c>" * 300 + b"</x:row>",
    ],
    ids=["far", "beyond", "unplaced", "prefixed"],
)
def test_two_far_cells_ask_for_no_memory(tmp_path: Path, rows: bytes) -> None:
    assert "million cells" in str(refused(_with_sheet(tmp_path / "far.xlsx", rows)))
    assert "million cells" in str(refused(_with_sheet(tmp_path / "texts.xlsx", b"", b"4294967295")))


def _ods(path: Path, rows: str) -> Path:
    names = "".join(
        f' xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for short, name in (("office", "office"), ("table", "table"), ("text", "text"))
    )
    body = f"<office:body><office:spreadsheet><table:table table:name='S'>{rows}</table:table></office:spreadsheet></office:body>"
    manifest = (
        '<?xml version="1.0"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"><manifest:file-entry '
        'manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/></manifest:manifest>'
    )
    return zipped(
        path,
        [
            ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"),
            ("META-INF/manifest.xml", manifest.encode()),
            ("content.xml", f'<?xml version="1.0"?><office:document-content{names}>{body}</office:document-content>'.encode()),
        ],
    )


def test_open_document(tmp_path: Path, plain: dict[str, list[tuple[Any, ...]]]) -> None:
    def cell(value: Any) -> str:
        if isinstance(value, float):
            return f'<table:table-cell office:value-type="float" office:value="{value}"/>'
        if isinstance(value, Decimal):
            return f'<table:table-cell office:value-type="percentage" office:value="{value}"/>'
        if isinstance(value, dt.date):
            return f'<table:table-cell office:value-type="date" office:date-value="{value}"/>'
        return f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>' if value != "" else "<table:table-cell/>"

    rows = "".join("<table:table-row>" + "".join(map(cell, row)) + "</table:table-row>" for row in typed_rows())
    blank = '<table:table-row table:number-rows-repeated="1048500"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    assert Loaded(_ods(tmp_path / "t.ods", rows + blank)).everything() == plain
    shares = "".join("<table:table-row>" + "".join(map(cell, row)) + "</table:table-row>" for row in [["a", "", "b"], [1.0, "", Decimal("0.0281")]])
    with examine(_ods(tmp_path / "share.ods", shares)).utf8() as file:
        assert file.read() == b"a,,b\n1,,2.81%\n"
    full = '<table:table-row table:number-rows-repeated="9000"><table:table-cell table:number-columns-repeated="9000" office:value-type="string"/></table:table-row>'
    assert "million cells" in str(refused(_ods(tmp_path / "full.ods", full)))


def test_workbooks_that_cannot_be_read(tmp_path: Path) -> None:
    data = book(tmp_path / "a.xlsx", {"A": typed_rows(), "B": typed_rows()}).read_bytes()
    assert "2 filled sheets" in str(refused(tmp_path / "a.xlsx"))
    assert [item.name for item in members(tmp_path / "a.xlsx")] == ["A", "B"]
    first, second = (recognise(item, PROFILES) for item in members(tmp_path / "a.xlsx"))
    assert first.sha256 == second.sha256, "sheets of the same cells are the same content"
    assert "damaged or cut" in str(refused(write(tmp_path, "cut.xlsx", data[: len(data) // 2]), DamagedFile))
    assert "workbook cannot be read" in str(refused(write(tmp_path, "old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600), DamagedFile))
    assert "empty" in str(refused(book(tmp_path / "none.xlsx", {"A": []}), NoTable))
    assert "a Word file" in str(refused(zipped(tmp_path / "letter.docx", [("word/document.xml", b"<x/>")]), NoTable))
    binary = zipped(tmp_path / "b.xlsb", [("xl/workbook.bin", b"x")])
    assert "xlsb" in str(refused(binary))


# ---------------------------------------------------------------- records

HEAD = """
profile: 1
id: made.{name}
title: {{en: "made up {name}", fr: "fait pour l'essai {name}"}}
evidence: template
detect: {{required: ["{needed}"]}}
"""
ORDERS = (
    HEAD.format(name="orders", needed="order.id")
    + """
read: {records: {path: data.orders, each: lines}}
columns:
  id: {from: [order.id], as: id, required: true}
  moment: {from: [order.at], as: timestamp, format: ["%Y-%m-%d %H:%M:%S"], required: true}
  sku: {from: [lines.sku], as: text}
  qty: {from: [lines.qty], as: number}
  price: {from: [lines.price], as: money}
shape:
  - number: {over: [id], into: n}
emit:
  order_lines:
    columns: {order_id: id, line_no: n, placed_on: "CAST(moment AS DATE)", sku: sku, quantity: qty, gross: price}
"""
)
RECORDS = [
    {"order": {"id": 1, "at": "2026-04-03 10:00:00"}, "lines": [{"sku": "A", "qty": 2, "price": 10.1}, {"sku": "B", "qty": 1, "price": 3}], "tags": ["x", "y"]},
    {"order": {"id": 2, "at": "2026-04-04 10:00:00"}, "lines": [{"sku": "C", "qty": 1, "price": 1234.5, "late": True}]},
]


def rows_in(path: Path, spec: Records) -> list[list[str]]:
    """The header and the rows of flattened records."""
    from kpi_core.sources.files.records import flattened

    file, names = flattened(examine(path), spec)[:2]
    with file:
        return [["#", *names], *csv.reader(io.TextIOWrapper(file, encoding="utf-8", newline=""))]


def test_json_ndjson_and_parquet_give_the_same_rows(tmp_path: Path) -> None:
    document = {"page": 1, "data": {"note": None, "orders": RECORDS}, "more": [1, [2]]}
    spec = Records(path="data.orders", each="lines")
    expected = [
        ["#", "order.id", "order.at", "tags", "lines.sku", "lines.qty", "lines.price", "lines.late"],
        ["1", "1", "2026-04-03 10:00:00", '["x","y"]', "A", "2", "10.1", ""],
        ["1", "1", "2026-04-03 10:00:00", '["x","y"]', "B", "1", "3", ""],
        ["2", "2", "2026-04-04 10:00:00", "", "C", "1", "1234.5", "true"],
    ]
    assert rows_in(write(tmp_path, "a.json", json.dumps(document, indent=2), "utf-8-sig"), spec) == expected
    assert rows_in(write(tmp_path, "b.json", json.dumps(document), "utf-16"), spec) == expected
    lines = "\n".join(json.dumps(record) for record in RECORDS) + "\n"
    flat = Records(each="lines")
    assert rows_in(write(tmp_path, "c.ndjson.gz", lines), flat) == expected
    assert rows_in(zipped(tmp_path / "d.zip", [("c.json", lines.encode())]) / "c.json", flat) == expected
    parquet = tmp_path / "e.parquet"
    duckdb.connect().execute(
        "COPY (SELECT {'id': 1::BIGINT, 'at': TIMESTAMP '2026-04-03 10:00:00'} AS \"order\", ['x', 'y'] AS tags, "
        "[{'sku': 'A', 'qty': 2, 'price': 10.10::DECIMAL(38,2)}, {'sku': 'B', 'qty': 1, 'price': 3.00}] AS lines, "
        f"TIMESTAMPTZ '2026-04-03 12:00:00+02' AS seen, 1e-7::DOUBLE AS small, NULL::INTEGER AS none) TO '{parquet}' (FORMAT parquet)"
    )
    assert rows_in(parquet, flat) == [
        ["#", "order.id", "order.at", "tags", "seen", "small", "none", "lines.sku", "lines.qty", "lines.price"],
        ["1", "1", "2026-04-03 10:00:00", '["x","y"]', "2026-04-03 10:00:00Z", "0.0000001", "", "A", "2", "10.10"],
        ["1", "1", "2026-04-03 10:00:00", '["x","y"]', "2026-04-03 10:00:00Z", "0.0000001", "", "B", "1", "3.00"],
    ]
    assert "Parquet" in str(refused(write(tmp_path, "cut.parquet", parquet.read_bytes()[:200]), DamagedFile))


def test_pairs_become_names() -> None:
    params = [
        {"key": "ga_session_id", "value": {"string_value": None, "int_value": 12345678901234567890}},
        {"key": "page", "value": {"string_value": "/a"}},
        {"key": "page", "value": "/b"},
        {"odd": 1},
    ]
    record = {"event_params": params, "items": [{"id": "A", "item_params": [{"key": "size", "value": "M"}]}], "e": {}}
    assert rows_of(record, Records(each="items", pairs=("event_params", "items.item_params"))) == [
        {"event_params.ga_session_id": "12345678901234567890", "event_params.page": "/a, /b", "e": "", "items.id": "A", "items.item_params.size": "M"}
    ]
    assert rows_of({"a": {"b": 1}, "items": []}, Records(each="items")) == [{"a.b": "1"}]
    assert rows_of([1, {"a": None}], Records()) == [{"value": '[1,{"a":null}]'}]


def test_numbers_stay_as_they_are_written(tmp_path: Path) -> None:
    path = write(tmp_path, "x.json", '[{"a": 12345678901234567890123, "b": 0.10000000000000000001, "c": [1.10, "x\\u0000y"], "d": 1E+2, "e": "z\\ud800"}]')
    assert rows_in(path, Records()) == [
        ["#", "a", "b", "c", "d", "e"],
        ["1", "12345678901234567890123", "0.10000000000000000001", '[1.10,"x\\u0000y"]', "1E+2", "z?"],
    ]


def test_a_profile_of_records_is_tried_on_records_only(tmp_path: Path) -> None:
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "made.orders.yaml").write_text(ORDERS, encoding="utf-8")
    profiles = Profiles.load(tmp_path / "profiles")
    path = write(tmp_path, "orders.json", json.dumps({"data": {"orders": RECORDS}}))
    loaded = Loaded(path, profiles)
    assert loaded.recognised.header == ("order.id", "order.at", "tags", "lines.sku", "lines.qty", "lines.price", "lines.late")
    assert (loaded.account.rows_read, loaded.account.rows_used, loaded.account.unused) == (2, 2, ("tags", "lines.late"))
    assert loaded.rows("order_lines", "order_id, sku, quantity, gross, file_line", "ORDER BY ALL") == [
        ("1", "A", 2, Decimal("10.1"), 1), ("1", "B", 1, 3, 1), ("2", "C", 1, Decimal("1234.5"), 2),
    ]  # fmt: skip
    with pytest.raises(UnknownFormat):
        recognise(write(tmp_path, "orders.csv", "order.id,order.at,lines.sku\n1,2026-04-03 10:00:00,A\n"), profiles)
    with pytest.raises(UnknownFormat):
        recognise(path, PROFILES)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[{"a": 1},\n {"a": 2\n', "character 1 of line 3"),
        ('[{"a": 1}] x', "character 12 of line 1"),
        ('{"a": 1}\n{"a": 2}\n{"a": \n', "of line 3"),
        ('[{"a": 1, "a": 2}]', "name a twice"),
        ('{"a": ' + "[" * 100_000, "nested too deeply"),
        ('{"a": ' + '{"b":' * 200 + "1" + "}" * 201, "unknown|no known"),
        ('[{"a": "' + "x" * (2 << 20) + '"}]', "no known"),
        ('{"a": 1}\x00', "byte 8"),
    ],
    ids=["cut", "more", "line", "twice", "deep", "nested", "cell", "nul"],
)
def test_damaged_records(tmp_path: Path, text: str, said: str) -> None:
    error = str(refused(write(tmp_path, "x.json", text)))
    assert any(part in error for part in said.split("|")), error


def test_the_shelf_keeps_few_and_gives_each_once(tmp_path: Path) -> None:
    shelf = Shelf(places=2, largest=10)
    files = []
    for place, data in enumerate((b"a", b"b", b"c", b"x" * 20)):
        file = (tmp_path / str(place)).open("w+b")
        file.write(data)
        file.flush()
        shelf.put(place, file)
        files.append(file)
    assert [file.closed for file in files] == [True, False, False, True]
    taken = shelf.take(2)
    assert taken is not None
    assert taken.read() == b"c"
    assert shelf.take(2) is None
    taken.close()
    files[1].close()


def test_crc_and_lengths_of_an_archive_are_checked(tmp_path: Path) -> None:
    """A member whose bytes were changed, and an archive that says a member is smaller than it is."""
    raw = TEXT.encode()
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("t.csv", raw)
    data = bytearray(path.read_bytes())
    data[data.index(b"Chemise")] ^= 1
    assert "the archive is damaged" in str(refused(write(tmp_path, "crc.zip", bytes(data)), DamagedFile))
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    squeezed = packed.compress(b"0" * (40 << 20)) + packed.flush()
    name, crc = b"t.csv", zlib.crc32(b"0" * 100)
    local = struct.pack("<4s5H3I2H", b"PK\x03\x04", 20, 0, 8, 0, 0, crc, len(squeezed), 100, len(name), 0) + name + squeezed
    central = struct.pack("<4s6H3I5H2I", b"PK\x01\x02", 20, 20, 0, 8, 0, 0, crc, len(squeezed), 100, len(name), 0, 0, 0, 0, 0, 0) + name
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 1, 1, len(central), len(local), 0)
    liar = write(tmp_path, "liar.zip", local + central + end)
    with pytest.raises(SourceError):
        recognise(liar, PROFILES)
