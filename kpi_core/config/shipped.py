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
