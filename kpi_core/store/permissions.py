"""Who may read and write a workspace. One account loads; a group may read everything but the secret key; nobody else comes in.

What the loader writes is 0640 in folders 0750, whatever the umask of its shell, and of the group of the workspace folder (setgid). A place that
everybody may write to is refused, for loading and for reading: its numbers could be anybody's, and its configuration too.
"""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

from kpi_core.errors import Message, StoreError, Where, said

if TYPE_CHECKING:
    from kpi_core.store.workspace import Workspace

UMASK = 0o027
FOLDER_MODE = 0o750
FILE_MODE = 0o640
KEY_MODE = 0o400
FOLDERS = ("gens", "batches", "facts", "marts", "accounts")  # of the warehouse, what readers need
OWN_FILES = ("secret.key", "forgotten")  # of the warehouse, the loader's alone
_LONGEST_KEY = 200
_LOOKED_AT = 2000  # files of a warehouse whose modes `problems` looks at


@dataclass(frozen=True)
class Problem:
    """Something about `path` that is not as it should be, and how to put it right. `refused`: neither loads nor screens work before that."""

    path: Path
    what: Message
    hint: Message
    refused: bool = True


def check(workspace: Workspace) -> None:
    """Raise StoreError, with the command that helps, when everybody may write to the workspace, its configuration or its warehouse."""
    for problem in _open_to_all(workspace):
        raise StoreError(problem.what, where=Where(str(problem.path)), hint=problem.hint)


def problems(workspace: Workspace) -> list[Problem]:
    """Everything about permissions that is not as it should be, what is refused first; empty when all is well. Nothing is changed or opened."""
    found = [*_open_to_all(workspace), *key_problems(workspace.warehouse / "secret.key"), *_loose(workspace)]
    return sorted(found, key=lambda problem: not problem.refused)


def key_problems(path: Path) -> list[Problem]:
    """What is wrong with the file of the secret key; nothing when there is none yet, or when this account may not look."""
    try:
        found = path.lstat()
    except OSError:
        return []
    if stat.S_ISLNK(found.st_mode):
        what, hint = said("the secret key is a link to another file"), said("put the key itself there, readable by its owner only")
        return [Problem(path, what, hint)]
    if not stat.S_ISREG(found.st_mode):
        return [Problem(path, said("the secret key is no file"), said("put the key back from a backup"))]
    if found.st_mode & 0o077:
        return [Problem(path, said("the secret key can be read by others"), said("run: chmod 400 {path}", path=_shell(path)))]
    if found.st_mode & 0o377 or not found.st_mode & 0o400:
        what, hint = said("the secret key should be readable by its owner only, and writable by nobody"), said("run: chmod 400 {path}", path=_shell(path))
        return [Problem(path, what, hint, refused=False)]
    return []


def read_key(path: Path) -> str:
    """The text of the secret key. Raises StoreError when others can read it, it is a link, or it belongs to another account than this one."""
    where = Where(str(path))
    for problem in key_problems(path):
        if problem.refused:
            raise StoreError(problem.what, where=where, hint=problem.hint)
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
        with os.fdopen(descriptor, encoding="ascii") as stream:
            found = os.fstat(descriptor)
            if found.st_uid != os.geteuid():
                raise StoreError(
                    said("the secret key belongs to another account: only the owner of the workspace can load"),
                    where=where,
                    hint=said("load as its owner, or run: chown {user} {path}", user=os.geteuid(), path=_shell(path)),
                )
            if not stat.S_ISREG(found.st_mode) or found.st_mode & 0o077:
                raise StoreError(said("the secret key can be read by others"), where=where, hint=said("run: chmod 400 {path}", path=_shell(path)))
            return stream.read(_LONGEST_KEY).strip()
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(said("the secret key cannot be read: only the owner of the workspace can load"), where=where) from error


def _open_to_all(workspace: Workspace) -> Iterator[Problem]:
    for path in (workspace.root, workspace.root / "config", workspace.warehouse, *(workspace.warehouse / name for name in FOLDERS)):
        if _mode(path) & stat.S_IWOTH:
            yield Problem(path, said("everybody on this machine may write to this folder"), said("run: chmod o-w {path}", path=_shell(path)))
    for path in workspace.root.parents:
        mode = _mode(path)
        if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
            what = said("everybody on this machine may put another folder in the place of this one")
            yield Problem(path, what, said("run: chmod o-w {path}", path=_shell(path)))
    config = workspace.root / "config"
    for path in sorted(config.glob("*.yaml")) if config.is_dir() else ():
        if _mode(path) & stat.S_IWOTH:
            yield Problem(path, said("everybody on this machine may write to this file"), said("run: chmod o-w {path}", path=_shell(path)))


