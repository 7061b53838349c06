"""The assistant that writes a profile for a file of unknown layout: which of its columns are which fields, proposed from evidence.

A person decides; what is proposed comes from the words of the header (in English, French and German, and as the known profiles spell them)
and from what the cells look like. `learn_draft` writes the profile, `learn_preview` shows what it makes of the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from kpi_core.config.decode import did_you_mean
from kpi_core.errors import UsageError, said
from kpi_core.sources.cells.currency import OPEN, SIGNS
from kpi_core.sources.cells.types import plain_key
from kpi_core.sources.learning.kinds import BY_ID, KINDS, SETTINGS, Field, Kind
from kpi_core.sources.learning.tables import Seen, Table
from kpi_core.sources.profiles.profile import Profiles
from kpi_core.sources.recognise import norm

# what cells a field may have; a column of other cells is never proposed for it
FITS: dict[str, tuple[str, ...]] = {
    "date": ("date", "timestamp"), "time": ("time",), "int": ("int", "number"), "number": ("int", "number"), "money": ("money", "number", "int"),
    "ratio": ("percent", "number", "int"), "percent": ("percent", "number"), "email": ("email",), "currency": ("currency",),
    "id": ("id", "int", "text", "number"), "text": ("text", "id", "int", "number", "currency", "yes or no", "time"), "enum": ("text", "id", "currency"),
}  # fmt: skip
TELLING = ("date", "email", "currency", "time")  # types whose cells alone say what a column is
_BETWEEN = re.compile(r"[_\-./()\[\]:#°]+")
_ORDER_WORDS = 4.0
_OF_STORES = {"ticket", "caisse", "till", "receipt", "register", "kasse", "bon", "belegnummer", "magasin", "boutique", "filiale", "vendeur", "caissier"}
_OF_RETURNS = {"return", "returns", "returned", "retour", "retours", "refund", "refunded", "rembourse", "remboursement", "rma", "retoure", "avoir"}
_OF_THE_WEB = {"shipping", "livraison", "port", "versand", "versandkosten", "lieferung", "checkout", "panier", "expedition"}


@dataclass(frozen=True)
class Plan:
    """What was pointed at: `columns` maps a field to a header, `constants` a field to the text that stands for the whole file, `settings` see
    `learn_kinds.SETTINGS`; `orders` of day and month and `decimal` mark are answers to what the file leaves open."""

    kind: str
    columns: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    orders: Mapping[str, str] = field(default_factory=dict)
    decimal: str = ""

    def missing(self) -> list[Field]:
        """Needed fields that nothing stands for; of a group of which one is needed the first."""
        kind = BY_ID[self.kind]
        given = {*self.columns, *self.constants}
        wanted = [item for item in kind.fields if item.needed and item.name not in given]
        for group in kind.one_of:
            if not given & set(group) and (first := kind.field(group[0])) is not None:
                wanted.append(first)
        return wanted

    @property
    def ready(self) -> bool:
        return not self.missing()


def words_of(header: str) -> str:
    """A header as words: no case, no accents, no signs between them."""
    return " ".join(_BETWEEN.sub(" ", plain_key(norm(header))).split())


def suggest(kind: Kind, table: Table, profiles: Profiles | None = None) -> Plan:
    """The columns that are most likely the fields of a kind, and constants that the cells give (a currency by its sign)."""
    known = _known(profiles) if profiles is not None else {}
    scored = [
        (score, item.name, column.header)
        for item in kind.fields
        for column in table.columns
        if (score := _score(item, column, known.get(words_of(column.header), frozenset()), kind)) > 0
    ]
    places = {name: place for place, name in enumerate(kind.names)}
    scored.sort(key=lambda one: (-one[0], places[one[1]]))
    columns: dict[str, str] = {}
    for _, name, header in scored:
        if name not in columns and header not in columns.values():
            columns[name] = header
    constants: dict[str, str] = {}
    if "currency" not in columns and (wanted := kind.field("currency")) is not None and wanted.constant:
        found = _signed(table, [header for name, header in columns.items() if (item := kind.field(name)) is not None and item.as_ == "money"])
        if found:
            constants["currency"] = found
    if "channel" not in columns and (wanted := kind.field("channel")) is not None and wanted.needed and (found := _channel(table)):
        constants["channel"] = found
    settings = {}
    if "tax" in kind.settings and (amount := columns.get("amount") or columns.get("net")) is not None:
        settings["tax"] = "excluded" if re.search(r"\b(ht|hors taxes?|excl|net|netto|ex vat)\b", words_of(amount)) else SETTINGS["tax"].options[0]
    return Plan(kind.id, {name: columns[name] for name in kind.names if name in columns}, constants, settings)


def kinds_by_likeness(table: Table, profiles: Profiles | None = None) -> list[tuple[Kind, Plan]]:
    """Every kind with what would be proposed for it, the likeliest first."""
    ranked = []
    returning = {word for column in table.columns for word in words_of(column.header).split()} & _OF_RETURNS
    for place, kind in enumerate(KINDS):
        plan = suggest(kind, table, profiles)
        needed = [item.name for item in kind.fields if item.needed]
        given = {*plan.columns, *plan.constants}
        groups = sum(bool(set(group) & given) for group in kind.one_of)
        wanted = len(needed) + len(kind.one_of)
        held = sum(name in given for name in needed) + groups
        used = len(plan.columns) / max(len(table.columns), 1)
        doubt = 0.4 if kind.id == "returns" and not returning else 0.0
        ranked.append((doubt - (held / wanted) - used - 0.02 * held, place, kind, plan))
    ranked.sort(key=lambda one: one[:2])
    return [(kind, plan) for _, _, kind, plan in ranked]


def _known(profiles: Profiles) -> dict[str, frozenset[str]]:
    """Words of a header -> columns of datasets (`orders.placed_on`) that the known profiles feed from it directly."""
    found: dict[str, frozenset[str]] | None = profiles.memo.get("fed_by_words")
    if found is None:
        gathered: dict[str, set[str]] = {}
        for profile in profiles:
            for dataset, emit, _ in profile.emits():
                for target, expression in emit.columns.items():
                    column = profile.spec.columns.get(expression.strip())
                    for header in column.headers if column is not None else ():
                        if not header.startswith("re:"):
                            gathered.setdefault(words_of(header), set()).add(f"{dataset}.{target}")
        found = {words: frozenset(targets) for words, targets in gathered.items()}
        profiles.memo["fed_by_words"] = found
    return found


def _score(item: Field, column: Seen, fed: frozenset[str], kind: Kind) -> float:
    """How likely a column is the field; 0: it cannot be."""
    if column.shape != "empty" and column.shape not in FITS.get(item.as_, (column.shape,)):
        return 0.0
    header = words_of(column.header)
    place = next((place for place, word in enumerate(item.words) if words_of(word) == header), None)
    if place is not None:
        score = 12.0 - min(place, 30) / 30
    elif item.feeds in fed:
        score = 9.0
    else:
        score = max((_overlap(words_of(word), header) for word in item.words), default=0.0)
        if score == 0.0 and item.as_ in TELLING and column.shape in FITS[item.as_] and item.needed:
            score = 2.0
    if score == 0.0:
        return 0.0
    return score + (2.0 if item.needed else 0.0) + (1.0 if column.shape == FITS.get(item.as_, ("",))[0] else 0.0) - (1.0 if column.shape == "empty" else 0.0)


def _overlap(word: str, header: str) -> float:
    """All words of a spelling stand in the header, or the other way round: part of a point for each word that does not."""
    mine, theirs = set(word.split()), set(header.split())
    if not mine or not theirs or (len(word) < 3 and mine != theirs):
        return 0.0
    if mine <= theirs:
        return 3.0 + _ORDER_WORDS * len(mine) / len(theirs)
    if theirs <= mine and len(header) > 3:
        return 2.0 + 2.0 * len(theirs) / len(mine)
    return 0.0


def _channel(table: Table) -> str:
    """Tickets and tills are a store's; what is shipped was ordered on the web. '' where the header says neither."""
    words = {word for column in table.columns for word in words_of(column.header).split()}
    if words & _OF_STORES:
        return "store"
    return "web" if words & _OF_THE_WEB else ""


