"""The Gaps view and the list of actions, byte for byte. `OMNIGAP_GOLDEN=write` writes the files anew."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from render_samples import TODAY, header, kpi_row

from kpi_core.engine.result import Status, Value
from kpi_core.errors import said
from kpi_core.pages import (
    ActionLine,
    ActionsPage,
    Cause,
    Effect,
    GapDetail,
    GapRow,
    GapsPage,
    GapStatus,
    Note,
    NoteLine,
)
from kpi_core.render.actions import actions_csv, actions_table
from kpi_core.render.arrange import page_table
from kpi_core.render.format import Formatter
from kpi_core.render.gaps import detail_lines, gaps_table, summary_line
from kpi_core.render.report import report
from kpi_core.render.table import as_text
from kpi_core.render.text import Line, line_width
from kpi_core.view import Filter, ViewState

GOLDEN = Path(__file__).parent / "golden"
WIDTHS = (44, 60, 80, 120, 160)
LYON = (Filter("store", ("Lyon Part-Dieu",)),)


def value(number: str) -> Value:
    return Value(Decimal(number), Status.VALUE)


EFFECT = Effect(date(2026, 10, 5), 27, value("62.39"), value("64.10"), value("65.13"), value("64.62"), "Lyon Part-Dieu")


def action(lang: str) -> ActionLine:
    name, cause = ("Cross-sell prompt at checkout", "Fewer items a basket")
    if lang == "fr":
        name, cause = ("Proposer un article en caisse", "Moins d'articles par panier")
    return ActionLine("prompt", name, "Plan", ("aov",), "Claire Morel", date(2026, 10, 5), date(2026, 10, 30), "running", "config/objectives.yaml", 106,
                      LYON, "Lyon Part-Dieu", cause, "", EFFECT)  # fmt: skip


def early(lang: str) -> ActionLine:
    seen = replace(EFFECT, reason=said("started {day}: too early, {count} days of data since", day=date(2026, 10, 30), count=3), scope="")
    return replace(action(lang), line=112, id="checkout", where=(), scope="", cause="", due=date(2026, 12, 15), effect=seen, note="see ticket 12", status="planned")


def page(lang: str, near: bool = False) -> GapsPage:
    fr = lang == "fr"
    state = ViewState(view="gaps", near=near)
    rows = []
    for kpi, actual, goal, status, scope, part, since in (
        ("abandonment", "0.714", "0.68", GapStatus.MISSED, "", "0.034", 7),
        ("aov", "58.10", "72.20", GapStatus.MISSED, "Lyon Part-Dieu", "-1.90", 12),
        ("revenue", "1248310", "1300000", GapStatus.MISSED, "", "-51690", 1),
        ("nps", "42", "45", GapStatus.NEAR, "À chaud" if fr else "On the spot", "-0.2", 0),
    ):
        row = kpi_row(kpi, actual, goal, status, "1", lang)
        where = LYON if scope == "Lyon Part-Dieu" else ()
        cause = Cause(said("{name}: {amount}", name="Mobile", amount="+2,1 pt" if fr else "+2.1 pt")) if kpi == "abandonment" else None
        made = GapRow(
            key=f"{kpi};{scope}" if scope else kpi,
            kpi=row.kpi,
            objective="Plan",
            level="Total",
            scope=scope,
            value=row.value,
            target=row.target,
            gap=row.gap,
            contribution=Decimal(part),
            whole_gap=Decimal("-4.36") if scope else Decimal(part),
            rank=0.1,
            state=ViewState(view="explore", kpi=kpi, where=where),
        )
        made = replace(made, since=since, since_start=date(2026, 8, 10), at_least=since == 12, cause=cause, explained=True, owner="Claire Morel")
        rows.append(replace(made, action=action(lang), actions=1) if kpi == "aov" else made)
    counts = ((GapStatus.MISSED, 3), (GapStatus.NEAR, 1), (GapStatus.MET, 8), (GapStatus.FEW, 2))
    return GapsPage(header(lang, state=state, counts=()), tuple(rows), counts, True)


def screen(lang: str, fmt: Formatter, width: int) -> list[Line]:
    shown = page(lang, near=width == 120)
    row = shown.rows[1]
    note = Note(datetime(2026, 10, 12, 9, 0, tzinfo=UTC), "anna", "aov", LYON, "fitting rooms shut [red]since[/red] the fire")
    detail = GapDetail(row.kpi, row.state, Cause(said("{driver} {before} → {after}", driver="Items", before="2.1", after="1.8")),
                       (action(lang), early(lang)), (NoteLine(note), NoteLine(note, "Lyon")))  # fmt: skip
    lines = [summary_line(shown, fmt, width), *gaps_table(shown, fmt, width, TODAY).lines(), ()]
    return [*lines, *detail_lines(shown, row, detail, fmt, width, TODAY), (), *detail_lines(shown, shown.rows[0], None, fmt, width, TODAY)]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("ascii", [False, True], ids=["utf8", "ascii"])
@pytest.mark.parametrize("lang", ["en", "fr"])
def test_screen(lang: str, ascii: bool, width: int) -> None:
    lines = screen(lang, Formatter(lang, ascii), width)
    assert all(line_width(line) <= width for line in lines)
    text = as_text(lines)
    assert text.isascii() or not ascii
    path = GOLDEN / f"gaps-{lang}-{'ascii' if ascii else 'utf8'}-{width}.txt"
    if os.environ.get("OMNIGAP_GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("width", range(24, 170, 9))
def test_no_width_overflows_or_loses_the_number(width: int) -> None:
    for ascii in (False, True):
        lines = screen("fr", Formatter("fr", ascii), width)
        assert all(line_width(line) <= width for line in lines)
        assert any("58,10" in "".join(text for text, _ in line) for line in lines)


@pytest.mark.parametrize("ascii", [False, True])
def test_the_filter_reads_a_name_that_the_screen_cuts(ascii: bool) -> None:
    fmt = Formatter("en", ascii)
    narrow = page_table(page("en"), fmt, 60, "order value")
    assert [row.key for row in narrow.rows] == ["aov;Lyon Part-Dieu"]
    assert "Lyon Part-Dieu" in narrow.rows[0].cells[0].text


def test_reports_follow_the_near_switch_and_name_the_place() -> None:
    fmt = Formatter("en")
    plain, near = (report(page("en", shown), fmt)["rows"] for shown in (False, True))
    assert [row["kpi"] for row in plain] == ["abandonment", "aov", "revenue"] and len(near) == 4
    assert plain[1]["dimensions"] == {"store": "Lyon Part-Dieu"} and plain[1]["or_longer"] and plain[1]["link"].endswith("f=store:Lyon%20Part-Dieu")


def test_the_list_of_actions_says_an_action_once_and_each_of_its_kpis() -> None:
    first, second = kpi_row("aov", "1", "1", GapStatus.MET, "1").kpi, kpi_row("revenue", "1", "1", GapStatus.MET, "1").kpi
    listed = ActionsPage(header(), ((action("en"), first), (action("en"), second), (early("en"), first)))
    text = as_text(actions_table(listed, Formatter("en"), 160, TODAY).lines())
    assert text.count("Cross-sell prompt") == 2  # early has the same name and another line number
    assert "! 30 Oct 2026" in text and "too early, 3 days" in text and "62.39 € → 64.10 € in 27 days" in text.replace("\u00a0", " ")
    rows = actions_csv(listed, Formatter("en")).splitlines()
    assert len(rows) == 4 and "before_last_year" in rows[0] and "store: Lyon Part-Dieu" in rows[1]
