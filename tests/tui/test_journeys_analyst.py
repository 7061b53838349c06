"""An analyst's afternoon, keys only, in both languages: every way of cutting a number, what is behind it, and taking it along."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from tui_driver import Ui, opened
from tui_shop import Shop

from kpi_core.links import from_link
from kpi_core.view import Filter, ViewState
from kpi_core.workbench import Workbench

SAID = {
    "en": {"marked": "2 marked", "hours": "hours", "records": "rows 1 to 200 of 430", "copied": "copied:"},
    "fr": {"marked": "2 marquées", "hours": "heures", "records": "lignes 1 à 200 sur 430", "copied": "copié :"},
}

NOT_NICE = (Filter("store", ("Nice",), exclude=True),)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where exports go."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def rows(ui: Ui) -> list[str]:
    """The keys of the rows in the order of the screen."""
    return [row.key for row in ui.grid.content.rows if row.key is not None]


def number(text: str, lang: str) -> tuple[float, float]:
    """A number as people read it, and its last digit's worth. Percent and points count as hundredths."""
    digits = re.sub(r"[^0-9,.+−-]", "", text).replace("−", "-")
    digits = digits.replace(".", "").replace(",", ".") if lang == "fr" else digits.replace(",", "")
    scale = 0.01 if re.search(r"%|\bpt\b", text) else 1.0
    return float(digits) * scale, 10.0 ** -len(digits.partition(".")[2]) * scale


def same_as_screen(ui: Ui, path: Path) -> int:
    """Every cell of an exported csv against the text that stands under its title on the screen; how many were compared."""
    grid = ui.grid
    spans = {column.id: (column.start, column.end) for column in grid.content.columns}
    shown = [line[grid.region.x : grid.region.right] for line in ui.lines[grid.region.y + 1 : grid.region.bottom]]
    compared = 0
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            name = row.get("member") or row["kpi"]
            line = next(line for line in shown if name in line)
            for column, (start, end) in spans.items():
                text = line[start:end].strip()
                if column not in row or not row[column]:
                    assert column not in row or not re.search(r"\d", text), (name, column, text)
                elif not re.search(r"\d", text) or column in ("member", "kpi"):
                    assert text == row[column]
                else:
                    found, digit = number(text, ui.app.options.lang)
                    most = digit if column == "contribution" else digit / 2 + 1e-9  # parts are rounded so that they sum
                    assert abs(found - float(row[column])) <= most, (name, column, text, row[column])
                compared += 1
    return compared


