"""The subset of SQL that DuckDB, DataFusion and Spark read alike, checked word by word: `faults` says what of a statement lies outside.

What may stand is listed (signs, functions, types), so that whatever is new has to be looked at; the rest of the rules look for forms
that run everywhere and mean something else somewhere: an undivided integer, an order of nulls left to the engine, a date as text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""(?P<space>\s+)|(?P<comment>--[^\n]*|/\*)|(?P<string>'(?:[^']|'')*')|(?P<quoted>"(?:[^"]|"")+")"""
    r"""|(?P<number>\d+(?:\.\d+)?)|(?P<word>[A-Za-z_][A-Za-z0-9_]*)|(?P<sign><>|<=|>=|::|//|->|:=|\*\*|\|\||==|!=|.)""",
    re.DOTALL,
)
_WORDS = {
    "signs": "+ - * / = <> < <= > >= ( ) , . ?",
    "keywords": """
        select distinct from as with join left cross inner full on where group by having order limit offset union all values case when then else end and or
        not in is null between desc asc nulls first last over partition within grouping sets date interval true false""",
    "functions": "sum count avg min max coalesce nullif cast grouping percentile_cont percentile_disc row_number date_trunc row",
    "types": "double date timestamp varchar integer bigint decimal",
    "refused": """
        filter qualify asof pivot unpivot positional tablesample using lambda exclude columns replace natural semi anti lateral ilike glob similar unnest""",
    "ends": "limit offset rows range union",
}
SIGNS, KEYWORDS, FUNCTIONS, TYPES, REFUSED, _ENDS = (frozenset(text.split()) for text in _WORDS.values())
_ISO = re.compile(r"'\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d)?'")
_LIKE_A_DATE = re.compile(r"'\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}'")


@dataclass(frozen=True)
class Token:
    kind: str
    text: str

    @property
    def word(self) -> str:
        """The word in lower case; '' for anything else, a quoted name too."""
        return self.text.lower() if self.kind == "word" else ""

    @property
    def named(self) -> bool:
        """The name of something: quoted, or a word that is no keyword."""
        return self.kind == "quoted" or (self.kind == "word" and self.word not in KEYWORDS)


_NOTHING = Token("", "")


