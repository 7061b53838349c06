"""The command line's language: words in any order become a state, or a command. Pure; members of dimensions are looked up elsewhere.

    aov                      a KPI, by id or name, or the only one that begins so
    store lyon               a dimension and one of its members (`store !lyon`: all but that one; "lyon part-dieu" in quotes)
    lyon                     a member of any dimension: not read, but offered for completion
    aov store                a dimension alone breaks down by it
    2026-Q3   last month     a period of the range grammar
    yoy   prev   none        a comparison; after `vs` any of its names: vs last year
    gaps                     a view
    @monday                  a bookmark
    q   help                 a command by its id or title, alone
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from kpi_core.engine import calendar
from kpi_core.engine.result import Period
from kpi_core.errors import Message, OmnigapError, said
from kpi_core.nearest import OF_A_KPI
from kpi_core.pages import Member, Members, Name
from kpi_core.view import Filter, Sort, ViewState
from tui.finding.matching import closest, plain
from tui.state import navigation

LONGEST = 6  # words of one name or period
LEAST = 3  # letters of a name that another word may have been meant for
SIGN = "@"
VERSUS = frozenset({"vs", "versus", "contre"})
FILLERS = frozenset({"by", "par", "and", "et", "in", "dans", "for", "pour", "on", "sur", "at", "of", "de", "du", "the", "la", "le", "les"})
COMPARED = {  # words that mean a comparison by themselves
    "none": ("none", "aucune", "aucun", "sans", "no comparison", "sans comparaison", "pas de comparaison"),
    "previous": ("prev", "previous", "prec", "precedent", "precedente", "period before", "previous period", "periode precedente", "periode d'avant"),
    "last_year": ("yoy", "ly", "n-1", "last_year"),
    "last_year_weekday": ("last_year_weekday", "yoy weekday"),
    "last_year_date": ("last_year_date", "yoy date"),
    "last_year_events": ("last_year_events", "yoy events"),
}
AFTER_VERSUS = {  # periods too, so only after `vs`
    "last_year": ("last year", "annee derniere", "l'an dernier", "an dernier", "l'annee derniere", "annee precedente"),
    "previous": ("before", "avant", "last period"),
}
ALIASES = {"q": "quit", "q!": "quit", "quit": "quit", "quitter": "quit", "wq": "quit", "x": "quit"}
_TOKEN = re.compile(r'(!?)"([^"]*)"?|(\S+)')


@dataclass(frozen=True)
class Known:
    """What words may mean in this workspace and language. `bookmarks`: their states by name. `lists`: ids are `kpi:dim`."""

    kpis: Sequence[Name] = ()
    dims: Sequence[Name] = ()
    views: Sequence[Name] = ()
    lists: Sequence[Name] = ()
    commands: Sequence[Name] = ()
    bookmarks: Mapping[str, ViewState] = field(default_factory=dict)
    last_day: date | None = None
    calendar: calendar.Calendar = calendar.CIVIL


@dataclass(frozen=True)
class Word:
    """A word of the line as typed, without its quotes."""

    text: str
    start: int
    quoted: bool = False
    exclude: bool = False


@dataclass(frozen=True)
class Part:
    """A piece of the line that was understood. `says`: what it stands for, for the line that is said before Enter."""

    kind: str  # view, kpi, by, member, period, compare, bookmark, list
    id: str
    says: str | Message | Period
    exclude: bool = False


@dataclass(frozen=True)
class Reading:
    """What a line means. `state` or `command` when Enter can do it; else `ask` (a member to look up first) or what is wrong.

    `rest`: where the words begin that are not finished, for completions; `dim`: the dimension that they name a member of.
    """

    parts: tuple[Part, ...] = ()
    state: ViewState | None = None
    command: str = ""
    ask: tuple[str, str] | None = None
    trouble: Message | None = None
    rest: int = 0
    dim: str = ""
    lost: int = 0  # where words that begin at `rest` and are no name known here end: a member perhaps; 0 for none

    @property
    def done(self) -> bool:
        return self.state is not None or bool(self.command)


Lookup = Callable[[str, str], Members | None]


def words(text: str) -> list[Word]:
    """The words of a line; quotes hold several together, `!` before a word leaves that member out."""
    found = []
    for match in _TOKEN.finditer(text):
        if match[3] is None:
            found.append(Word(match[2], match.start(), True, bool(match[1])))
        else:
            out = match[3].startswith("!") and len(match[3]) > 1
            found.append(Word(match[3][1:] if out else match[3], match.start(), False, out))
    return found


def read(text: str, state: ViewState, known: Known, lookup: Lookup) -> Reading:
    """What the line means on top of `state`. `lookup` gives the members that a text may mean, None while they are asked."""
    line = words(text)
    whole = plain(text)
    if not line:
        return Reading()
    if whole in ALIASES:
        return Reading(command=ALIASES[whole])
    reader = _Reader(line, known, lookup, len(text))
    parts = reader.parts()
    if reader.trouble is not None or reader.ask is not None or not parts:
        command = _command(whole, known)
        if command:
            return Reading(command=command)
        return Reading(tuple(parts), ask=reader.ask, trouble=reader.trouble, rest=reader.rest, dim=reader.dim, lost=reader.lost)
    found, trouble = build(state, parts, known)
    return Reading(tuple(parts), None if trouble else found, trouble=trouble, rest=reader.rest, dim=reader.dim)


def _command(whole: str, known: Known) -> str:
    return next((one.id for one in known.commands if whole in (plain(one.id), plain(one.title))), "")


class _Reader:
    """Takes the longest name or period at each place; words after a dimension, up to the next such place, name a member of it."""

    def __init__(self, line: Sequence[Word], known: Known, lookup: Lookup, end: int) -> None:
        self.line, self.known, self.lookup = line, known, lookup
        self.trouble: Message | None = None
        self.ask: tuple[str, str] | None = None
        self.rest = self._end = end
        self.dim = ""
        self.lost = 0
        self._names = {
            kind: {plain(name): one for one in reversed(named) for name in one.names if name}
            for kind, named in (("dim", known.dims), ("kpi", known.kpis), ("list", known.lists), ("view", known.views))
        }

    def parts(self) -> list[Part]:
        found: list[Part] = []
        at = 0
        while at < len(self.line):
            word = self.line[at]
            if word.text.startswith(SIGN) and not word.quoted:
                part, at = self._bookmark(at)
            else:
                part, at = self._part(at)
            if self.trouble is not None or self.ask is not None:
                return found
            if part is not None:
                if not self.dim:
                    self.rest = word.start
                found.append(part)
        return found

    def _part(self, at: int) -> tuple[Part | None, int]:
        word = self.line[at]
        if plain(word.text) in VERSUS and at + 1 < len(self.line):
            part, end = self._compared(at + 1, AFTER_VERSUS)
            if part is not None:
                return part, end
        part, end = self.known_at(at)
        if part is not None and part.kind == "dim":
            return self._member(part, end)
        if part is not None:
            return part, end
        if plain(word.text) in FILLERS and at + 1 < len(self.line):
            return None, at + 1
        part, end = self._only(at)
        if part is not None:
            return self._member(part, end) if part.kind == "dim" else (part, end)
        self._unknown(at)
        return None, at

    # ------------------------------------------------------------ names

    def known_at(self, at: int) -> tuple[Part | None, int]:
        """The longest thing that is called as the words from `at` on are."""
        for end in range(min(len(self.line), at + LONGEST), at, -1):
            phrase = " ".join(word.text for word in self.line[at:end])
            part = self._named(plain(phrase))
            if part is None and (end == at + 1 or not any(word.quoted for word in self.line[at:end])):
                part = self._period(phrase)
            if part is None:
                part = _compare(plain(phrase), COMPARED)
            if part is not None:
                return part, end
        return None, at

    def _named(self, phrase: str) -> Part | None:
        for kind in ("view", "kpi", "dim", "list"):
            one = self._names[kind].get(phrase) or (self._names[kind].get(phrase.rstrip("s")) if kind == "dim" else None)
            if one is not None:
                return Part(kind, one.id, one.title)
        return None

    def _period(self, phrase: str) -> Part | None:
        try:
            period = calendar.attempt(phrase, self.known.last_day, self.known.calendar)
        except OmnigapError:
            return None
        return Part("period", phrase.strip(), period) if period is not None else None

    def _compared(self, at: int, more: Mapping[str, Sequence[str]]) -> tuple[Part | None, int]:
        for end in range(min(len(self.line), at + LONGEST), at, -1):
            phrase = plain(" ".join(word.text for word in self.line[at:end]))
            part = _compare(phrase, more) or _compare(phrase, COMPARED)
            if part is not None:
                return part, end
        return None, at

    def _only(self, at: int) -> tuple[Part | None, int]:
        """The only KPI, view, dimension or list that begins with as many words from `at` on as one does."""
        for end in range(min(len(self.line), at + LONGEST), at, -1):
            start = plain(" ".join(word.text for word in self.line[at:end]))
            if len(start) < 2 or any(word.quoted for word in self.line[at:end]):
                continue
            found = {(kind, one.id): one for kind, named in self._names.items() for name, one in named.items() if name.startswith(start)}
            if len(found) == 1:
                ((kind, _), one) = next(iter(found.items()))
                return Part(kind, one.id, one.title), end
        return None, at

    # ------------------------------------------------------------ members

    def _member(self, dim: Part, at: int) -> tuple[Part | None, int]:
        """The dimension at `at - 1` with the member that the words from `at` on name; alone it is what to break down by."""
        if at >= len(self.line):
            self.dim = dim.id
            return replace(dim, kind="by"), at
        if not self.line[at].quoted and not self.line[at].exclude:
            nearby, after = self.known_at(at)
            if nearby is not None and not self._rather_member(dim.id, nearby, at, after):
                return replace(dim, kind="by"), at
            if self.ask is not None:
                return None, at
            if nearby is None and plain(self.line[at].text) in FILLERS | VERSUS and at + 1 < len(self.line):
                return replace(dim, kind="by"), at
        end = at + 1
        while end < len(self.line) and not self.line[at].quoted and self._goes_on(end):
            end += 1
        text = " ".join(word.text for word in self.line[at:end])
        members = self.lookup(dim.id, text)
        last = end == len(self.line)
        if last:
            self.dim, self.rest = dim.id, self.line[at].start
        if members is None:
            self.ask = (dim.id, text)
            return None, end
        one = _best(members, text)
        if one is None:
            self.rest = self.line[at].start
            near = said("did you mean {name}?", name=members.near) if members.near else None
            what = said("{dim} has no {member}", dim=str(dim.says), member=text)
            self.trouble = said("{what} · {hint}", what=what, hint=near) if near else what
            return None, end
        title = f"{dim.says}: {one.label}"
        return Part("member", f"{dim.id}\n{one.key}", title, self.line[at].exclude), end

    def _rather_member(self, dim: str, part: Part, at: int, after: int) -> bool:
        """A word after a dimension that has a meaning of its own: `channel store` ends with a member, `store ly` may begin one."""
        if part.kind == "dim":
            return after == len(self.line)
        if part.kind != "compare" or after > at + 1 or part.id == "none":
            return False
        members = self.lookup(dim, self.line[at].text)
        if members is None:
            self.ask = (dim, self.line[at].text)
            return True
        return bool(members.found)

    def _goes_on(self, at: int) -> bool:
        """Whether the word at `at` still belongs to a member's name."""
        word = self.line[at]
        if word.quoted or word.exclude or word.text.startswith(SIGN) or plain(word.text) in VERSUS:
            return False
        return self.known_at(at)[0] is None

    # ------------------------------------------------------------ bookmarks

    def _bookmark(self, at: int) -> tuple[Part | None, int]:
        names = {plain(name): name for name in self.known.bookmarks}
        for end in range(len(self.line), at, -1):
            name = plain(" ".join(word.text for word in self.line[at:end])[1:])
            if name in names:
                return Part("bookmark", names[name], SIGN + names[name]), end
        self.rest = self.line[at].start
        text = " ".join(word.text for word in self.line[at:])
        near = closest(text[1:], self.known.bookmarks)
        self.trouble = _not_understood(text, SIGN + near if near else None)
        return None, at

    # ------------------------------------------------------------ what is wrong

    def _unknown(self, at: int) -> None:
        word = self.line[at]
        self.rest = word.start
        end = at + 1
        while end < len(self.line) and self._goes_on(end):
            end += 1
        self.lost = self.line[end].start if end < len(self.line) else self._end
        near = closest(word.text, (name for name in self._all_names() if len(name) >= LEAST))
        if near is None and re.search(r"\d", word.text):
            try:
                calendar.parse(word.text, self.known.last_day, self.known.calendar)
            except OmnigapError as error:
                guess = error.hint.values.get("name") if error.hint else None
                near = str(guess) if guess else None
        self.trouble = _not_understood(word.text, near)

    def _all_names(self) -> Iterator[str]:
        for named in (self.known.views, self.known.kpis, self.known.dims, self.known.lists, self.known.commands):
            for one in named:
                yield from (name for name in one.names if name)
        for names in COMPARED.values():
            yield from names


