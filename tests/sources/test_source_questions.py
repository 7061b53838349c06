"""What one file or one layout is asked: the period of rows without a date (T27), the day of a snapshot, the column that answers a question."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from source_files import KEY, PROFILES, ROOT, write

from kpi_core.config.layouts import Answers, add_file, add_layout, load_layouts
from kpi_core.errors import ConfigError, Undecided
from kpi_core.sources import Converted, Profiles, convert, recognise
from kpi_core.sources.account.questions import Question

BUSINESS = "(Parent) ASIN,(Child) ASIN,Title,Sessions - Total,Units ordered,Ordered product sales,Total order items\nP1,C1,Soap,120,12,€100.00,11\n"
RULED = "# ----------------------------------------\n# Traffic\n# ----------------------------------------\n"
PIECE = f"{RULED}\nSession primary channel group (Default Channel Group),Sessions,Engaged sessions\nDirect,120,60\nOrganic Search,80,50\n"  # fmt: skip
INVENTORY = "Handle,Title,Option1 Name,Option1 Value,SKU,HS Code,COO,Lyon\nsoap,Soap,Title,Default Title,S1,,,12\n"
FORM = (
    "#,How was it?,Would you come back?,How many of us?,Comment,Start Date (UTC),Submit Date (UTC),Network ID\n"
    "a1,10,7,12,ok,2026-10-02 10:00:00,2026-10-02 10:01:00,n1\na2,,9,3,9,2026-10-03 10:00:00,2026-10-03 10:01:00,n2\n"
)
YES = Answers(confirmed=True)


class Shop:
    """A folder with a config of its own, whose answers count for each file read."""

    def __init__(self, folder: Path, profiles: Profiles = PROFILES) -> None:
        self.folder, self.profiles = folder, profiles
        self.con = duckdb.connect()

    def read(self, path: Path, confirmed: bool = True) -> Converted:
        source = recognise(path, self.profiles)
        known = {profile.id: tuple(profile.spec.columns) for profile in self.profiles}
        answers = load_layouts(self.folder).check(known).answers(source.profile_id, source.header_hash, source.decoded.name, source.decoded.sha256)
        return convert(self.con, source, key=KEY, zone="Europe/Paris", answers=answers.with_entry(self.yes(source.profile_id)) if confirmed else answers)

    @staticmethod
    def yes(profile: str) -> Any:
        from kpi_core.config.layouts import Layout

        return Layout(profile=profile, confirmed=True)

    def asked(self, path: Path) -> Question:
        with pytest.raises(Undecided) as caught:
            self.read(path)
        (question,) = caught.value.questions
        assert question.line in str(caught.value.hint)
        assert not question.answered(load_layouts(self.folder))
        return Question.from_dict(question.to_dict())

    def rows(self, done: Converted, dataset: str, columns: str) -> list[tuple[Any, ...]]:
        return self.con.execute(f"SELECT {columns} FROM {done.tables[dataset]} ORDER BY ALL").fetchall()


@pytest.mark.parametrize(("name", "text"), [("BusinessReport-9-3-26.csv", BUSINESS), ("piece.csv", PIECE)])
def test_rows_without_a_date_are_of_the_days_that_are_answered_for_the_file(tmp_path: Path, name: str, text: str) -> None:
    shop = Shop(tmp_path)
    path = write(tmp_path, name, text)
    question = shop.asked(path)
    assert (question.kind, question.file, question.options) == ("period", name, ())
    for answer, kept in (("2026-10", "2026-10-01..2026-10-31"), ("octobre 2026", "2026-10-01..2026-10-31"), (" 2026-10-05 ", "2026-10-05")):
        assert question.accepted(answer) == kept
    with pytest.raises(ConfigError, match="is not a period"):
        question.accepted("last month")
    add_file(tmp_path, *question.says(question.accepted("2026-10")))
    assert question.answered(load_layouts(tmp_path))
    done = shop.read(path)
    assert set(shop.rows(done, "traffic", "period_start, period_end")) == {(date(2026, 10, 1), date(2026, 10, 31))}
    assert any("rows have no date" in template for template, _ in done.account.choices)
    assert (done.account.first_day, done.account.last_day) == (date(2026, 10, 1), date(2026, 10, 31))
    other = write(tmp_path, name, text.replace("120", "121"))  # the next month under the same name asks again
    assert shop.asked(other).kind == "period"


def test_a_table_with_days_of_its_own_is_not_asked(tmp_path: Path) -> None:
    done = Shop(tmp_path).read(write(tmp_path, "days.csv", f"{RULED}\nDate,Sessions\n20261003,120\n"))
    assert (done.account.first_day, done.account.last_day) == (date(2026, 10, 3), date(2026, 10, 3))


def test_the_day_of_a_snapshot_can_be_answered(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    path = write(tmp_path, "inventory_export_2026-10-02.csv", INVENTORY)
    first = shop.read(path)
    assert (shop.rows(first, "stock", "day"), first.account.notes[0]) == ([(date(2026, 10, 2),)], "no date inside: the day in the file's name was taken")
    (tmp_path / "layouts.yaml").write_text('version: 1\nfiles:\n  "inventory_export*": {day: 2026-09-30}\n', encoding="utf-8")
    done = shop.read(path)
    assert shop.rows(done, "stock", "day") == [(date(2026, 9, 30),)]
    assert "day answered" in done.account.notes[0]


def test_the_column_of_a_question_is_pointed_at(tmp_path: Path) -> None:
    """Only free columns whose cells all fit are offered; `none of these` is an answer, too."""
    shop = Shop(tmp_path)
    path = write(tmp_path, "form.csv", FORM)
    question = shop.asked(path)
    assert [option.answer for option in question.options] == ["How was it?", "Would you come back?", ""]
    assert question.options[1].examples == (("7", ""), ("9", ""))
    with pytest.raises(ConfigError, match="none of the answers"):
        question.accepted("How many of us?")
    none = question.entry(question.accepted(""))
    assert none.columns == {"score": None}
    add_layout(tmp_path, none)
    refused = shop.read(path).account
    assert (refused.rows_used, dict(refused.dropped)) == (0, {"no answer to the question of recommendation": 2})
    add_layout(tmp_path, question.entry("Would you come back?"))  # a later entry goes first
    done = shop.read(path)
    assert shop.rows(done, "feedback", "score") == [(7,), (9,)]
    assert "Would you come back?" not in done.account.unused
    assert "How was it?" in done.account.unused


def test_answers_count_for_a_profile_that_the_workspace_completes(tmp_path: Path) -> None:
    own = tmp_path / "profiles"
    own.mkdir()
    (own / "typeform.yaml").write_text("profile: 1\nid: typeform.responses\nevidence: parser\nextends: typeform.responses\ncolumns:\n  why: {from: [Comment], as: text}\n", encoding="utf-8")
    shop = Shop(tmp_path, Profiles.load(ROOT / "config" / "profiles", own))
    path = write(tmp_path, "form.csv", FORM)
    before = Shop(tmp_path).asked(path)
    assert shop.asked(path).key == before.key
    add_layout(tmp_path, before.entry("How was it?"))
    assert shop.read(path).account.rows_used == 1


def test_a_file_that_only_completes_another_asks_no_confirmation(tmp_path: Path) -> None:
    path = write(tmp_path, "receipts.csv", "id,money,datenew\nr1,1,2026-10-02 10:00:00\n")
    done = Shop(tmp_path).read(path, confirmed=False)
    assert (done.account.evidence, done.account.rows_used, done.tables) == ("vendor", 1, {})
