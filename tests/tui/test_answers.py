"""Data: Enter on a file that was left undecided asks what it leaves open, one question after another, with what each answer would mean; then it is
loaded right there."""

from __future__ import annotations

from pathlib import Path

import pytest
from tui_driver import opened
from tui_shop import Shop

from kpi_core.errors import StoreBusy, said
from kpi_core.links import from_link
from kpi_core.pages import LoadedFile, UnusedFile
from kpi_core.sources.account.questions import Option, Question
from tui.options import Options

DATA = from_link("omnigap://data")[0]
ORDER = Question(
    "till.sales", "Till", "Caisse", "0123456789abcdef", "date_order",
    (Option("dmy", (("03/04/2026", "2026-04-03"),)), Option("mdy", (("03/04/2026", "2026-03-04"),))), "day", "Date",
)  # fmt: skip
CONFIRM = Question(
    "vendor.file", "Vendor", "Vendeur", "0123456789abcdef", "confirm", (Option("true"),), checks=(("Total", 3, 4),), dataset="orders",
    names=("order_ref", "net"), rows=(("#1\x1b[2J", "20.00"), ("#2", "")),
)  # fmt: skip


PERIOD = Question("ads.report", "Ads", "Annonces", "0123456789abcdef", "period", (), file="asks.csv", sha256="ab" * 32)
COLUMN = Question(
    "form.answers", "Form", "Formulaire", "0123456789abcdef", "column", (Option("Would you come back?", (("10", ""), ("7", ""))), Option("")), "score",
    what_en="the answer from 0 to 10", what_fr="la réponse de 0 à 10",
)  # fmt: skip
ZONE = Question("till.sales", "Till", "Caisse", "0123456789abcdef", "zone", (Option("America/Chicago"), Option("Asia/Shanghai")), "zone", "Zone", value="CST")


def shop(*questions: Question) -> Shop:
    made = Shop()
    made.refused = (UnusedFile("/in/asks.csv", "failed", "Undecided", questions[0].asked(), said("write it"), questions=questions),)
    return made


@pytest.mark.parametrize(("size", "options"), [((80, 24), Options()), ((120, 36), Options("fr")), ((80, 24), Options("fr", ascii_only=True))])
async def test_a_question_is_answered_with_keys(size: tuple[int, int], options: Options) -> None:
    made = shop(ORDER)
    french = options.lang == "fr"
    async with opened(made, state=DATA, size=size, options=options) as ui:
        await ui.press("enter")
        meaning = "03/04/2026 = 4 mars 2026" if french else "03/04/2026 = 4 Mar 2026"
        assert meaning in ui.text
        assert "03/04/2026" in ui.text
        await ui.press("down", "enter")
        assert made.answered == [("date_order", "mdy")]
        assert "config/layouts.yaml" in ui.text
        assert ("plus tard, avec omnigap load" if french else "later, with omnigap load") in ui.text
        await ui.press("down", "enter")  # later
        assert made.loads == []
        await ui.press("enter")  # nothing is asked again: the account says what became of the file
        assert meaning not in ui.text


async def test_questions_of_a_file_come_one_after_another_and_it_is_loaded_there() -> None:
    made = shop(PERIOD, COLUMN, ZONE)
    made.loaded = LoadedFile("asks.csv", None, UnusedFile("/in/asks.csv", "failed", "Undecided", ORDER.asked(), questions=(ORDER,)))
    async with opened(made, state=DATA) as ui:
        await ui.press("enter")
        assert "which days is it about?" in ui.text
        await ui.press(*"Oct", "enter")
        assert "Oct is not a period" in ui.text
        assert made.answered == []
        await ui.press("end", *["backspace"] * 3, *"2026-10", "enter")
        assert "which column holds the answer from 0 to 10?" in ui.text
        assert "Would you come back?: 10, 7" in ui.text
        await ui.press("down", "enter")  # none of these
        assert "which time zone is CST?" in ui.text
        await ui.press(*"Asia/Kolkata", "enter")
        assert made.answered == [("period", "2026-10-01..2026-10-31"), ("column", ""), ("zone", "Asia/Kolkata")]
        await ui.press("enter")  # load it now
        assert made.loads == [Path("/in/asks.csv")]
        assert made.reloads == 1
        assert "does 03/04/2026 mean" in ui.text  # what it asks next


@pytest.mark.parametrize(
    ("loaded", "told"),
    [
        (StoreBusy(said("another load is running: process {pid}, since {since}", pid=1, since="?"), hint=said("wait for it to end, then load again")), "another load is running"),
        (LoadedFile("asks.csv", None, UnusedFile("/in/asks.csv", "failed", "SourceError", said("the file has a header and no rows"))), "no rows"),
        (LoadedFile("asks.csv"), "asks.csv is loaded"),
    ],
)  # fmt: skip
async def test_what_became_of_a_load_is_said(loaded: LoadedFile | Exception, told: str) -> None:
    made = shop(ORDER)
    made.loaded = loaded
    async with opened(made, state=DATA) as ui:
        await ui.press("enter", "enter", "enter")
        assert told in ui.text
        assert made.reloads == (0 if isinstance(loaded, Exception) else 1)


async def test_an_experimental_format_shows_its_checks_and_rows_and_can_be_left_alone() -> None:
    made = shop(CONFIRM)
    async with opened(made, state=DATA) as ui:
        await ui.press("enter")
        assert "Total 3/4" in ui.text and "order_ref #1" in ui.text and "net 20.00" in ui.text and "\x1b" not in ui.text
        await ui.press("escape")
        assert made.answered == []
        await ui.press("enter", "enter", "escape")
        assert made.answered == [("confirm", "true")]
        assert made.loads == []


async def test_read_only_nothing_is_asked() -> None:
    made = shop(ORDER)
    async with opened(made, state=DATA, options=Options(read_only=True)) as ui:
        await ui.press("enter")
        assert "write it" in ui.text and "4 Mar" not in ui.text
