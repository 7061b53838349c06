"""Choosing a period: the prompt reads along, steps and grains follow the workspace's calendar, both ranges stand in the header."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from tui_driver import opened
from tui_shop import LAST_DAY, Shop

from kpi_core.engine import calendar
from kpi_core.engine.calendars import Calendar, FiscalYear, RetailYear
from kpi_core.engine.result import Period
from kpi_core.view import ViewState


def run(journey: Any) -> None:
    work: Coroutine[Any, Any, None] = journey()
    asyncio.run(work)


class RetailShop(Shop):
    """A shop with a fiscal year from April and NRF's retail year."""

    own = Calendar(0, FiscalYear(4), RetailYear((4, 5, 4), 5, 1, 31))

    def _period(self, state: ViewState) -> Period:
        return calendar.parse(state.period, LAST_DAY, self.own)


def test_the_prompt_reads_along_with_both_ranges_and_their_days() -> None:
    async def journey() -> None:
        async with opened() as ui:
            await ui.press("p")
            ui.expect("W44 2026 · 26 Oct–1 Nov 2026 · 7 days", "vs W44 2025 · 27 Oct–2 Nov 2025 · 7 days", "last 8 weeks")
            ui.refuse("FY2026")
            await ui.press("ctrl+u")
            ui.expect("write a period")
            await ui.type("2026-W53")
            ui.expect("not loaded", "vs W01 2026", "(week 53: 52 weeks back)")
            await ui.press("ctrl+u")
            await ui.type("last 8 weks")
            ui.expect("did you mean last 8 weeks?")
            await ui.press("enter")
            ui.expect("did you mean last 8 weeks?")
            await ui.press("ctrl+u")
            await ui.type("last 8 weeks")
            ui.expect("7 Sept–1 Nov 2026 · 56 days")
            await ui.press("enter")
            ui.expect("7 Sept–1 Nov 2026")
            assert ui.state.period == "last 8 weeks"
            await ui.press("less_than_sign")
            assert ui.state.period == "2026-W29..2026-W36"
            await ui.press("greater_than_sign")
            assert ui.state.period == "2026-W37..2026-W44"

    run(journey)


def test_in_french() -> None:
    async def journey() -> None:
        async with opened(lang="fr") as ui:
            await ui.press("p", "ctrl+u")
            await ui.type("mois dernier")
            ui.expect("octobre 2026 · 01/10–31/10/2026 · 31 jours", "vs octobre 2025", "8 dernières semaines")
            await ui.press("ctrl+u")
            await ui.type("2025-S53")
            ui.expect("2025 a 52 semaines")

    run(journey)


def test_grains_and_steps_of_the_workspaces_calendar() -> None:
    async def journey() -> None:
        async with opened(RetailShop(), size=(120, 36), state=ViewState(period="2026")) as ui:
            await ui.press("P")
            assert ui.state.period == "FY2027-Q2"  # the last complete one: the year shown ends after the data
            await ui.press("P", "P")
            assert ui.state.period == "R2026-W09"
            await ui.press("less_than_sign")
            assert ui.state.period == "R2026-W08"
            await ui.press("p")
            ui.expect("R2026-W08", "FY2026  FY2026-Q3", "R2026-P03")
            await ui.press("escape", "P")
            assert ui.state.period == "R2026-P02"

    run(journey)


def test_comparisons_show_their_dates() -> None:
    async def journey() -> None:
        async with opened(size=(100, 30), state=ViewState(period="2026-W14")) as ui:
            ui.expect("vs LY 31 Mar–6 Apr")
            await ui.press("C")
            ui.expect("W13 2026 · 23–29 Mar 2026", "W16 2025 · 14–20 Apr 2025 (as Easter)")
            await ui.type("events")
            await ui.press("enter")
            assert ui.state.compare == "last_year_events"
            ui.expect("14–20 Apr")

    run(journey)
