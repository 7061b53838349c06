"""The range grammar: texts of links, `--period` and the period prompt, in English and French words. No clock.

    2026-11-22   2026-W47   2026-11   2026-Q4   2026          a day, week, month, quarter, year; 2026-S47 and 2026-T4 too
    FY2026   FY2026-Q3   R2026   R2026-Q2   R2026-P03   R2026-W12   fiscal and retail units, where calendar.yaml has them
    A..B                 from the start of A to the end of B, each any of the other forms: 2026-W44..2026-W47, 2026-09..2026-10
    yesterday            the last loaded day: this grammar knows the data, not the clock
    this week            the unit that the last loaded day lies in (also: current week, wtd)
    last week            the last unit that the data cover to its end (also: last complete week, latest:week)
    last 8 weeks         the last eight of them
    wtd mtd qtd ytd      the week, month, quarter, year in progress, each KPI up to the last day its own data reach; fqtd, fytd fiscal
    ytd as of complete   the same up to one last day for all: the last loaded day for wtd and mtd, the end of the last complete week for
                         qtd and ytd; in the first days of a unit this is the unit before. Also: as of complete month
    ytd as of 2026-09-30 up to that day; `last 8 weeks as of 2026-09-30` likewise
    black friday 2026    an event by its id or name; without a year the last one that has begun

Words may stand in any order and in French: `8 dernières semaines`, `mois en cours`, `trimestre dernier`, `hier`, `cumul annuel`,
`ytd à la dernière semaine complète`, `soldes d'hiver 2026`. Every resolved period writes itself back in the first forms.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from functools import lru_cache

from kpi_core.engine.calendar_units import between, latest, latest_of, over, unit
from kpi_core.engine.calendars import CIVIL, Calendar
from kpi_core.engine.events import EventRule
from kpi_core.engine.result import Period
from kpi_core.errors import UsageError, said

GRAMMAR = said(
    "2026-11-22, 2026-W47, 2026-11, 2026-Q4, 2026, 2026-W44..2026-W47, 2026-11-01..2026-11-15, last week, last 8 weeks, "
    "this month, yesterday, wtd, mtd, qtd, ytd, ytd as of complete, black friday 2026"
)
TO_DATE = {"wtd": "week", "mtd": "month", "qtd": "quarter", "ytd": "year", "fqtd": "fiscal_quarter", "fytd": "fiscal_year"}
COMPLETE = {"week": "day", "month": "day"}  # what `as of complete` ends with; longer units: week
MOST = 1000  # units of `last N weeks`

_WORDS = {
    "day": "day days jour jours",
    "week": "week weeks semaine semaines hebdo",
    "month": "month months mois mensuel",
    "quarter": "quarter quarters trimestre trimestres trimestriel",
    "year": "year years an ans annee annees annuel",
    "period": "period periods periode periodes",
    "fiscal": "fiscal fiscale fiscales fiscaux",
    "exercise": "exercice exercices",
    "retail": "retail commercial commerciale commerciales commerciaux",
    "last": "last latest previous dernier derniere derniers dernieres precedent precedente passe passee",
    "this": "this current cette ce cet courant courante encours",
    "complete": "complete completed whole full complet complete complets completes entier entiere",
    "todate": "todate cumul adate",
    "yesterday": "yesterday hier",
    "": "the of le la les l d du de des",
    **{word: word for word in TO_DATE},
}
_MEANS = {word: meaning for meaning, words in _WORDS.items() for word in words.split()}
_PHRASES = ((r"\bto[ -]date\b", "todate"), (r"\ba date\b", "adate"), (r"\ben cours\b", "encours"), (r"\bdepuis (le|la) debut\b", "cumul"))
_AS_OF = re.compile(r"^(?P<head>.+?)\s+(?:as of|arrete au|arrete a la|au|a la)\s+(?P<tail>.+)$")
_UNITS = ("day", "week", "month", "quarter", "year")


def parse(text: str, watermark: date | None = None, of: Calendar = CIVIL) -> Period:
    """Read a period of the calendar `of`. `watermark`, the last loaded day, is what `last`, `this`, `yesterday` and the to-date words mean.

    Raises UsageError: with the nearest form where one is an edit away, and the grammar.
    """
    found = _read(text, watermark, of)
    if found is not None:
        return found
    explain(text, of)
    guess = _nearest(text, watermark, of)
    if guess is not None:
        raise UsageError(said("{text} is not a period", text=text), hint=said("did you mean {name}? It is written like {grammar}", name=guess, grammar=GRAMMAR))
    raise UsageError(said("{text} is not a period", text=text), hint=said("write it like {grammar}", grammar=GRAMMAR))


def attempt(text: str, watermark: date | None = None, of: Calendar = CIVIL) -> Period | None:
    """Like `parse`, for texts that may be anything: None for what is no period, without a look for what may have been meant.

    Raises UsageError for a period that cannot be had.
    """
    return _read(text, watermark, of)


def _read(text: str, watermark: date | None, of: Calendar) -> Period | None:
    """None for what is no period; raises UsageError for one that cannot be had (no data, ends before it starts)."""
    if ".." in text:
        first, _, last = text.partition("..")
        if ".." in last:
            return None
        one, other = _read(first, watermark, of), _read(last, watermark, of)
        return None if one is None or other is None else over(one, other)
    try:
        named = of.named(text)
    except (ValueError, OverflowError):
        return None
    if named is not None:
        return Period(named.start, named.end, named.grain, named.text, of)
    plain = _plain(text)
    if plain.startswith("latest:"):
        grain = text.strip().lower().removeprefix("latest:").strip()
        return latest(grain, _known(watermark, text), of) if grain in of.grains else None
    event = _event(plain, watermark, of)
    if event is not None:
        return event
    split = _AS_OF.match(plain)
    if split is not None:
        return _as_of(split["head"], split["tail"], watermark, of, text)
    return _words(plain, watermark, of, text)


# ---------------------------------------------------------------- words


def _words(plain: str, watermark: date | None, of: Calendar, text: str) -> Period | None:
    words = plain.split()
    counts = [int(word) for word in words if word.isdigit() and len(word) <= 4]
    means = [_MEANS.get(word) for word in words if not (word.isdigit() and len(word) <= 4)]
    if None in means or len(counts) > 1:
        return None
    said_words = [meaning for meaning in means if meaning]
    if len(set(said_words)) != len(said_words):
        return None
    rest = set(said_words)
    if rest == {"yesterday"} and not counts:
        return unit(_known(watermark, text), "day", of)
    if len(rest) == 1 and not counts and (only := next(iter(rest))) in TO_DATE:
        return _unit_of(TO_DATE[only], watermark, of, text)
    grain = _grain(rest)
    if rest == {"complete", "ytd"} or (len(rest) == 2 and "complete" in rest and rest & set(TO_DATE)):
        return _to_complete(TO_DATE[next(iter(rest - {"complete"}))], None, watermark, of, text)
    if grain is None:
        return None
    rest -= {"day", "week", "month", "quarter", "year", "period", "fiscal", "exercise", "retail"}
    if rest in ({"todate"}, {"this"}) and not counts:
        return _unit_of(grain, watermark, of, text)
    if rest == {"todate", "complete"} and not counts:
        return _to_complete(grain, None, watermark, of, text)
    if rest in ({"last"}, {"last", "complete"}):
        count = counts[0] if counts else 1
        _check_grain(grain, of, text)
        return latest_of(grain, count, _known(watermark, text), of) if 1 <= count <= MOST else None
    return None


def _grain(words: set[str]) -> str | None:
    """The one unit that the words name."""
    units = [word for word in (*_UNITS, "period", "exercise") if word in words]
    if len(units) != 1 or {"fiscal", "retail"} <= words:
        return None
    name = units[0]
    if name == "exercise":
        return None if "retail" in words else "fiscal_year"
    if name == "period":
        return None if "fiscal" in words else "retail_period"
    if "fiscal" in words:
        return f"fiscal_{name}" if name in ("quarter", "year") else None
    if "retail" in words:
        return f"retail_{name}" if name in ("week", "quarter", "year") else None
    return name


def _unit_of(grain: str, watermark: date | None, of: Calendar, text: str) -> Period:
    _check_grain(grain, of, text)
    return unit(_known(watermark, text), grain, of)


def _as_of(head: str, tail: str, watermark: date | None, of: Calendar, text: str) -> Period | None:
    """`head` as it stood on a day, or at the end of the last complete unit."""
    word = _MEANS.get(head.replace(" ", ""))
    grain = TO_DATE.get(word or "")
    if grain is None:
        words = {_MEANS.get(part) for part in head.split()} - {""}
        named = None if None in words else _grain({word for word in words if word})
        grain = named if named is not None and "todate" in words else None
    try:
        day = of.named(tail)
    except (ValueError, OverflowError):
        return None
    if day is not None:
        if grain is not None:
            _check_grain(grain, of, text)
            return between(unit(day.end, grain, of).start, day.end, of)
        return _words(head, day.end, of, text)
    means = {_MEANS.get(part) for part in tail.split()} - {""}
    if grain is None or None in means or "complete" not in means:
        return None
    rest = {word for word in means if word} - {"complete", "last"}
    return _to_complete(grain, _grain(rest) if rest else None, watermark, of, text) if not rest or _grain(rest) else None


def _to_complete(grain: str, by: str | None, watermark: date | None, of: Calendar, text: str) -> Period:
    """From the start of the unit that holds the end of the last complete `by` to that end."""
    _check_grain(grain, of, text)
    if by is None:
        by = COMPLETE.get(grain, "week")
    _check_grain(by, of, text)
    end = latest(by, _known(watermark, text), of).end
    whole = unit(end, grain, of)
    return whole if whole.end == end else between(whole.start, end, of)


# ---------------------------------------------------------------- events


def _event(plain: str, watermark: date | None, of: Calendar) -> Period | None:
    """`black friday 2026`, `soldes d'hiver 2026`, or without a year the last one that has begun."""
    found = re.fullmatch(r"(?P<name>.*?[a-z].*?)[\s:-]*(?P<year>\d{4})?", plain)
    if found is None:
        return None
    name = _key(found["name"])
    rule = next((rule for rule in of.events.rules if name in _keys(rule)), None)
    if rule is None:
        return None
    if found["year"]:
        year = int(found["year"])
    else:
        last = _known(watermark, plain)
        begun = [item.year for item in of.events.events_in(date(last.year - 2, 1, 1), last) if item.id == rule.id]
        year = max(begun, default=last.year)
    if not 1900 <= year <= 2199:
        return None
    item = of.events.occurrence(rule.id, year)
    if item is None:
        raise UsageError(said("no dates are written for {event} in {year}", event=rule.name, year=str(year)), hint=said("write them in calendar.yaml"))
    return unit(item.start, "day", of) if item.start == item.end else between(item.start, item.end, of)


@lru_cache(maxsize=256)
def _keys(rule: EventRule) -> tuple[str, ...]:
    """How an event may be called, as `_key` writes it."""
    return tuple(_key(name) for name in (rule.id, rule.name.en, rule.name.fr) if name)


@lru_cache(maxsize=512)
def _plain(text: str) -> str:
    """Lower case, without accents, apostrophes and underscores; one space between words; fixed phrases as one word."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(c))
    bare = " ".join(re.sub(r"['’_]", " ", bare).split())
    for pattern, word in _PHRASES:
        bare = re.sub(pattern, word, bare)
    return bare


