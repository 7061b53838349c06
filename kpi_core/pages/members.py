"""Members of a dimension that a text may mean."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Member:
    """`key` is what filters hold; `label` its name in the reader's language."""

    key: str
    label: str


@dataclass(frozen=True)
class Members:
    """What `text` may mean in `dim`, the likeliest first; `more`: there are others. `near`: where none is, the name written most like it."""

    dim: str
    text: str
    found: tuple[Member, ...]
    more: bool = False
    near: str = ""


@dataclass(frozen=True)
class Name:
    """What a KPI or a dimension is called: `title` in the reader's language, `others` in all languages and in short; `group`: where it belongs."""

    id: str
    title: str
    others: tuple[str, ...] = ()
    group: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """All that it may be called by."""
        return (self.id, self.title, *self.others)


@dataclass(frozen=True)
class Names:
    """Every KPI and dimension of the workspace, those that the overview shows first."""

    kpis: tuple[Name, ...] = ()
    dims: tuple[Name, ...] = ()
