"""The HTML report: well formed, self-contained, accessible, escaped, in both languages, readable in both colour schemes."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from tui_shop import HOSTILE, KPIS, Shop

from kpi_core.render.arrange import Page
from kpi_core.render.export import records_sheet, sheet_table
from kpi_core.render.format import Formatter
from kpi_core.render.html import Extras, document, explain_document, page_document
from kpi_core.render.html_style import DARK, LIGHT, TEXTS
from kpi_core.view import ViewState
from tui.look.theme import contrast

EN, FR = Formatter("en"), Formatter("fr")
VOID = {"meta", "link", "img", "br", "hr", "input"}
VIEWS = ("overview", "explore", "gaps", "data")


class Reader(HTMLParser):
    """Elements with their attributes, in order; complains about tags that do not match."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert not reader.open, f"left open: {reader.open}"
    return reader


def page_of(view: str, shop: Shop | None = None) -> Page:
    source = shop or Shop()
    return getattr(source, view)(ViewState(view, "aov" if view == "explore" else None))  # type: ignore[no-any-return]


def harmless(text: str, reader: Reader) -> None:
    """Nothing is loaded and nothing runs: only the elements and attributes that a report needs."""
    assert {tag for tag, _ in reader.found} <= {
        "html", "head", "meta", "link", "title", "style", "body", "div", "header", "abbr", "main", "footer", "section", "article", "p", "b", "h1", "h2", "h3", "dl", "dt",
        "dd", "ul", "li", "span", "table", "caption", "thead", "tbody", "tr", "th", "td", "code", "svg", "path", "text", "rect", "circle",
    }  # fmt: skip
    attributes = {name for _, found in reader.found for name in found}
    assert not {name for name in attributes if name.startswith("on")}
    assert not attributes & {"src", "srcset", "action", "xlink:href"}
    assert [found["href"] for _, found in reader.found if "href" in found] == ["data:,"]
    assert "url(" not in text
    assert "@import" not in text
    (policy,) = [m for m in reader.all("meta") if m.get("http-equiv") == "Content-Security-Policy"]
    assert "default-src 'none'" in (policy["content"] or "")
    assert not any((ord(c) < 32 and c not in "\n\t") or 0x7F <= ord(c) < 0xA0 or c in "\u202e\u2066\u200f" for c in text)


@pytest.mark.parametrize("fmt", [EN, FR], ids=["en", "fr"])
@pytest.mark.parametrize("view", VIEWS)
def test_a_page_of_each_view(view: str, fmt: Formatter) -> None:
    text = page_document(page_of(view), fmt)
    reader = read(text)
    harmless(text, reader)
    assert reader.all("html") == [{"lang": fmt.lang}]
    assert len(reader.all("h1")) == 1
    tables = len(reader.all("table"))
    assert tables >= 1
    assert len(reader.all("caption")) == tables
    scopes = {th.get("scope") for th in reader.all("th")}
    assert {"col", "row"} <= scopes <= {"col", "row", "rowgroup"}
    assert all(svg.get("role") == "img" and svg.get("aria-label") for svg in reader.all("svg")), "every picture is told in words"
    assert "omnigap --open 'omnigap://" in reader.text
    assert len(text.encode()) < 150_000


def test_a_heatmap_says_what_is_missed_with_a_sign() -> None:
    page = Shop().heat(ViewState("trend", "aov", shape="periods"))
    text = page_document(page, EN)
    reader = read(text)
    harmless(text, reader)
    shades = {cell["class"] for cell in reader.all("td") if " h" in (cell.get("class") or "")}
    assert {"num h0", "num h4"} <= shades <= {f"num h{shade}" for shade in range(5)}
    assert 'title="missed">✗</abbr>' in text
    assert "darker: higher" in reader.text


def test_a_status_is_a_glyph_and_a_word_not_only_a_colour() -> None:
    for fmt, words in ((EN, ("missed", "met")), (FR, ("manqué", "atteint"))):
        text = page_document(page_of("overview"), fmt)
        for glyph, word in zip("✗✓", words, strict=True):
            assert f'<span class="glyph" aria-hidden="true">{glyph}</span>{word}' in text.replace(f"{glyph}</span>3 ", f"{glyph}</span>")


def test_numbers_read_as_in_the_language() -> None:
    english, french = (read(page_document(page_of("overview"), fmt)).text.replace("\u00a0", " ").replace("\u202f", " ") for fmt in (EN, FR))
    assert "1,121.00 €" in english
    assert "1 121,00 €" in french
    assert "Scorecard" in english
    assert "Tableau de bord" in french
    assert "Conversion rate" in french, "names of the data stay as they are"


def test_plots_have_targets_and_what_is_missing_stays_a_gap() -> None:
    text = page_document(page_of("explore"), EN)
    assert text.count('class="trend wide"') == text.count('class="trend narrow"') == 1
    assert '<path class="target" d="M' in text
    assert text.count('class="bullet"') == 5
    assert text.count('class="mark"') >= 4


def test_causes_stand_under_the_page_and_explain_has_a_page_of_its_own() -> None:
    shop = Shop()
    explained = shop.explain(ViewState("explore", "aov"))
    text = page_document(page_of("explore", shop), EN, Extras(explain=explained))
    assert "First causes · Average order value" in text
    assert 'class="waterfall wide"' in text
    own = explain_document(explained, FR)
    reader = read(own)
    harmless(own, reader)
    assert "−4" in reader.text
    assert len(reader.all("table")) == 2


def test_hostile_names_are_text_everywhere() -> None:
    shop = Shop(hostile=True)
    names = (*HOSTILE, "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</style><style>*{display:none}", "&amp;lt;", "javascript:alert(1)")
    shop.members_of["channel"] = names
    state = ViewState("explore", "aov", "channel", search="<b>x")
    page = shop.explore(ViewState("explore", "aov", "channel"))
    for text in (page_document(page, EN, Extras(explain=shop.explain(state))), page_document(shop.gaps(ViewState("gaps")), FR), page_document(shop.overview(state), EN)):
        harmless(text, read(text))
    reader = read(page_document(page, EN))
    for name in ("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</style><style>*{display:none}"):
        assert name in reader.text, "shown as it is, as text"


def test_records_are_a_page_too() -> None:
    page = Shop().records(ViewState("explore", "aov"), 0, 50)
    text = document("Orders", page.header, [("Orders", sheet_table(records_sheet(page, EN), EN))], EN)
    reader = read(text)
    harmless(text, reader)
    assert len(reader.all("tr")) == 51
    assert "order-49" in reader.text


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_every_text_is_readable_on_every_ground(colours: dict[str, str]) -> None:
    for ground in ("ground", "card"):
        for name in TEXTS:
            assert contrast(colours[name], colours[ground]) >= 4.5, (name, ground)


def test_both_schemes_and_paper_are_in_the_one_style_sheet() -> None:
    text = page_document(page_of("overview"), EN)
    assert "@media (prefers-color-scheme:dark)" in text
    assert "@media print" in text
    assert re.search(r"thead\{display:table-header-group\}", text)
    assert all(kpi.name in text for kpi in KPIS.values())
