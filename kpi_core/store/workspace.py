"""A workspace: a folder with `config/` and `exports/`; everything omnigap makes lies in its `.omnigap/`."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

from kpi_core.config.shipped import shipped
from kpi_core.errors import StoreError, Where, said
from kpi_core.store import host, permissions
from kpi_core.store.files import explain, sync_folder
from kpi_core.store.manifest import REBUILD, Manifest, checked

KEY_BYTES = 32
_POINTER = re.compile(r"0*([1-9][0-9]{0,8})(?: ([0-9a-f]{64}))?\n?")  # of CURRENT; a number alone is as good, and proves less
STARTER = "starter"
_README = """\
This folder is an omnigap workspace.

  exports/   put the exports of your tools here, as they are; omnigap never changes them
  config/    what is computed and aimed at, in commented YAML: KPIs, objectives, calendar, settings
  .omnigap/  made by omnigap from the exports; it can be deleted and loaded again
             .omnigap/secret.key turns e-mail addresses into keys that cannot be read back: keep it private,
             and keep it if you want the same customers to keep the same keys

  omnigap load .      read every export in exports/
  omnigap .           open the screen
"""


@dataclass(frozen=True)
class Workspace:
    """Paths of one workspace. `open` an existing folder, `create` a new one."""

    root: Path

    @classmethod
    def open(cls, folder: Path | str) -> Workspace:
        """The workspace in `folder`; no file is written. Raises StoreError when it is no readable folder."""
        root = Path(folder).expanduser()
        where = Where(str(folder))
        try:
            mode = root.stat().st_mode
        except (FileNotFoundError, NotADirectoryError):
            raise StoreError(said("there is no such folder"), where=where, hint=said("create a workspace with: omnigap init {folder}", folder=folder)) from None
        except OSError as error:
            raise explain(error, root) from error
        if not stat.S_ISDIR(mode):
            raise StoreError(said("this is a file, not a workspace folder"), where=where, hint=said("give the folder that holds config/ and exports/"))
        if not os.access(root, os.R_OK | os.X_OK):
            raise StoreError(said("this folder cannot be read"), where=where, hint=said("ask its owner for read access"))
        return cls(root.resolve())

    @classmethod
    def create(cls, folder: Path | str, *, sample: bool = False) -> Workspace:
        """Make a workspace in `folder` with the shipped, commented configuration; files that exist are left as they are.

        It begins with neutral objectives and settings, or with `sample` with those of the sample retailer. What everybody could write to is
        closed to them, and what is loaded already becomes readable for the group of the folder.
        """
        root = Path(folder).expanduser()
        if root.exists() and not root.is_dir():
            raise StoreError(said("this is a file, not a workspace folder"), where=Where(str(folder)), hint=said("choose the name of a new folder"))
        new = not root.exists()
        try:
            if new:
                root.parent.mkdir(parents=True, exist_ok=True)
                permissions.make_folder(root)
            (root / "exports").mkdir(parents=True, exist_ok=True)
            defaults = shipped("config")
            starter = defaults / STARTER
            for source in sorted(defaults.rglob("*.yaml")):
                if source.is_relative_to(starter):
                    continue
                target = root / "config" / source.relative_to(defaults)
                own = starter / source.relative_to(defaults)
                source = own if own.is_file() and not sample else source
                target.parent.mkdir(parents=True, exist_ok=True)
                if not target.exists():
                    shutil.copyfile(source, target)
            if not (root / "README.txt").exists():
                (root / "README.txt").write_text(_README, encoding="utf-8")
        except OSError as error:
            raise explain(error, root) from error
        workspace = cls.open(root)
        permissions.put_right(workspace)
        return workspace

    @property
    def config_dir(self) -> Path:
        """The workspace's own `config/`, else the neutral defaults that ship with omnigap."""
        own = self.root / "config"
        return own if own.is_dir() else shipped("config") / STARTER

    @property
    def exports_dir(self) -> Path:
        """Where exports are put: `exports/`, else `sample_data/exports` (the repository is itself a workspace)."""
        for name in ("exports", "sample_data/exports"):
            if (self.root / name).is_dir():
                return self.root / name
        return self.root / "exports"

    @property
    def warehouse(self) -> Path:
        return self.root / ".omnigap"

    def export_files(self) -> list[Path]:
        """Every file under `exports_dir`, in the order of their names; hidden files and notes are passed over."""
        return files_under(self.exports_dir) if self.exports_dir.is_dir() else []

    def prepare(self) -> None:
        """Create the folders of the warehouse. Raises StoreError when the workspace cannot be written, everybody could write to it, or it lies on a
        network disk."""
        permissions.check(self)
        host.refuse_network(self)
        try:
            permissions.make_warehouse(self.warehouse)
            for name in permissions.FOLDERS:
                permissions.make_folder(self.warehouse / name)
        except OSError as error:
            raise explain(error, self.root) from error

    def generation(self) -> int:
        """The published generation, 0 when nothing was ever loaded. Raises StoreError when CURRENT is damaged or lost."""
        return self.pointer()[0]

    def pointer(self) -> tuple[int, str]:
        """What CURRENT names: the published generation, 0 when nothing was ever loaded, and the sha256 of its manifest, '' where it has none."""
        path = self.warehouse / "CURRENT"
        try:
            text = path.read_bytes().decode("ascii", "replace")
        except FileNotFoundError:
            # a load writes last_load.json after CURRENT: with it and a manifest, but without CURRENT, something was lost, and to load as if
            # nothing had been would sweep every batch away
            if (self.warehouse / "last_load.json").exists() and self.manifests():
                raise StoreError(said("the pointer to the current numbers is lost"), where=Where(str(path)), hint=REBUILD) from None
            return 0, ""
        except NotADirectoryError:
            raise StoreError(said("{name} is a file, not a folder", name=".omnigap"), where=Where(str(self.warehouse))) from None
        except OSError as error:
            raise StoreError(said("the warehouse cannot be read"), where=Where(str(path))) from error
        found = _POINTER.fullmatch(text)
        if not found:
            raise StoreError(said("the pointer to the current numbers is damaged"), where=Where(str(path)), hint=REBUILD)
        return int(found[1]), found[2] or ""

    def manifests(self) -> list[int]:
        """The generations that have a manifest, oldest first, whether or not it can be read."""
        return sorted(int(path.stem) for path in (self.warehouse / "gens").glob("*.json") if path.stem.isdecimal())

    def manifest_path(self, generation: int) -> Path:
        return self.warehouse / "gens" / f"{generation:06d}.json"

    def manifest(self, generation: int | None = None) -> Manifest:
        """The manifest of a generation (the current one by default); an empty one when nothing was loaded."""
        number, sha256 = self.pointer() if generation is None else (generation, "")
        if not number:
            return Manifest()
        path = self.manifest_path(number)
        try:
            return checked(path.read_bytes(), path, number, sha256)
        except FileNotFoundError:
            raise StoreError(said("the manifest of generation {number} is missing", number=number), where=Where(str(path)), hint=REBUILD) from None
        except OSError as error:
            raise explain(error, path) from error

    def key(self) -> bytes:
        """The secret that turns identifiers into customer keys; made at the first load, readable by its owner only.

        Raises StoreError when it can be read by others, is damaged, or is lost while loaded data depends on it.
        """
        path = self.warehouse / "secret.key"
        where = Where(str(path))
        expected = self.manifest().key_check
        if not os.path.lexists(path):
            if expected:
                raise StoreError(
                    said("the secret key of this warehouse is lost"),
                    where=where,
                    hint=said("put it back from a backup, or delete .omnigap and load every export again"),
                )
            self.prepare()
            self._write_key(path)
        text = permissions.read_key(path)
        try:
            key = bytes.fromhex(text)
        except ValueError:
            key = b""
        if len(key) != KEY_BYTES or (expected and key_check(key) != expected):
            raise StoreError(said("this is not the secret key that made the loaded data"), where=where, hint=said("put the right key back from a backup"))
        return key

    def _write_key(self, path: Path) -> None:
        written = path.with_name(f".tmp-{os.getpid()}-key")
        try:
            descriptor = os.open(written, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="ascii") as stream:
                stream.write(secrets.token_hex(KEY_BYTES) + "\n")
                stream.flush()
                os.fsync(stream.fileno())
            written.chmod(0o400)
            with contextlib.suppress(FileExistsError):
                path.hardlink_to(written)  # never replaces a key that another process has just made
            written.unlink()
            sync_folder(path.parent)
        except OSError as error:
            raise explain(error, self.root) from error


def key_check(key: bytes) -> str:
    """A short digest that recognises a key."""
    return hashlib.sha256(b"omnigap key check\0" + key).hexdigest()[:16]


LEFT_BEHIND = {"thumbs.db", "ehthumbs.db", "desktop.ini"}


def files_under(folder: Path) -> list[Path]:
    """What lies below `folder`, sorted; names that start with a dot, README files, the locks of open workbooks (`~$…`) and what file
    managers leave behind are passed over. Links, pipes and folders that cannot be listed are among them: reading them says why they are not read."""
    found: list[Path] = []
    folders = [folder]
    while folders:
        here = folders.pop()
        try:
            with os.scandir(here) as entries:
                for entry in entries:
                    name = entry.name.lower()
                    if name.startswith("."):
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(here / entry.name)
                    elif not name.startswith(("readme", "~$")) and name not in LEFT_BEHIND:
                        found.append(here / entry.name)
        except FileNotFoundError:
            continue
        except OSError:
            found.append(here)
    return sorted(found)