def _loose(workspace: Workspace) -> Iterator[Problem]:
    """What works, but lets others in further than they need, or keeps the group out."""
    root = workspace.warehouse
    mode = _mode(root)
    if mode & 0o005:
        yield Problem(root, said("everybody on this machine may read the loaded data"), said("run: chmod o-rwx {path}", path=_shell(root)), refused=False)
    if mode & stat.S_IWGRP:
        yield Problem(root, said("the readers of the group may change the loaded data"), said("run: chmod -R g-w {path}", path=_shell(root)), refused=False)
    if mode & stat.S_IXGRP and any(_closed(path) for path in _read_by_all(root)):
        what = said("the readers of the group cannot read all of the loaded data")
        yield Problem(root, what, said("run: omnigap init {folder}", folder=_shell(workspace.root)), refused=False)


def _closed(path: Path) -> bool:
    try:
        found = path.lstat()
    except OSError:
        return False
    needed = 0o050 if stat.S_ISDIR(found.st_mode) else 0o040
    return found.st_mode & needed != needed


def _read_by_all(root: Path) -> Iterator[Path]:
    every = chain([root / "CURRENT"], (item for name in FOLDERS for item in (root / name, *_below(root / name))))
    for path in islice(every, _LOOKED_AT):
        if not path.name.startswith(".tmp-"):
            yield path


def _below(folder: Path) -> Iterator[Path]:
    with suppress(OSError):
        yield from folder.rglob("*")


def _mode(path: Path) -> int:
    """Of what `path` leads to; 0 when it is not there or may not be looked at."""
    try:
        return path.stat().st_mode
    except OSError:
        return 0


def _shell(path: Path) -> str:
    return shlex.quote(str(path))


@contextmanager
def writing() -> Iterator[None]:
    """Files and folders made meanwhile are for their owner and, to read, for the group. For the one writer only: a umask is the whole process's."""
    before = os.umask(UMASK)
    try:
        yield
    finally:
        os.umask(before)


def make_folder(path: Path) -> None:
    """A folder of the warehouse, as `writing` would make it, whatever the umask; one that is there stays as it is."""
    try:
        path.mkdir()
    except FileExistsError:
        if not path.is_dir():
            raise
        return
    kept = path.stat().st_mode & stat.S_ISGID  # as its parent has it
    path.chmod(FOLDER_MODE | kept)


def make_warehouse(path: Path) -> None:
    """The folder of the warehouse, of the group of the folder it lies in, which what is made in it later is of too."""
    if path.is_dir():
        return
    make_folder(path)
    _share(path)


def _share(path: Path) -> None:
    group = path.parent.stat().st_gid
    if path.stat().st_gid != group:
        with suppress(OSError):  # only a member may give to a group: the files are then of the loader's own
            os.chown(path, -1, group)
    with suppress(OSError):
        path.chmod(FOLDER_MODE | stat.S_ISGID)


def put_right(workspace: Workspace) -> None:
    """Take from everybody what only the owner and the group should have; what belongs to another account stays as it is.

    The workspace and its configuration lose the right of everybody to write, the warehouse becomes the loader's and, to read, the group's.
    """
    config = workspace.root / "config"
    for path in (workspace.root, config, workspace.root / "exports", *(config.glob("*.yaml") if config.is_dir() else ())):
        mode = _mode(path)
        if mode & stat.S_IWOTH:
            _chmod(path, stat.S_IMODE(mode) & ~stat.S_IWOTH)
    root = workspace.warehouse
    if not root.is_dir() or root.is_symlink():
        return
    with suppress(OSError):
        _share(root)
    group = root.stat().st_gid
    for path in _below(root):
        if path.is_symlink():
            continue
        own = path.parent == root and path.name in OWN_FILES
        wanted = FOLDER_MODE | stat.S_ISGID if path.is_dir() else KEY_MODE if own else FILE_MODE
        with suppress(OSError):
            found = path.stat()
            if found.st_gid != group and wanted != KEY_MODE:
                os.chown(path, -1, group)
            if stat.S_IMODE(found.st_mode) != wanted:
                _chmod(path, wanted)


def _chmod(path: Path, mode: int) -> None:
    with suppress(OSError):
        path.chmod(mode)