@pytest.mark.parametrize("lang", SAID)
async def test_an_afternoon(lang: str, here: Path) -> None:
    t, shop = SAID[lang], Shop()
    async with opened(shop, lang=lang, size=(120, 36)) as ui:
        # period and comparison, then a KPI by a dimension
        await ui.command("2026-W40 prev").overview.expect_state(period="2026-W40", compare="previous").expect("40 2026")
        await ui.command("aov store").explore.expect_state(kpi="aov", by="store", period="2026-W40").expect("[Store]")
        await ui.press("D").expect_popup("Category").choose("cat").explore.expect_state(by="category").press("d").expect_state(by="product")
        await ui.press("minus", "minus").expect_state(by="store")

        # marks: side by side, kept, and back
        await ui.select("Lille Centre").press("space").select("Nantes").press("space").expect(t["marked"])
        await ui.press("enter").expect_crumb("Total › Store: Lille Centre, Nantes")
        assert rows(ui) == ["Lille Centre", "Nantes"]
        await ui.press("minus").expect_crumb("Total  ").expect(t["marked"]).press("U").refuse(t["marked"])

        # exclusion, several sort keys, a filter by number
        await ui.select("Nice").press("exclamation_mark").expect_crumb("Total › Store: Nice").expect_state(where=NOT_NICE)
        await ui.press("right", "s", "right", "alt+s").expect("▾1", "▾2")
        await ui.filter("actual>500").expect_filter("actual>500")
        actual = [column.id for column in ui.grid.content.columns].index("actual")
        numbers = [float(row.values[actual]) for row in ui.grid.content.rows if row.key]  # type: ignore[arg-type]
        assert numbers == sorted(numbers, reverse=True) and min(numbers) > 500 and 0 < len(numbers) < 7

        seen = ui.text

        # taken along as it stands
        await ui.press("e", "enter").explore.expect(".csv")
        (path,) = here.glob("*.csv")
        assert same_as_screen(ui, path) >= 4 * len(numbers)

        # a link of all that, copied and opened elsewhere
        await ui.press("alt+y").expect(t["copied"]).expect_clipboard("omnigap://explore?kpi=aov&by=store&f=store:!Nice&tr=2026-W40&cmp=previous&sort=-actual")
        link = ui.app.clipboard
        await ui.press("1").overview.open(link).explore.expect_filter("actual>500")
        assert ui.text == seen
    state, told = from_link(link)
    assert not told
    async with opened(shop, lang=lang, size=(120, 36), state=state) as ui:
        assert ui.text == seen
        # undo is finer than back
        await ui.press("s").expect_state(search="actual>500").press("u").press("escape").expect_filter("").press("u").expect_filter("actual>500")
        await ui.press("escape", "backspace").explore.expect_state(where=()).press("minus").expect_state(where=NOT_NICE)
        await ui.press("alt+right").expect_state(where=())

        # over time, as a heatmap, and into a cell
        await ui.select("Bordeaux").press("t").trend.expect_crumb("Total › Store: Bordeaux").press("backspace").trend.expect_crumb("Total  ")
        await ui.press("H").trend.expect(f"  {t['hours']}").select("Toulouse").press("left", "left").expect("Toulouse · 2026-W38")
        await ui.press("enter").explore.expect_state(period="2026-W38", where=(Filter("store", ("Toulouse",)),))

        # what is behind it
        await ui.press("v").expect_popup(t["records"]).press("escape").explore.press("i").expect_popup("revenue / orders").press("escape")
        await ui.press("Y").expect_popup("SQL").choose("SQL").explore.expect(t["copied"]).expect_clipboard("select sum(net_amount)")
        await ui.press("minus").trend.press("minus", "minus").trend.expect_crumb("Total › Store: Bordeaux")
        await ui.press("5").whatif.press("right", "right").expect_state(moves=(("orders", "2"),)).press("0").expect_state(moves=())
        await ui.press("6").data.expect("export_1.csv").press("Q").expect_closed()


@pytest.mark.parametrize("lang", SAID)
async def test_the_scorecard_in_a_file_is_that_of_the_screen(lang: str, here: Path) -> None:
    async with opened(lang=lang, size=(100, 30)) as ui:
        await ui.overview.press("right", "s").press("e", "enter").overview.expect(".csv")
        (path,) = here.glob("*.csv")
        assert same_as_screen(ui, path) >= 35


@pytest.mark.slow
async def test_an_afternoon_on_the_sample(sample_workspace: Path, here: Path) -> None:
    """The same on the real engine."""

    def bench() -> Workbench:
        return Workbench.open(sample_workspace, lang="en")

    start = ViewState(period="2026-W43")
    async with opened(opener=bench, size=(120, 36), state=start) as ui:
        await ui.overview.expect("Revenue").command("revenue store 2026-10 yoy").explore.expect_state(kpi="revenue", by="store", period="2026-10")
        await ui.select("Lyon Part-Dieu").expect_row("Lyon Part-Dieu").press("exclamation_mark").expect_crumb("Total › Store: not Lyon Part-Dieu")
        await ui.press("right", "s").filter("actual>5000").expect_filter("actual>5000")
        seen = ui.text
        await ui.press("e", "enter").explore.expect(".csv")
        (path,) = here.glob("*.csv")
        assert same_as_screen(ui, path) >= 10
        await ui.press("alt+y").expect("copied: omnigap://")
        link = ui.app.clipboard
        await ui.press("escape", "backspace", "4").trend.expect("Revenue by month").press("H").trend.expect("Lyon Part-Dieu")
        await ui.press("i").expect_popup("Revenue").press("escape").press("minus", "minus").explore
        await ui.press("Y").choose("SQL").expect("the SQL that ran")
    async with opened(opener=bench, size=(120, 36), state=from_link(link)[0]) as ui:
        assert ui.text == seen
