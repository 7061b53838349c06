"""Where the defaults and the sample that travel with omnigap lie: beside the code in a wheel, at the top in a checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]


def shipped(name: str) -> Path:
    """The folder `config` or `sample_data`. Raises FileNotFoundError when the installation lacks it."""
    for base in (_PACKAGE / "share", _PACKAGE.parent):
        if (base / name).is_dir():
            return base / name
    raise FileNotFoundError(name)


def config_file(config_dir: Path, stem: str) -> Path:
    """The file that counts for `stem`: the workspace's own, else the shipped default (a neutral one for settings and objectives)."""
    defaults = shipped("config")
    starter = defaults / "starter" / f"{stem}.yaml"
    own = config_dir / f"{stem}.yaml"
    if own.is_file():
        return own
    return starter if starter.is_file() else defaults / f"{stem}.yaml"
