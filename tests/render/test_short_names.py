"""A name too long for its column gives way to the KPI's short one; the header of a narrow screen to the short name of a basis."""

from __future__ import annotations

from dataclasses import replace

import pytest
import render_samples as samples

from kpi_core.render.cells import shorter
from kpi_core.render.format import Formatter
from kpi_core.render.header import header_lines
from kpi_core.render.overview import overview_table
from kpi_core.render.table import as_text

LONG = "Rétention d'une période de soldes à l'autre"


def drawn(width: int, short: str) -> str:
    page = samples.overview("fr")
    title, rows = page.groups[0]
    named = (replace(rows[0], kpi=replace(rows[0].kpi, name=LONG, short=short)), *rows[1:])
    table = overview_table(replace(page, groups=((title, named), *page.groups[1:])), Formatter("fr"), width)
    return as_text(table.lines(), False)


@pytest.mark.parametrize("width", [60, 80, 100])
def test_the_short_name_stands_whole_where_the_long_one_would_be_cut(width: int) -> None:
    assert "Rétention" in drawn(width, "") and "…" in drawn(width, "")  # the name alone is cut
    text = drawn(width, "Rét. période")
    assert "Rét. période" in text and LONG[:12] not in text
    assert all(len(line) <= width for line in text.splitlines())


def test_a_name_that_fits_stays() -> None:
    info = replace(samples.kpi("revenue"), name="Chiffre d'affaires", short="CA")
    assert shorter(info, 18) == "Chiffre d'affaires" and shorter(info, 17) == "CA"
    assert shorter(replace(info, short=""), 3) == "Chiffre d'affaires"  # cutting is the table's


def test_a_basis_is_never_cut_where_its_short_name_fits() -> None:
    header = samples.header("fr", basis=("retours à la date de vente",), basis_short=("retours à la vente",))
    wide, narrow = (as_text(header_lines(header, Formatter("fr"), width), False) for width in (140, 54))
    assert "retours à la date de vente" in wide
    assert "retours à la vente" in narrow and "…" not in narrow.splitlines()[1]