def _signed(table: Table, headers: Iterable[str]) -> str:
    """The one currency that amounts or their headers name."""
    found: set[str] = set()
    for header in headers:
        for text in (header, *table.cells(header)):
            sign = re.sub(r"[-+−()\d.,'’%\s]+", "", text.upper())
            if sign in SIGNS:
                found.add(SIGNS[sign])
            elif sign in OPEN:
                return ""
            else:
                found.update(code for mark, code in SIGNS.items() if len(mark) == 1 and mark in header)
                found.update(re.findall(r"\b(EUR|USD|GBP|CHF)\b", header.upper()))
    return next(iter(found)) if len(found) == 1 else ""


# ---------------------------------------------------------------- what people write


def kind_named(text: str) -> Kind:
    """Raises UsageError with the nearest kind."""
    found = BY_ID.get(text)
    if found is None:
        raise UsageError(said("there is no kind of file {name}", name=text), hint=did_you_mean(text, BY_ID))
    return found


def column_named(table: Table, text: str) -> Seen:
    """A column by its header. Raises UsageError with the nearest header."""
    found = table.column(text)
    if found is None:
        hint = did_you_mean(text, [column.shown for column in table.columns])
        raise UsageError(said("this table has no column {name}", name=text), hint=hint)
    return found


def field_named(kind: Kind, text: str) -> Field:
    """Raises UsageError with the nearest field."""
    found = kind.field(text)
    if found is None:
        raise UsageError(said("{kind} have no field {name}", kind=kind.label, name=text), hint=did_you_mean(text, kind.names))
    return found