class _Statement:
    def __init__(self, sql: str) -> None:
        self.tokens = [Token(str(found.lastgroup), found[0]) for found in _TOKEN.finditer(sql) if found.lastgroup != "space"]
        self.partner: dict[int, int] = {}
        self.around: list[int | None] = []  # the parenthesis that each token stands in
        opened: list[int] = []
        self.balanced = True
        for place, token in enumerate(self.tokens):
            if token.text == ")" and token.kind == "sign":
                if not opened:
                    self.balanced = False
                    self.around.append(None)
                    continue
                start = opened.pop()
                self.partner[start], self.partner[place] = place, start
            self.around.append(opened[-1] if opened else None)
            if token.text == "(" and token.kind == "sign":
                opened.append(place)
        self.balanced = self.balanced and not opened

    def at(self, place: int) -> Token:
        return self.tokens[place] if 0 <= place < len(self.tokens) else _NOTHING

    def faults(self) -> Iterator[str]:
        if not self.balanced:
            yield "parentheses do not match"
            return
        if self.at(0).word not in ("with", "select"):
            yield "a statement starts with select or with"
        for place, token in enumerate(self.tokens):
            before, after = self.at(place - 1), self.at(place + 1)
            if token.kind == "comment":
                yield "comment"
            elif token.kind == "sign":
                yield from self._sign(place, token, before, after)
            elif token.kind == "string":
                yield from self._string(token, before)
            elif token.kind == "word":
                yield from self._word(place, token, before, after)
            if token.named and before.named:
                yield f"{before.text} {token.text}: two names in a row (an alias needs `as`)"
            if token.named and before.text == ")":
                yield f") {token.text}: an alias needs `as`"

    def _sign(self, place: int, token: Token, before: Token, after: Token) -> Iterator[str]:
        if token.text not in SIGNS:
            yield f"the sign {token.text}"
        elif token.text == "*":
            counted = before.text == "(" and self.at(place - 2).word == "count"
            if not counted and (before.text in (".", ",", "(") or before.word in ("select", "distinct")):
                yield "select *"
        elif token.text == "," and (after.text in (")", "") or after.word in ("from", "where", "group", "order")):
            yield "a comma with nothing behind it"
        elif token.text == "/":
            yield from self._division(place, after)
        elif token.text == "(":
            yield from self._call(place, before)

    def _string(self, token: Token, before: Token) -> Iterator[str]:
        dated = before.word in ("date", "timestamp")
        if dated and not _ISO.fullmatch(token.text):
            yield f"the date {token.text} is not written year-month-day"
        if not dated and _LIKE_A_DATE.fullmatch(token.text):
            yield f"the date {token.text} is only text"

    def _word(self, place: int, token: Token, before: Token, after: Token) -> Iterator[str]:
        word = token.word
        if before.text == "." or before.word == "as":
            return
        if word in REFUSED:
            yield f"{word} is not in the subset"
        if word == "by" and after.word == "all":
            yield f"{before.word} by all"
        if word == "distinct" and after.word == "on":
            yield "distinct on"
        if word == "from" and (before.text in ("(", "") or place == 0):
            yield "from without select"
        if word == "distinct" and before.word in ("is", "not") and not self._alone(place):
            yield "is distinct from beside and, or: engines bind them differently"
        if word == "order" and after.word == "by":
            yield from self._order(place)

    def _alone(self, place: int) -> bool:
        """Nothing but this comparison stands in its parentheses."""
        inside = self.around[place]
        return inside is not None and all(
            self.tokens[index].word not in ("and", "or", "on", "where", "when") for index in range(inside, self.partner[inside]) if self.around[index] == inside
        )

    def _call(self, place: int, before: Token) -> Iterator[str]:
        """What stands before a parenthesis: a function of the list, a keyword, or the head of a table with its columns."""
        name, end = before.word, self.partner[place]
        if not before.named:
            if name == "cast":
                yield from self._cast(place, end)
            return
        listed = self.at(place - 2).word == "as" or (self.at(end + 1).word == "as" and self.at(place - 2).text in (",", "with"))
        if listed:
            return
        if name not in FUNCTIONS:
            yield f"the function {before.text}"
        if name == "cast":
            yield from self._cast(place, end)

    def _cast(self, place: int, end: int) -> Iterator[str]:
        kind = max((index for index in range(place, end) if self.tokens[index].word == "as" and self.around[index] == place), default=None)
        if kind is None or self.tokens[kind + 1].word not in TYPES:
            yield f"a cast to {self.tokens[kind + 1].text if kind else '?'}"

    def _division(self, place: int, after: Token) -> Iterator[str]:
        literal = after.kind == "number" and float(after.text) != 0
        guarded = after.word == "nullif" and self.at(place + 2).text == "("
        if guarded:
            end = self.partner[place + 2]
            guarded = self.at(end - 1).text == "0" and self.at(end - 2).text == "," and self.around[end - 2] == place + 2
        if not literal and not guarded:
            yield f"a division by {after.text} {self.at(place + 2).text} without nullif(…, 0)"
        if not any(token.word in ("double", "avg", "percentile_cont") for token in self._term(place)):
            yield "a division of what may be a whole number"

    def _term(self, place: int) -> list[Token]:
        """The tokens of the product or quotient that ends before `place`."""
        start = place
        while True:
            start -= 1
            if self.at(start).text == ")" and self.at(start).kind == "sign":
                start = self.partner[start]
                if self.at(start - 1).word in FUNCTIONS:
                    start -= 1
                if self.at(start - 1).word == "group" and self.at(start - 2).word == "within":  # percentile_cont(…) within group (…)
                    start = self.partner[start - 3] - 1
            while self.at(start - 1).text == ".":
                start -= 2
            if self.at(start - 1).text not in ("*", "/"):
                return self.tokens[start:place]
            start -= 1

    def _order(self, place: int) -> Iterator[str]:
        if self.at(place - 1).text == "(" and self.at(place - 2).word == "group" and self.at(place - 3).word == "within":
            return  # aggregates leave nulls out
        inside, keys = self.around[place], list[list[Token]]([[]])
        for index in range(place + 2, len(self.tokens)):
            token = self.tokens[index]
            if self.partner.get(index) == inside and inside is not None:
                break
            if self.around[index] == inside and token.word in _ENDS:
                break
            if self.around[index] == inside and token.text == ",":
                keys.append([])
            else:
                keys[-1].append(token)
        for key in keys:
            if [token.word for token in key[-2:]] not in (["nulls", "first"], ["nulls", "last"]):
                yield f"order by {' '.join(token.text for token in key)} says nothing of nulls"


def _grouping(sql: str) -> Iterator[str]:
    found = _Statement(sql)
    for place, token in enumerate(found.tokens):
        if token.word == "grouping" and found.at(place + 1).text == "(":
            inside = place + 1
            if any(found.tokens[index].text == "," and found.around[index] == inside for index in range(inside, found.partner.get(inside, inside))):
                yield "grouping of several columns"


def faults(sql: str) -> list[str]:
    """What of a statement is outside the subset, each thing once; empty when nothing is."""
    return list(dict.fromkeys((*_Statement(sql).faults(), *_grouping(sql))))