@lru_cache(maxsize=512)
def _key(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", _plain(text))


# ---------------------------------------------------------------- what is wrong


def _known(watermark: date | None, text: str) -> date:
    if watermark is None:
        raise UsageError(said("{text} needs loaded data, and nothing is loaded yet", text=text), hint=said("load exports first: omnigap load"))
    return watermark


def _check_grain(grain: str, of: Calendar, text: str) -> None:
    """Raises UsageError for a fiscal or retail unit where calendar.yaml has none."""
    if grain in of.grains:
        return
    key = "fiscal_year" if grain.startswith("fiscal") else "retail_year"
    raise UsageError(said("{text} needs {key}, and calendar.yaml has none", text=text, key=key), hint=said("calendar.yaml shows how it is written"))


def explain(text: str, of: Calendar) -> None:
    """Raises a better UsageError for texts of the right form that no unit has: a week 53, a fiscal year where there is none."""
    for part in text.upper().split(".."):
        code = part.strip()
        if re.fullmatch(r"(FY|EX)\d{4}(-?[QT]\d)?", code) and of.fiscal is None:
            _check_grain("fiscal_year", of, code)
        if re.fullmatch(r"R\d{4}(-?[QTPWS]\d{1,2})?", code) and of.retail is None:
            _check_grain("retail_year", of, code)
        week = re.fullmatch(r"(R?)(\d{4})-?[WS](\d{1,2})", code)
        if week and 1900 < int(week[2]) < 2199:
            last = of.unit(date(int(week[2]), 12, 28), "week").text[-2:]
            count = of.retail.weeks(int(week[2])) if week[1] and of.retail else 53 if last == "53" else 52
            if int(week[3]) > count:
                raise UsageError(
                    said("{text} is not a period", text=text),
                    hint=said("{year} has {count} weeks; a week is written like {example}", year=week[1] + week[2], count=count, example="2026-W47"),
                )


def _nearest(text: str, watermark: date | None, of: Calendar) -> str | None:
    """A text that is a period and differs by one edit, or writes a date the way the grammar does."""
    for candidate in candidates(text.strip()[:40], of, watermark):
        try:
            found = _read(candidate, watermark, of)
        except UsageError:
            continue
        if found is not None:
            return candidate
    return None


def candidates(text: str, of: Calendar, watermark: date | None = None) -> Iterator[str]:
    """Texts that a mistaken one may have been meant as, the likeliest first; not all of them are periods."""
    if found := re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", text):
        yield f"{found[3]}-{int(found[2]):02d}-{int(found[1]):02d}"
    if found := re.fullmatch(r"(\d{1,2})[/.-](\d{4})", text):
        yield f"{found[2]}-{int(found[1]):02d}"
    if found := re.fullmatch(r"(\d{4})-(\d{1,2})(?:-(\d{1,2}))?", text):
        yield f"{found[1]}-{int(found[2]):02d}" + (f"-{int(found[3]):02d}" if found[3] else "")
    if (found := re.fullmatch(r"([wsqtWSQT])(\d{1,2})(?:[ -]?(\d{4}))?", text)) and (found[3] or watermark):
        yield f"{found[3] or (watermark.year if watermark else '')}-{found[1].upper()}{found[2]}"
    if " " in text and text[:4].isdigit():
        yield "-".join(text.split())
    words = _plain(text).split()
    known = [*_MEANS, "as", "of", *(part for rule in of.events.rules for name in (rule.id, rule.name.fr or "") for part in _plain(name).split())]
    for place, word in enumerate(words):
        if len(word) < 3 or word.isdigit() or word in known:
            continue
        for other in known:
            if len(other) >= 3 and one_edit(word, other):
                yield " ".join((*words[:place], other, *words[place + 1 :]))
    if len(text) <= 24 and any(c.isdigit() for c in text) and " " not in text:
        for place in reversed(range(len(text))):  # one character too many, or two the wrong way round
            yield text[:place] + text[place + 1 :]
            yield text[:place] + text[place + 1 : place + 2] + text[place : place + 1] + text[place + 2 :]
        for place in range(len(text) + 1):  # a letter, dash or dot missing or wrong; a digit is never made up
            for char in "-WQPR.":
                yield text[:place] + char + text[place:]
                yield text[:place] + char + text[place + 1 :]


def one_edit(word: str, other: str) -> bool:
    """One letter more, less, other, or two neighbours swapped."""
    if abs(len(word) - len(other)) > 1 or word == other:
        return False
    start = next((place for place, (a, b) in enumerate(zip(word, other, strict=False)) if a != b), min(len(word), len(other)))
    a, b = word[start:], other[start:]
    return a[1:] == b or a == b[1:] or a[1:] == b[1:] or (len(a) > 1 and len(b) > 1 and a[0] == b[1] and a[1] == b[0] and a[2:] == b[2:])