def with_columns(plan: Plan, table: Table, pairs: Iterable[tuple[str, str]]) -> Plan:
    """The plan with fields pointed at columns; an empty header takes one back. Raises UsageError for a name that does not exist."""
    kind = BY_ID[plan.kind]
    columns, constants = dict(plan.columns), dict(plan.constants)
    for name, header in pairs:
        item = field_named(kind, name)
        columns.pop(name, None)
        if header:
            columns[name] = column_named(table, header).header
            constants.pop(item.name, None)
    return Plan(plan.kind, columns, constants, plan.settings, plan.orders, plan.decimal)


def with_settings(plan: Plan, pairs: Iterable[tuple[str, str]]) -> Plan:
    """The plan with constants and settings: `channel`, `currency`, `tax`, `vat`, `decimal`, `order.FIELD` (dmy, mdy, ymd). An empty text takes one
    back. Raises UsageError for a name or value that does not exist."""
    kind = BY_ID[plan.kind]
    columns, constants, settings, orders, decimal = dict(plan.columns), dict(plan.constants), dict(plan.settings), dict(plan.orders), plan.decimal
    for name, raw in pairs:
        text = raw.strip()
        item = kind.field(name)
        if name == "decimal":
            decimal = _one_of(name, text, (",", ".")) if text else ""
        elif name.startswith("order."):
            dated = field_named(kind, name.removeprefix("order."))
            orders.pop(dated.name, None)
            if text:
                orders[dated.name] = _one_of(name, text, ("dmy", "mdy", "ymd"))
        elif name in kind.settings:
            settings.pop(name, None)
            if text:
                settings[name] = _setting(name, text)
        elif item is not None and item.constant:
            constants.pop(name, None)
            if text:
                constants[name] = _constant(item, text)
                columns.pop(name, None)
        else:
            known = [*kind.settings, *(item.name for item in kind.fields if item.constant), "decimal", *(f"order.{name}" for name in _dated(kind))]
            raise UsageError(said("{kind}: {name} cannot be set", kind=kind.label, name=name), hint=did_you_mean(name, known))
    return Plan(plan.kind, columns, constants, settings, orders, decimal)


def _dated(kind: Kind) -> list[str]:
    return [item.name for item in kind.fields if item.as_ == "date"]


def _one_of(name: str, text: str, options: tuple[str, ...]) -> str:
    if text not in options:
        raise UsageError(said("{name} cannot be {value}", name=name, value=text), hint=said("known: {names}", names=", ".join(options)))
    return text


def _setting(name: str, text: str) -> str:
    if SETTINGS[name].options:
        return _one_of(name, text, SETTINGS[name].options)
    if name == "vat":
        rate = text.removesuffix("%").strip().replace(",", ".")
        if not re.fullmatch(r"\d{1,2}(\.\d{1,3})?", rate):
            raise UsageError(said("{text} is no VAT rate", text=text), hint=said("write it as 20 or 5.5"))
        return rate
    if not re.fullmatch(r"[A-Za-z0-9_.-]{1,60}", text):
        raise UsageError(said("{text} is no id of a profile", text=text), hint=said("omnigap profiles lists them"))
    return text.split(".")[0] if text.split(".")[0] != "mine" else text


def _constant(item: Field, text: str) -> str:
    if item.only:
        return _one_of(item.name, text, item.only)
    if item.as_ == "currency":
        if not re.fullmatch(r"[A-Za-z]{3}", text):
            raise UsageError(said("{text} is not a currency", text=text), hint=said("write a code like EUR"))
        return text.upper()
    return text[:100]
