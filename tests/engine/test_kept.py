"""Answers are kept for one generation: the same question is not asked twice, and what is kept stays within its bound."""

from __future__ import annotations

from dataclasses import replace

from kpi_core.engine import calendar
from kpi_core.engine.coverage import Reader
from kpi_core.engine.kept import Kept
from kpi_core.engine.meanings import meanings
from kpi_core.engine.prepare import prepare
from kpi_core.engine.result import Question
from kpi_core.engine.run import Engine
from kpi_core.view import Filter
from tests.engine.tiny import tiny

WEEK = calendar.parse("2026-W43")


class Counting:
    """A reader that counts what it is asked."""

    def __init__(self, reader: Reader) -> None:
        self.reader, self.asked = reader, 0

    def execute(self, sql: str, parameters: object = ()) -> list[tuple[object, ...]]:
        self.asked += 1
        return self.reader.execute(sql, parameters)  # type: ignore[arg-type]


def test_a_question_is_asked_once() -> None:
    known = tiny(rolled=True)
    counting = Counting(known.reader)
    engine = Engine(counting, known.catalogue)
    question = Question(("revenue",), (WEEK,), "channel")
    counting.asked = 0
    first = engine.ask(question)
    assert counting.asked == 1 and engine.ask(Question(("revenue",), (calendar.parse("2026-W43"),), "channel")) is first and counting.asked == 1
    assert engine.ask(question, live=True) == first and counting.asked == 2, "live is asked anew"
    assert engine.ask(replace(question, where=(Filter("store", ("Nice",)),))) is not first
    engine.forget()
    asked = counting.asked
    assert engine.ask(question) == first and counting.asked == asked + 1


def test_what_is_kept_has_a_bound_and_the_oldest_goes_first() -> None:
    kept: Kept[str] = Kept(8)
    for name in "abcd":
        kept.keep(name, name, lambda _: 2)
    assert kept.get("a") == "a"
    kept.keep("e", "e", lambda _: 2)
    assert kept.get("b") is None and [kept.get(name) for name in "acde"] == list("acde")
    assert kept.keep("f", "f", lambda _: 3) == "f" and kept.get("f") is None, "too large to keep"
    kept.keep("e", "E", lambda _: 1)
    assert kept.get("E") is None and kept.get("e") == "E"


def test_another_name_is_the_same_meaning_and_another_formula_is_not() -> None:
    known = tiny(rolled=True, more="create table meta (key varchar, value varchar)")
    file = known.catalogue.file
    before = meanings(known.catalogue)
    import msgspec

    from kpi_core.engine.catalogue import Catalogue

    def changed(kpi: str, **fields: object) -> dict[str, str]:
        kpis = {**file.kpis, kpi: msgspec.structs.replace(file.kpis[kpi], **fields)}
        return meanings(Catalogue.build(msgspec.structs.replace(file, kpis=kpis), columns=known.catalogue.columns))

    assert changed("aov", decimals=0, unit="count") == before
    other = changed("aov", expr="revenue / units")
    assert {name for name in before if before[name] != other[name]} == {"k aov"}


def test_a_kpi_that_was_changed_since_the_load_is_made_of_the_measures_prepared() -> None:
    import msgspec

    from kpi_core.engine.catalogue import Catalogue

    known = tiny(rolled=True, more="create table meta (key varchar, value varchar)")
    prepare(known.reader, known.catalogue)
    file = known.catalogue.file
    kpis = {**file.kpis, "aov": msgspec.structs.replace(file.kpis["aov"], expr="revenue / units * 2", min_n={}, drivers=())}
    other = Engine(known.reader, Catalogue.build(msgspec.structs.replace(file, kpis=kpis), columns=known.catalogue.columns))
    for by in (None, "channel", "category"):
        question = Question(("aov", "sales_growth"), (WEEK, calendar.step(WEEK, -1)), by, (), 1)
        answer = other.ask(question)
        assert "prepared" in answer.sql, by
        assert answer.cells == other.ask(question, live=True).cells, by
