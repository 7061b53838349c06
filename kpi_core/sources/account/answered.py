"""What people said of a file or its layout, put into it before it is read: the period of rows without a date, the day of a snapshot, and
the header of a column that no spelling finds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

import duckdb
import msgspec

from kpi_core.config.layouts import Answers
from kpi_core.sources.account.account import shown_value
from kpi_core.sources.account.questions import LONGEST, NONE, Choices, Option, Question, undecided
from kpi_core.sources.profiles.expression import quoted
from kpi_core.sources.profiles.language import Column, FactRule
from kpi_core.sources.profiles.profile import Profile
from kpi_core.sources.recognise import Recognised, norm, spelling_in
from kpi_core.sources.rows.facts import missing_fact
from kpi_core.sources.rows.stage import Block, Staged

PERIOD_ANSWERED = "its rows have no date: {first} to {last} was taken, as answered in config/layouts.yaml"
DAY_ANSWERED = "answer"  # of `Decoded.day_from`
MOST_OPTIONS = 30
_EXAMPLES = 4


def with_answers(source: Recognised, answers: Answers) -> Recognised:
    """The file with the day that was said of it, and its profile with the headers that were pointed at."""
    if answers.day is not None:
        source = replace(source, decoded=replace(source.decoded, file_day=answers.day, day_from=DAY_ANSWERED))
    names, known = {norm(cell) for cell in source.header}, source.profile.spec.columns
    pointed = {name: header for name, header in answers.columns.items() if header is not None and name in known and norm(header) in names}
    return replace(source, profile=_pointed(source.profile, pointed)) if pointed else source


def _pointed(profile: Profile, headers: Mapping[str, str]) -> Profile:
    columns = dict(profile.spec.columns)
    for name, header in headers.items():
        exact = f"re:\\A{re.escape(norm(header))}\\Z"  # as a pattern: a header may begin with re: itself
        columns[name] = msgspec.structs.replace(columns[name], from_=(exact, *columns[name].from_))
    made = Profile(msgspec.structs.replace(profile.spec, columns=columns), profile.document)
    made.memo["compiled"] = profile.memo.get("compiled", False)  # its expressions are the same
    return made


# ---------------------------------------------------------------- the period


def with_period(source: Recognised, staged: Staged, answers: Answers) -> tuple[Staged, Choices]:
    """The tables with the period that was said of the file where they state none. Raises Undecided where a needed one is neither stated nor said."""
    lacking = {name: rule for name, rule in source.profile.spec.tables.facts.items() if rule.as_ != "text" and _needed(source, name, staged, rule)}
    if not lacking:
        return staged, ()
    if answers.period is None:
        title = source.profile.title
        decoded = source.decoded
        question = Question(
            source.profile_id, title.en, title.in_("fr"), source.header_hash, "period", (), evidence=source.profile.spec.evidence,
            file=decoded.name, sha256=decoded.sha256, advice=missing_fact(source, next(iter(lacking))),
        )  # fmt: skip
        raise undecided([question], str(source.path))
    first, last = answers.period
    said: dict[str, str | date | None] = {}
    for name, rule in lacking.items():
        said |= {f"{name}_start": first, f"{name}_end": last} if rule.as_ == "range" else {name: first}
    blocks = [replace(block, facts=block.facts | {name: day for name, day in said.items() if block.facts.get(name) is None}) for block in staged.blocks]
    return replace(staged, blocks=tuple(blocks)), ((PERIOD_ANSWERED, (("first", str(first)), ("last", str(last)))),)


def _needed(source: Recognised, name: str, staged: Staged, rule: FactRule) -> bool:
    """Is this fact required of every table, or asked of the file, and neither it nor what makes up for it there?"""
    tables = source.profile.spec.tables
    filled = [block for block in staged.blocks if block.rows]
    if not filled:
        return False  # there is nothing that the days would be of
    if {name, f"{name}_start", f"{name}_end"} & set(tables.required_facts):
        return any(_lacks(source, name, block, rule) for block in filled)
    return name in tables.asked_facts and all(_lacks(source, name, block, rule) for block in filled)


def _lacks(source: Recognised, name: str, block: Block, rule: FactRule) -> bool:
    if block.facts.get(name) is not None or block.facts.get(f"{name}_start") is not None:
        return False
    columns, names = source.profile.spec.columns, [norm(cell) for cell in block.header]
    stated = (spelling_in(columns[other].headers, names) if other in columns else block.facts.get(other) for other in rule.instead)
    return all(found is None for found in stated)


# ---------------------------------------------------------------- columns


def ask_columns(
    con: duckdb.DuckDBPyConnection, source: Recognised, staged: Staged, block: Block, where: Mapping[str, int], taken: set[int], answers: Answers
) -> list[Question]:
    """A question for each column that must be pointed at, that no header of the block reads, and for which some free column would do."""
    names = {norm(cell) for cell in block.header}
    asked = []
    for name, column in source.profile.spec.columns.items():
        if column.ask is None or name in where:
            continue
        if name in answers.columns and (answers.columns[name] is None or norm(answers.columns[name] or "") in names):
            continue
        options = _fitting(con, staged, block, column, [index for index, cell in enumerate(block.header) if cell and index not in taken])
        if options:
            title, what = source.profile.title, column.ask.what
            question = Question(
                source.profile_id, title.en, title.in_("fr"), source.header_hash, "column", (*options, Option(NONE)), name,
                evidence=source.profile.spec.evidence, what_en=what.en, what_fr=what.in_("fr"),
            )  # fmt: skip
            asked.append(question)
    return asked


def _fitting(con: duckdb.DuckDBPyConnection, staged: Staged, block: Block, column: Column, free: Sequence[int]) -> tuple[Option, ...]:
    """Headers of free columns that have cells, all of which are of the form that is looked for; each once, with some of its cells."""
    if column.ask is None or not free:
        return ()
    only = f" WHERE {staged.block} = {block.number}" if len(staged.blocks) > 1 else ""
    cells = {index: f"nullif(trim(c{index}, ' ''='), '')" for index in free}
    parts = [f"count({text}), count(*) FILTER (regexp_full_match({text}, {quoted(column.ask.match)}))" for text in cells.values()]
    counts = con.execute(f"SELECT {', '.join(parts)} FROM {staged.table}{only}").fetchone() or ()
    found: dict[str, Option] = {}
    for place, (index, text) in enumerate(cells.items()):
        filled, fit = counts[2 * place : 2 * place + 2]
        if not filled or filled != fit or len(found) >= MOST_OPTIONS:
            continue
        rows = con.execute(f"SELECT DISTINCT {text} AS cell FROM {staged.table} WHERE {text} IS NOT NULL ORDER BY 1 LIMIT {_EXAMPLES}").fetchall()
        header = block.header[index]
        found.setdefault(norm(header), Option(header, tuple((shown_value(str(row[0]), header, "text")[:LONGEST], "") for row in rows)))
    return tuple(found.values())
