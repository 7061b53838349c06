"""The loaded sample for somebody who sees a part of it: the sample's own files, linked, under an access.yaml that names whoever runs the tests."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from kpi_core.config.access import me
from tests.shop import loaded_sample

STORE = "Lyon Part-Dieu"
OTHERS = ("Bordeaux", "Lille Centre", "Nantes", "Nice", "Paris Rivoli", "Strasbourg", "Toulouse", "Pop-up Annecy", "Pop-up Marais", "Entrepôt Orléans")


def shop_for(folder: Path, seen: str) -> Path:
    """A workspace in which whoever runs the tests sees `seen`, as YAML writes it: `{stores: [Lyon Part-Dieu]}`."""
    root = folder / "shop"
    shutil.copytree(loaded_sample(), root, copy_function=_linked)
    allow(root, seen)
    return root


def allow(root: Path, seen: str) -> None:
    (root / "config" / "access.yaml").write_text(f'version: 1\ndefault: nothing\nusers:\n  "{me()[0]}": {seen}\n', encoding="utf-8")


def _linked(source: str, target: str) -> str:
    """What a load writes is never written again: a link will do. The configuration is small and is copied."""
    try:
        if "/.omnigap/" in source:
            os.link(source, target)
            return target
    except OSError:
        pass
    return shutil.copy2(source, target)
