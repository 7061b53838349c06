"""What a file leaves open: a question with its possible answers, each shown on cells of the file, and the entry that answers it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from kpi_core.config.layouts import HASH_SIGNS, SHOWN, FileSays, Layout, Layouts, entry_text, file_text, no_days, no_zone, period_of, zone_known
from kpi_core.config.model import Text
from kpi_core.errors import ConfigError, Message, Undecided, Where, said

if TYPE_CHECKING:
    from kpi_core.sources.account.account import CheckResult
    from kpi_core.sources.recognise import Recognised

LONGEST = 60  # of a value that is shown
Kind = Literal["decimal", "date_order", "currency", "confirm", "period", "column", "zone"]
Choices = tuple[tuple[str, tuple[tuple[str, str], ...]], ...]  # message templates with the values of their fields
NONE = ""  # the answer that none of the headers is meant


@dataclass(frozen=True)
class Option:
    """A possible answer, as it is written in layouts.yaml. `examples`: cells as written, and what they would mean: a number with a point,
    a day in ISO form, or '' for a cell that could not be read then."""

    answer: str
    examples: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Question:
    """`column` is the working name, `header` what the file calls it. A `confirm` has neither: it has the checks (name, held, of) and the
    first rows read, by dataset, with their names.

    A `period` is asked of one file: it has its `file` name and `sha256`, and no options. A `column` says what is looked for
    (`what_en`, `what_fr`); its options are headers, `NONE` for none. A `zone` has the `value` that the file writes, '' where it writes none.
    """

    profile: str
    title_en: str
    title_fr: str
    header_hash: str
    kind: Kind
    options: tuple[Option, ...]
    column: str = ""
    header: str = ""
    evidence: str = ""
    checks: tuple[tuple[str, int, int], ...] = ()
    dataset: str = ""
    names: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    file: str = ""
    sha256: str = ""
    what_en: str = ""
    what_fr: str = ""
    value: str = ""
    advice: Message | None = None  # what else would answer it

    @property
    def key(self) -> tuple[str, ...]:
        """Equal for questions that one answer answers."""
        return (self.profile, self.header_hash, self.kind, self.column, self.value, self.sha256)

    @property
    def free(self) -> bool:
        """Is the answer a text, beside the options?"""
        return self.kind in ("period", "zone", "currency")

    def entry(self, answer: str) -> Layout:
        """What answers the question in layouts.yaml, for this header of the profile; a period is said of the file (`says`)."""
        known: dict[str, Any] = {"profile": self.profile, "header": (self.header_hash,)}
        if self.kind == "confirm":
            known["confirmed"] = answer == "true"
        elif self.kind == "zone" and self.value:
            known["zones"] = {self.value: answer}
        elif self.kind in ("currency", "zone"):
            known[self.kind] = answer
        elif self.kind == "column":
            known["columns"] = {self.column: answer if answer != NONE else None}
        else:
            known[self.kind] = {self.column: answer}
        return Layout(**known)

    def says(self, answer: str) -> tuple[str, FileSays]:
        """The key and the entry below `files` that answer a period."""
        return self.sha256[:HASH_SIGNS], FileSays(name=self.file, period=answer)

    def accepted(self, text: str) -> str:
        """The answer as it is kept: an option, or what the text means. Raises ConfigError, with what would be one."""
        if self.kind != "period" and any(option.answer == text for option in self.options):
            return text
        if self.kind == "period":
            days = period_of(text) or _in_words(text)
            if days is None:
                raise no_days(text)
            return f"{days[0]}..{days[1]}" if days[0] != days[1] else str(days[0])
        if self.kind == "zone":
            if not zone_known(text):
                raise no_zone(text)
            return text
        if self.kind == "currency":
            if not (len(text) == 3 and text.isalpha() and text.isascii()):
                raise ConfigError(said("{text} is not a currency", text=text), hint=said("write a code like EUR"))
            return text.upper()
        raise ConfigError(said("{text} is none of the answers", text=text))

    def answered(self, layouts: Layouts) -> bool:
        """Is it answered there already?"""
        answers = layouts.answers(self.profile, self.header_hash, self.file, self.sha256)
        if self.kind == "period":
            return answers.period is not None
        if self.kind == "confirm":
            return answers.confirmed
        if self.kind == "currency":
            return answers.currency is not None
        if self.kind == "zone":
            return answers.zone is not None or self.value in answers.zones
        if self.kind == "column":
            return self.column in answers.columns
        return self.column in (answers.decimal if self.kind == "decimal" else answers.date_order)

    @property
    def line(self) -> str:
        """The YAML line of the first answer, or of one that is made up."""
        if self.kind == "period":
            return file_text(*self.says("2026-10-01..2026-10-31"))
        return entry_text(self.entry(self.options[0].answer))

    def asked(self) -> Message:
        """The question in a sentence."""
        title = Text(en=self.title_en, fr=self.title_fr)
        if self.kind == "period":
            return said("the file does not say its period: which days is it about?")
        if self.kind == "column":
            return said("which column holds {what}?", what=Text(en=self.what_en, fr=self.what_fr or None))
        if self.kind == "zone" and self.value:
            return said("column {column}: which time zone is {value}?", column=self.header, value=self.value)
        if self.kind == "zone":
            return said("column {column}: in which time zone are its times? The file does not say.", column=self.header)
        if self.kind == "confirm":
            return said("{title}: an experimental format; are these rows read right?", title=title)
        first = next((option.examples[0] for option in self.options if option.examples), ("", ""))
        if self.kind == "currency":
            return said("column {column}: which currency is {cell}?", column=self.header, cell=first[0])
        other = next((option.examples[0][1] for option in self.options[1:] if option.examples), "")
        return said("column {column}: does {cell} mean {first} or {second}?", column=self.header, cell=first[0], first=first[1], second=other)

    def to_dict(self) -> dict[str, Any]:
        """Plain values; not the advice, which belongs to the refusal."""
        return asdict(replace(self, advice=None))

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Question:
        """What `to_dict` gave, also after JSON, by an earlier or a later version."""
        known = {field.name for field in fields(cls)}
        values = {name: value for name, value in data.items() if name in known}
        values["options"] = tuple(Option(item["answer"], tuple((a, b) for a, b in item["examples"])) for item in values["options"])
        values["checks"] = tuple((name, held, of) for name, held, of in values["checks"])
        values["names"], values["rows"] = tuple(values["names"]), tuple(tuple(row) for row in values["rows"])
        return cls(**values)


def confirm(source: Recognised, checks: Iterable[CheckResult], first: tuple[str, Sequence[str], Sequence[Sequence[object]]]) -> Question:
    """Does an experimental profile read this file right? Its checks and the first rows it made of it."""
    dataset, names, rows = first
    told = tuple(tuple("" if value is None else str(value)[:LONGEST] for value in row) for row in rows)
    held = tuple((check.name, check.held, check.of) for check in checks)
    profile = source.profile
    return Question(
        profile.id, profile.title.en, profile.title.in_("fr"), source.header_hash, "confirm", (Option("true"),),
        evidence=profile.spec.evidence, checks=held, dataset=dataset, names=tuple(names), rows=told,
    )  # fmt: skip


def _in_words(text: str) -> tuple[date, date] | None:
    from kpi_core.sources.rows.facts import range_in_words  # here: facts ask, too

    return range_in_words(text)


def undecided(questions: Sequence[Question], path: str) -> Undecided:
    """The refusal that says what to write."""
    question = questions[0]
    if question.kind == "period":
        hint = said("write into {file}, below files: {line}", file=SHOWN, line=question.line)
        if question.advice is not None:
            hint = said("{advice}; or {hint}", advice=question.advice, hint=hint)
        return Undecided(question.asked(), where=Where(path), hint=hint, questions=tuple(questions))
    others = " | ".join(f'"{option.answer}"' if question.kind == "column" and option.answer else option.answer or "null" for option in question.options[1:])
    hint = said("write into {file}, below layouts: {line}", file=SHOWN, line=" ".join(item.line for item in questions))
    if others:
        hint = said("write into {file}, below layouts: {line} (or {others})", file=SHOWN, line=" ".join(item.line for item in questions), others=others)
    return Undecided(question.asked(), where=Where(path), hint=hint, questions=tuple(questions))
