"""config/access.yaml: who of a shared host sees which stores and channels.

It guards against mistakes and over-broad views. It does not guard the data: who may read the workspace's files can read them with any
program, and who may write access.yaml can change it. The file permissions guard the data.

    load_access(config) -> Access | None     the checked file; None where there is none: everybody sees everything
    Access.of(user, groups) -> Grant         what one person sees
    me() -> (user, groups)                   who runs this process: never a variable of the environment
"""

from __future__ import annotations

import grp
import os
import pwd
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from kpi_core.config.decode import decode
from kpi_core.config.model import Strict, Version
from kpi_core.config.yaml import Document, load_yaml
from kpi_core.errors import ConfigError, Where, said

FILE = "access.yaml"
NAME = f"config/{FILE}"
Members = Annotated[tuple[Annotated[str, msgspec.Meta(min_length=1, max_length=200)], ...], msgspec.Meta(min_length=1, max_length=1000)]


class Part(Strict, frozen=True):
    """The rows of these stores and of these channels; with both, the rows that are in one of the stores and in one of the channels."""

    stores: Members | None = None
    channels: Members | None = None


Seen = Part | Literal["all", "nothing"]


class AccessFile(Strict, frozen=True):
    version: Version
    default: Literal["all", "nothing"]  # what everybody sees who is named neither by name nor by group
    users: dict[str, Seen] = msgspec.field(default_factory=dict)  # by the name of the account; it alone counts, whatever the groups say
    groups: dict[str, Seen] = msgspec.field(default_factory=dict)  # by the name of the group; who is in several sees what any of them does


@dataclass(frozen=True)
class Grant:
    """What one person sees: `members` by dimension, a dimension that is not named is not limited. `nothing`: no number at all.

    `line` of access.yaml says it, None for its default.
    """

    members: Mapping[str, frozenset[str]]
    nothing: bool = False
    line: int | None = None

    @property
    def limited(self) -> bool:
        return self.nothing or bool(self.members)


EVERYTHING = Grant({})


@dataclass(frozen=True)
class Access:
    file: AccessFile
    document: Document

    def of(self, user: str, groups: Collection[str]) -> Grant:
        """What a user of these groups sees. Raises ConfigError for groups that have no union of stores and channels."""
        if user in self.file.users:
            return _grant(self.file.users[user], self._line("users", user))
        mine = [name for name in self.file.groups if name in groups]
        if not mine:
            return _grant(self.file.default, self._line("default"))
        return self._union(user, mine)

    def _line(self, *path: str) -> int | None:
        return self.document.where(path).line

    def _union(self, user: str, names: Sequence[str]) -> Grant:
        """What any of the groups sees, where that is again some stores in some channels."""
        grants = [_grant(self.file.groups[name], self._line("groups", name)) for name in names]
        parts = [grant for grant in grants if not grant.nothing]
        if not parts:
            return grants[0]
        if any(not grant.members for grant in parts):
            return EVERYTHING
        boxes = [grant.members for grant in parts]
        while (pair := _joinable(boxes)) is not None:
            one, other, both = pair
            boxes = [*(box for place, box in enumerate(boxes) if place not in (one, other)), both]
        if len(boxes) > 1:
            raise ConfigError(
                said("{user} is in the groups {names}, whose stores and channels make no common scope", user=user, names=", ".join(names)),
                where=self.document.where(("groups", names[1])),
                hint=said("say under users: what {user} sees; that alone counts then", user=user),
            )
        return Grant(boxes[0], line=parts[0].line)

    def names(self) -> dict[str, tuple[tuple[str, Where], ...]]:
        """Every store and channel that is named, by dimension, with the place where it stands."""
        found: dict[str, list[tuple[str, Where]]] = {"store": [], "channel": []}
        for section, seen in (("users", self.file.users), ("groups", self.file.groups)):
            for who, part in seen.items():
                if isinstance(part, Part):
                    for dim, key, values in (("store", "stores", part.stores), ("channel", "channels", part.channels)):
                        found[dim] += [(value, self.document.where((section, who, key, place))) for place, value in enumerate(values or ())]
        return {dim: tuple(values) for dim, values in found.items()}

    def unknown(self) -> tuple[tuple[str, str, Where], ...]:
        """Users and groups that this host does not know, as (section, name, place): a name that is mistyped limits nobody."""
        found = []
        for section, seen, known in (("users", self.file.users, _is_user), ("groups", self.file.groups, _is_group)):
            found += [(section, name, self.document.where((section, name))) for name in seen if not known(name)]
        return tuple(found)


def load_access(config_dir: Path) -> Access | None:
    """Read access.yaml; None where there is none. A file that is there and cannot be read is an error, never no limit. Raises ConfigError."""
    path = config_dir / FILE
    try:
        path.lstat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigError(said("the file cannot be read: {why}", why=error.strerror or str(error)), where=Where(NAME)) from None
    document = load_yaml(path, NAME)
    return Access(decode(document, AccessFile), document)


def granted(config_dir: Path) -> Grant:
    """What whoever runs this process sees of a workspace. Raises ConfigError."""
    access = load_access(config_dir)
    return EVERYTHING if access is None else access.of(*me())


def me() -> tuple[str, frozenset[str]]:
    """The account that this process works for, and the groups that the host gives it. An account without a name is its number."""
    uid = os.geteuid()
    try:
        account = pwd.getpwuid(uid)
    except KeyError:
        return str(uid), frozenset(_group_names([os.getegid(), *os.getgroups()]))
    return account.pw_name, frozenset(_group_names(os.getgrouplist(account.pw_name, account.pw_gid)))


def writable(config_dir: Path) -> bool:
    """Whether who runs this process could change access.yaml: then it guards against mistakes only, also for them."""
    path = config_dir / FILE
    return path.exists() and (os.access(path, os.W_OK, effective_ids=True) or os.access(config_dir, os.W_OK, effective_ids=True))


def _group_names(numbers: Collection[int]) -> list[str]:
    names = []
    for number in numbers:
        try:
            names.append(grp.getgrgid(number).gr_name)
        except KeyError:
            names.append(str(number))
    return names


def _is_user(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return name.isascii() and name.isdigit()
    return True


def _is_group(name: str) -> bool:
    try:
        grp.getgrnam(name)
    except KeyError:
        return name.isascii() and name.isdigit()
    return True


def _grant(seen: Seen, line: int | None) -> Grant:
    if not isinstance(seen, Part):
        return Grant({}, nothing=seen == "nothing", line=line)
    named = {"store": seen.stores, "channel": seen.channels}
    return Grant({dim: frozenset(values) for dim, values in named.items() if values is not None}, line=line)


Box = Mapping[str, frozenset[str]]


def _joinable(boxes: Sequence[Box]) -> tuple[int, int, Box] | None:
    """Two that make one: the same but for one dimension, or one inside the other."""
    for one, first in enumerate(boxes):
        for other in range(one + 1, len(boxes)):
            second = boxes[other]
            if _inside(first, second):
                return one, other, second
            if _inside(second, first):
                return one, other, first
            apart = [dim for dim in {*first, *second} if first.get(dim) != second.get(dim)]
            if len(apart) == 1 and apart[0] in first and apart[0] in second:
                return one, other, {**first, apart[0]: first[apart[0]] | second[apart[0]]}
    return None


def _inside(inner: Box, outer: Box) -> bool:
    """Whether everything of `inner` is in `outer` too."""
    return all(dim in inner and inner[dim] <= values for dim, values in outer.items())
