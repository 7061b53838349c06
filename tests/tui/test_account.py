"""Data: Enter opens the account of a file, and files that the last load did not use say why."""

from __future__ import annotations

import pytest
from tui_driver import opened
from tui_shop import Shop

from kpi_core.errors import Where, said
from kpi_core.links import from_link
from kpi_core.pages import UnusedFile
from tui.options import Options

DATA = from_link("omnigap://data")[0]
UNUSED = (
    UnusedFile("/in/new\x1b[2J.csv", "failed", "Drift", said("the columns have changed"), said("write the new name"), Where("/in/new.csv", 3)),
    UnusedFile("/in/asks.csv", "failed", "Undecided", said("03/04: which day?")),
)


@pytest.mark.parametrize(("size", "options"), [((80, 24), Options()), ((80, 24), Options("fr", ascii_only=True)), ((120, 36), Options("fr"))])
async def test_the_account_is_opened_read_and_closed_with_keys(size: tuple[int, int], options: Options) -> None:
    async with opened(Shop(), state=DATA, size=size, options=options) as ui:
        name = f"export_{ui.grid.cursor_key}.csv"
        await ui.press("enter")
        arrow = "->" if options.ascii_only else "→"
        refused, left_out, lines = ("Lignes refusées (1)", "Lignes écartées (42)", "lignes 20-59, 70, 72") if options.lang == "fr" else (
            "Rows refused (1)", "Rows left out (42)", "lines 20-59, 70, 72")  # fmt: skip
        shown = ui.text.replace("Lignes refusees", "Lignes refusées").replace("Lignes ecartees", "Lignes écartées")
        assert name in shown and "Total" in shown and refused in shown and left_out in shown and lines in shown
        assert "(UTF-16LE, tab" in shown and "399/400" in shown
        await ui.press("end")
        assert "Vendor, Tags" in ui.text and "Return rate" in ui.text
        for _ in range(12):
            await ui.press("up")
        assert f"Discount {arrow} Discount total" in ui.text
        assert all(len(line) <= size[0] for line in ui.lines) and (not options.ascii_only or ui.text.isascii())
        await ui.press("escape")
        await ui.data.expect("export_")


async def test_files_that_were_not_used_stand_first_and_say_why_and_what_to_do() -> None:
    shop = Shop()
    shop.refused = UNUSED
    async with opened(shop, state=DATA) as ui:
        assert "Not used by the last load (2)" in ui.text and "✗ not used" in ui.text and "! undecided" in ui.text
        assert "new" in ui.row and "the columns have changed" in ui.text and "write the new name" in ui.text, "the pane says why"
        await ui.press("enter")
        assert "not loaded: the columns have changed" in ui.text and "where: /in/new.csv:3" in ui.text and "\x1b" not in ui.text
        await ui.press("escape", "down")
        assert "asks.csv" in ui.row and "undecided: 03/04: which day?" in ui.text
        await ui.press("space")
        assert "there is no row to mark" in ui.text
