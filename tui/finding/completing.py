"""What a line that is not finished may go on with: suggestions under the command line. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from kpi_core.errors import Message, said
from kpi_core.pages import Members
from tui.finding.line import SIGN, Known, Reading
from tui.finding.matching import Index, plain

MOST = 200
KINDS = {
    "view": said("view"),
    "kpi": said("KPI"),
    "dim": said("dimension"),
    "member": said("member"),
    "period": said("period"),
    "compare": said("comparison"),
    "list": said("list"),
    "bookmark": said("bookmark"),
    "command": said("command"),
}
AT_START = ("command", "bookmark")  # these stand alone


@dataclass(frozen=True)
class Entry:
    """What may be written: `insert` in the line, `title` in the list. A command runs; it is not written."""

    kind: str
    id: str
    insert: str
    title: str
    names: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True)
class Suggestion:
    """`line`: the whole line with this in it. `command`: what to run instead of reading it."""

    line: str
    title: str
    kind: Message
    note: str = ""
    command: str = ""


def index(known: Known, periods: Sequence[str], comparisons: Sequence[tuple[str, str]]) -> Index[Entry]:
    """Everything that has a name, in the order in which an empty line lists it. `comparisons`: word and title."""
    entries = [Entry("view", one.id, one.id, one.title, one.names) for one in known.views]
    entries += [Entry("kpi", one.id, one.id, one.title, one.names, one.group) for one in known.kpis]
    entries += [Entry("dim", one.id, one.id, one.title, one.names) for one in known.dims]
    entries += [Entry("bookmark", name, SIGN + name, SIGN + name, (name, SIGN + name)) for name in known.bookmarks]
    entries += [Entry("list", one.id, one.title, one.title, one.names) for one in known.lists]
    entries += [Entry("period", text, text, text, (text,)) for text in periods]
    entries += [Entry("compare", word, word, title, (word, title)) for word, title in comparisons]
    entries += [Entry("command", one.id, one.id, one.title, one.names, one.group) for one in known.commands]
    return Index(entries, lambda entry: entry.names)


def suggestions(
    text: str, reading: Reading, entries: Index[Entry], members: Members | None, anywhere: Sequence[Members] | None = (), dims: Mapping[str, str] | None = None
) -> list[Suggestion]:
    """What the line may go on with, the likeliest first; members of the dimension at its end where `members` are known.

    `anywhere`: members that a word which is no name may mean, with the titles of their dimensions; None while they are asked.
    """
    head, tail = text[: reading.rest], text[reading.rest :]
    after = ""
    if reading.lost:
        tail, after = text[reading.rest : reading.lost].rstrip(), text[reading.lost :]
        after = f" {after}" if after else ""
    if reading.dim and members is not None and members.dim == reading.dim:
        sign = "!" if tail.lstrip().startswith("!") else ""
        gap = "" if not head or head.endswith(" ") else " "
        if not tail.strip() or (reading.parts[-1:] and reading.parts[-1].kind == "by"):
            head, gap = text, "" if text.endswith(" ") else " "
        return [
            Suggestion(f"{head}{gap}{sign}{written(one.label)}", one.label, KINDS["member"], one.key if one.key != one.label else "") for one in members.found
        ]
    if reading.done and text.endswith(" "):
        head, tail = text, ""
    used = {part.kind for part in reading.parts} if reading.done else set()
    found = _found(head, tail, entries, used if text.endswith(" ") else set(), after=after)
    if reading.lost:
        for each in anywhere or ():
            note = (dims or {}).get(each.dim, each.dim)
            found += [Suggestion(f"{head}{each.dim} {written(one.label)}{after}", one.label, KINDS["member"], note) for one in each.found]
        if not found and anywhere is not None:
            found = _found(head, tail, entries, (), loosely=True, after=after)
    return found if found or not reading.done else _found(text + " ", "", entries, used)


def _found(head: str, tail: str, entries: Index[Entry], used: Collection[str], loosely: bool = False, after: str = "") -> list[Suggestion]:
    named = {"kpi", "list"} & set(used)
    without = {*used, *(("kpi", "list", "view") if named else ())} - {"by", "member"}
    wanted = plain(tail)
    found = []
    for entry in entries.search(tail, loosely):
        if (
            entry.kind in without
            or (entry.kind in AT_START and (head.strip() or after))
            or (not wanted and not head.strip() and entry.kind in ("period", "compare"))
        ):
            continue
        if wanted and wanted in (plain(entry.insert), plain(entry.title)) and entry.kind != "command":
            continue  # it stands there already
        command = entry.id if entry.kind == "command" else ""
        found.append(Suggestion(head + entry.insert + after, entry.title, KINDS[entry.kind], entry.note, command))
        if len(found) == MOST:
            break
    return found


def written(name: str) -> str:
    """A name as one word of the line."""
    return '"' + name.replace('"', " ") + '"' if " " in name or name.startswith(("!", SIGN)) else name
