"""A question that takes too long or too much, or that nobody waits for: the real reader at small limits, under the real app."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tui_driver import opened

from kpi_core.pages import GapsPage
from kpi_core.pages.trend import TrendPage
from kpi_core.view import ViewState
from kpi_core.workbench import Workbench
from tests.shop import copy_of_sample

HERE = ViewState(view="explore", kpi="revenue", by="store", period="2026-10")
ENDLESS = "select count(*) from range(100000000) as a, range(100000) as b where (a.range * b.range) % 7 = 3"
HUNGRY = "select count(*) from (select distinct hash(range) as h, range::varchar || 'x' as t from range(9000000))"
SETTINGS = "version: 1\nlanguage: en\nlimits: {memory: 80MB, threads: 1, temp: 2MB, seconds: 3}\n"


class Heavy(Workbench):
    """A workbench on its own reader; three of its views ask for more than there is."""

    def gaps(self, state: ViewState) -> GapsPage:
        self.desk.reader.execute(ENDLESS)
        return super().gaps(state)

    def trend(self, state: ViewState) -> TrendPage:
        self.desk.reader.execute(HUNGRY)
        return super().trend(state)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = copy_of_sample(tmp_path_factory.mktemp("limits") / "shop")
    (folder / "config" / "settings.yaml").write_text(SETTINGS)
    yield folder


@pytest.fixture
def heavy(shop: Path) -> Callable[[], Workbench]:
    return lambda: Heavy.open(shop, lang="en")


@pytest.mark.fault(21)
async def test_too_long_too_much_and_esc_each_leave_a_message_and_an_app_that_answers(heavy: Callable[[], Workbench]) -> None:
    async with opened(opener=heavy, size=(100, 30), state=HERE) as ui:
        ui.expect("Nantes")
        await ui.press("3")
        ui.expect("this question took too long", "limits.seconds")
        await ui.press("minus")
        ui.refuse("took too long").expect("Nantes")
        await ui.press("4")
        ui.expect("this question needs more memory than allowed", "limits.memory")
        await ui.press("minus")
        ui.refuse("more memory").expect("Nantes")
        await ui.pilot.press("3")
        await ui.pilot.pause(0.2)  # the question runs
        await ui.pilot.press("escape")
        await ui.wait_idle()
        ui.expect("cancelled").refuse("took too long")
        await ui.press("right", "s")
        ui.expect("Nantes")
