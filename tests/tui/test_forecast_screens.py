"""A period in progress on the screens: where it will end stands once, in the pane below, and over the trend where there is room."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from tui_driver import opened
from tui_shop import Shop

from kpi_core.pages import ExplorePage, Gap, GapStatus, Header, OverviewPage, Projection
from kpi_core.view import ViewState

CAUSE = "Lyon Part-Dieu: 0.42 of the gap"
SHORT = "9,000 € (8,500–9,400)"


class Going(Shop):
    """The shop in the middle of its week."""

    def overview(self, state: ViewState) -> OverviewPage:
        page = super().overview(state)
        return replace(page, header=self._partial(page.header))

    def explore(self, state: ViewState) -> ExplorePage:
        page = super().explore(state)
        end = Projection(date(2026, 11, 1), 9000, 8500, 9400, 3, page.total.target, Gap(Decimal(1), None, 1, GapStatus.NOISE), 0.62, 8, 10, 40, 0.0)
        euros = page.kpi.unit == "EUR"
        return replace(page, header=self._partial(page.header), projection=end if euros else None)

    @staticmethod
    def _partial(header: Header) -> Header:
        return replace(header, partial=(4, 7))


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (160, 48)])
async def test_the_overview_says_it_once_under_the_scorecard(size: tuple[int, int]) -> None:
    async with opened(Going(), size=size) as screen:
        screen.expect(SHORT, CAUSE)
        assert screen.text.replace("\u00a0", " ").count(SHORT) == 1
        await screen.press("j", "j", "j", "j")
        screen.refuse(SHORT).expect(CAUSE)  # a rate of this shop has no projection


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (160, 48)])
async def test_explore_says_it_once_over_the_cause(size: tuple[int, int]) -> None:
    async with opened(Going(), size=size) as screen:
        await screen.press("2")
        screen.expect(SHORT, CAUSE)
        assert screen.text.replace("\u00a0", " ").count(SHORT) == 1


async def test_a_period_that_is_over_has_no_such_line() -> None:
    async with opened(Shop(), size=(120, 36)) as screen:
        screen.refuse("At this pace", "◇")
        await screen.press("2")
        screen.refuse("At this pace", "◇")


async def test_a_low_terminal_has_no_room_for_it() -> None:
    async with opened(Going(), size=(80, 16)) as screen:
        await screen.press("2")
        screen.refuse(SHORT)