def _compare(phrase: str, names: Mapping[str, Sequence[str]]) -> Part | None:
    return next((Part("compare", how, how) for how, called in names.items() if phrase in called), None)


def _not_understood(text: str, near: str | None) -> Message:
    if near is None:
        return said("not understood: {text}", text=text)
    return said("not understood: {text} · did you mean {name}?", text=text, name=near)


def _best(members: Members, text: str) -> Member | None:
    """The member that is called so, else the likeliest."""
    wanted = plain(text)
    return next((one for one in members.found if wanted in (plain(one.key), plain(one.label))), members.found[0] if members.found else None)


# ---------------------------------------------------------------- the state


def build(state: ViewState, parts: Sequence[Part], known: Known) -> tuple[ViewState, Message | None]:
    """The state that the parts lead to from `state`; or why they do not go together."""
    of = {part.kind: part for part in parts}
    if "bookmark" in of:
        state = known.bookmarks[of["bookmark"].id]
    before = state
    if "list" in of:
        kpi, _, dim = of["list"].id.partition(":")
        state = replace(state, view="explore", kpi=kpi, by=dim, where=())
    if "kpi" in of:
        state = replace(state, kpi=of["kpi"].id, by=None, moves=())
        if "view" not in of and state.view not in OF_A_KPI:
            state = replace(state, view="explore", at=None)
    if "view" in of:
        state = replace(navigation.to_view(state, of["view"].id), kpi=state.kpi)
    for part in parts:
        if part.kind == "member":
            dim, _, key = part.id.partition("\n")
            kept = tuple(step for step in state.where if step.dim != dim)
            state = replace(state, where=(*kept, Filter(dim, (key,), part.exclude)), by=None if state.by == dim and not part.exclude else state.by)
    if "by" in of:
        view = of["view"].id if "view" in of else "explore" if state.view not in OF_A_KPI or state.view == "whatif" else state.view
        state = replace(state, view=view, by=of["by"].id)
    if "period" in of:
        state = replace(state, period=of["period"].id)
    if "compare" in of:
        state = replace(state, compare=of["compare"].id)
    if state.view in OF_A_KPI and state.kpi is None:
        return state, said("of which KPI? Write its name too")
    if (state.view, state.kpi, state.where, state.by) != (before.view, before.kpi, before.where, before.by):
        state = replace(
            state, search="", at=state.kpi if state.view == "overview" else None, marks=(), sort=Sort() if state.view != before.view else state.sort
        )
    return state, None
