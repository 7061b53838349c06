"""What the last load could not use: files refused, left undecided or passed over, kept until the next load so that screens can show them.

`.omnigap/last_load.json`, small and bounded; nothing depends on it, and a damaged one is as good as none. Messages are kept as template and values,
so that each reader sees them in his language.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kpi_core.config.model import Text
from kpi_core.errors import Message, Undecided, Where
from kpi_core.personal import masked
from kpi_core.store.files import write_bytes
from kpi_core.store.workspace import Workspace

if TYPE_CHECKING:
    from kpi_core.sources.account.questions import Question
    from kpi_core.store.loading import FileReport

NAME = "last_load.json"
MOST = 500  # files
LONGEST = 1000  # characters of a text
DEEPEST = 6


@dataclass(frozen=True)
class Unused:
    """A file that did not count. `status` as in `FileReport`; `kind`: the class of the error, '' without one."""

    path: str
    status: str
    kind: str
    what: Message
    hint: Message | None = None
    where: Where | None = None
    questions: tuple[Question, ...] = ()  # what the file leaves open: an answer is added by `workbench.loading.answer`


@dataclass(frozen=True)
class LastLoad:
    """`unused` in the order of the load; `more` that did not fit."""

    finished: datetime
    unused: tuple[Unused, ...]
    more: int = 0


def write_last_load(workspace: Workspace, files: Sequence[FileReport], *, beside: bool = False) -> None:
    """Remember what a load did not use; called by the load that holds the lock. A load without such files leaves none behind.

    `beside`: the load only completes the one before, whose other files stay listed.
    """
    listed = [_flat(file) for file in files if file.status not in ("loaded", "already loaded")]
    if beside:
        now = {str(file.path)[:LONGEST] for file in files}
        listed = [item for item in _listed(workspace) if item.get("path") not in now] + listed
    value = {
        "version": 1,
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "more": max(0, len(listed) - MOST),
        "unused": listed[:MOST],
    }
    # names of files need not be UTF-8: their odd bytes are kept as escapes, so that the path still finds its file
    write_bytes(workspace.warehouse / NAME, json.dumps(value).encode("ascii"), workspace.warehouse)


def _listed(workspace: Workspace) -> list[dict[str, Any]]:
    """What the file lists, as it stands there."""
    try:
        unused = json.loads((workspace.warehouse / NAME).read_bytes())["unused"]
        return [item for item in unused if isinstance(item, dict)]
    except (OSError, ValueError, RecursionError, KeyError, TypeError):
        return []


def read_last_load(workspace: Workspace) -> LastLoad | None:
    """What the last load left unused; None when it is not known."""
    path: Path = workspace.warehouse / NAME
    try:
        value = json.loads(path.read_bytes())
        unused = tuple(_unused(item) for item in value["unused"])
        return LastLoad(datetime.fromisoformat(value["finished"]), unused, int(value.get("more", 0)))
    except (OSError, RecursionError, KeyError, TypeError, ValueError, AttributeError):
        return None


def _flat(file: FileReport) -> dict[str, Any]:
    error = file.error
    where = error.where if error is not None else None
    return {
        "path": str(file.path)[:LONGEST],
        "status": file.status,
        "kind": type(error).__name__ if error is not None else "",
        "what": _message(error.what if error is not None else Message(file.status)),
        "hint": _message(error.hint) if error is not None and error.hint is not None else None,
        "questions": [_masked(question.to_dict()) for question in error.questions] if isinstance(error, Undecided) else [],
        "where": {"file": where.file[:LONGEST], "line": where.line, "column": where.column} if where is not None else None,
    }


def _masked(value: Any) -> Any:
    """Cells that a question quotes, as they may be kept."""
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, (list, tuple)):
        return [_masked(item) for item in value]
    if isinstance(value, dict):
        return {key: item if key == "file" else _masked(item) for key, item in value.items()}  # a file is found again by its name
    return value


def _message(message: Message, depth: int = 0) -> dict[str, Any]:
    return {"template": message.template[:LONGEST], "values": {name: _value(value, depth + 1) for name, value in message.values.items()}}


def _value(value: object, depth: int) -> Any:
    if isinstance(value, Message) and depth < DEEPEST:
        return {"message": _message(value, depth)}
    if isinstance(value, Text):
        return {"text": [value.en, value.fr]}
    if isinstance(value, datetime | date):
        return {"day": value.isoformat()}
    if isinstance(value, bool | int | None):
        return value
    if isinstance(value, float | Decimal):
        return {"number": str(value)}
    return masked(str(value))[:LONGEST]


def _unused(item: Mapping[str, Any]) -> Unused:
    where = item.get("where")
    return Unused(
        path=str(item["path"]),
        status=str(item["status"]),
        kind=str(item["kind"]),
        what=_said(item["what"]),
        hint=_said(item["hint"]) if item.get("hint") else None,
        where=Where(str(where["file"]), where.get("line"), where.get("column")) if where else None,
        questions=tuple(_question(one) for one in item.get("questions", ())),
    )


def _question(item: Mapping[str, Any]) -> Question:
    from kpi_core.sources.account.questions import Question  # here: the sources know the store's tables

    return Question.from_dict(item)


def _said(item: Mapping[str, Any]) -> Message:
    return Message(str(item["template"]), {str(name): _read(value) for name, value in item["values"].items()})


def _read(value: Any) -> object:
    if not isinstance(value, dict):
        return value
    if "message" in value:
        return _said(value["message"])
    if "text" in value:
        return Text(en=str(value["text"][0]), fr=value["text"][1])
    if "number" in value:
        return Decimal(value["number"])
    text = str(value["day"])
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)
