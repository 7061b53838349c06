"""Every hostile text in a cell of every format of an export: no formula, no tag, no link, no control character, and no row or column too many."""

from __future__ import annotations

import csv
import io
import json
import re
import xml.etree.ElementTree as ElementTree
import zipfile
from html.parser import HTMLParser

import pytest
from hostile_texts import EVERY, foreign

from kpi_core.render.clean import clean, csv_safe, guarded, guarded_json, guarded_output
from kpi_core.render.export import Entry, Sheet, SheetColumn, sheet_csv, sheet_json, sheet_of, sheet_table, sheet_tsv, table_markdown
from kpi_core.render.export_xlsx import sheet_xlsx
from kpi_core.render.format import Formatter
from kpi_core.render.html import plain_document
from kpi_core.render.json_text import json_text
from kpi_core.render.svg import lines_svg
from kpi_core.render.table import Cell, Column, Row, Table, as_text, csv_text, fit, markdown

FMT = Formatter("en")
TEXTS = [each.text for each in EVERY]
BEGINNINGS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def table() -> Table:
    rows = [Row((Cell(clean(text)), Cell("1", raw=1))) for text in TEXTS]
    return fit([Column("name", clean(TEXTS[3])), Column("n", "N", "right")], rows, 10_000)


def sheet() -> Sheet:
    made = sheet_of(table(), clean(TEXTS[0]), FMT, [("filter", clean(text)) for text in TEXTS], "omnigap://overview")
    assert len(made.rows) == len(TEXTS)
    return made


def is_formula(text: str) -> bool:
    return text.startswith(BEGINNINGS) or text.lstrip().startswith(BEGINNINGS)


@pytest.mark.fault(19)
def test_csv_and_tsv_hold_no_formula_and_no_line_too_many() -> None:
    raw = csv_text(["name", "n"], [(text, 1) for text in TEXTS])  # as it came: the last border cleans by itself
    for text in (sheet_csv(sheet()), raw):
        rows = list(csv.reader(io.StringIO(text, newline="")))
        assert len(rows) == len(TEXTS) + 1 and {len(row) for row in rows} == {len(rows[0])}
        assert [cell for row in rows for cell in row if is_formula(cell)] == []
        assert foreign(text) == []
    lines = sheet_tsv(sheet()).removesuffix("\n").split("\n")
    assert len(lines) == len(TEXTS) + 1 and {line.count("\t") for line in lines} == {lines[0].count("\t")}
    assert [cell for line in lines for cell in line.split("\t") if is_formula(cell)] == []


@pytest.mark.fault(19)
@pytest.mark.parametrize("text", TEXTS)
def test_what_is_left_of_a_text_when_it_was_cleaned_is_no_formula(text: str) -> None:
    assert not is_formula(csv_safe(clean(text)))


@pytest.mark.fault(19)
def test_a_workbook_read_again_holds_text_and_no_formula_or_link() -> None:
    with zipfile.ZipFile(io.BytesIO(sheet_xlsx(sheet(), FMT))) as book:
        parts = {name: book.read(name).decode("utf-8") for name in book.namelist()}
    sheets = [text for name, text in parts.items() if name.startswith("xl/worksheets/") and name.endswith(".xml")]
    assert len(sheets) == 2
    for text in sheets:
        root = ElementTree.fromstring(text)
        tags = {element.tag.rpartition("}")[2] for element in root.iter()}
        assert not tags & {"f", "hyperlink", "hyperlinks", "drawing", "oleObject"}
        kinds = {cell.get("t", "n") for cell in root.iter() if cell.tag.endswith("}c")}
        assert kinds <= {"s", "n", "b"}
    assert not [name for name in parts if "externalLink" in name or "vba" in name.lower() or ("hyperlink" in parts[name].lower() and name.endswith(".rels"))]
    strings = ElementTree.fromstring(parts["xl/sharedStrings.xml"])
    assert len([element for element in strings.iter() if element.tag.endswith("}si")]) > len(TEXTS)
    assert [found for name, text in parts.items() if name.endswith(".xml") for found in foreign(text)] == []
    assert not re.search(r"_x00(0|1)[0-9A-Fa-f]_", parts["xl/sharedStrings.xml"])  # nor as Excel writes them


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.mark.fault(15)
def test_a_page_of_html_holds_no_tag_or_attribute_of_a_text() -> None:
    text = plain_document(TEXTS[0], [(TEXTS[1], sheet_table(sheet(), FMT)), (TEXTS[2], table())], FMT)
    tags = Tags()
    tags.feed(text)
    assert not {tag for tag, _ in tags.found} & {"script", "img", "iframe", "object", "embed", "form", "u", "b1", "svg"}
    assert not [name for _, names in tags.found for name in names if name.startswith("on") or name in ("src", "action", "formaction")]
    assert not [names["href"] for _, names in tags.found if (names.get("href") or "").lower().strip().startswith("javascript")]
    assert foreign(text) == []


@pytest.mark.fault(15)
def test_markdown_has_the_rows_of_its_table_and_no_link_or_tag() -> None:
    for text in (markdown(table()), table_markdown(table())):
        lines = text.removesuffix("\n").split("\n")
        assert len(lines) == len(TEXTS) + 2
        assert {len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) for line in lines} == {3}
        bare = re.sub(r"\\.", "", text)
        assert "<" not in bare and "[" not in bare and "`" not in bare and foreign(text) == []


@pytest.mark.fault(15)
def test_a_picture_is_xml_with_text_only() -> None:
    text = lines_svg([((each, ""),) for each in TEXTS], TEXTS[0])
    tags = {element.tag.rpartition("}")[2] for element in ElementTree.fromstring(text).iter()}
    assert not tags & {"script", "image", "a", "foreignObject", "use"}
    assert foreign(text) == []


@pytest.mark.fault(15)
def test_json_says_no_control_character_even_when_it_is_decoded() -> None:
    for text in (sheet_json(sheet()), json_text({"rows": TEXTS, "by name": dict.fromkeys(TEXTS, 1)})):
        assert foreign(text) == []
        assert foreign(json.dumps(json.loads(text), ensure_ascii=False).replace("\\n", " ").replace("\\t", " ")) == []
        assert not re.search(r"[\x00-\x08\x0b-\x1f]", "".join(re.findall(r".", repr(json.loads(text)))))
    assert json.loads(json_text({"sql": "select 1\n\tfrom x", "back": "\\u001b \\\\b"})) == {"sql": "select 1\n\tfrom x", "back": "\\u001b \\\\b"}  # a backslash is one


@pytest.mark.parametrize("text", TEXTS)
def test_the_last_border_is_enough_alone(text: str) -> None:
    assert foreign(guarded(text).replace("\r\n", " ").replace("\n", " ")) == []
    assert foreign(guarded_json(json.dumps(text, ensure_ascii=False))) == []
    assert foreign(guarded_output(text, False).replace("\r\n", " ").replace("\n", " ")) == []
    coloured = guarded_output(f"\x1b[31m{guarded(text)}\x1b[0m", True)
    assert coloured.startswith("\x1b[31m") and coloured.endswith("\x1b[0m") and coloured.count("\x1b") == 2
    assert as_text([((text.replace("\n", " "), "bad"),)], colour=True).count("\x1b") in (0, 2)
    assert Entry(clean(text)).value == clean(text) and SheetColumn("a", clean(text)).title == clean(text)


def test_plain_text_is_not_touched() -> None:
    for text in ("a\r\nb\tc\n", "Écharpe «été» 20 %", "کتاب\u200cها", "[red]x[/nope]"):
        assert guarded(text) == text and guarded_output(text, True) == text
