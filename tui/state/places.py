"""Where the app keeps what belongs to a user and not to a workspace."""

from __future__ import annotations

from pathlib import Path

KEYMAP = "keymap.yaml"  # of `config_dir`


def config_dir() -> Path:
    """What the user wrote or chose to keep: keymap, bookmarks. Not made here."""
    from platformdirs import user_config_path

    return user_config_path("omnigap")


def state_dir() -> Path:
    """What the app remembers by itself, such as where a workspace was left. Not made here."""
    from platformdirs import user_state_path

    return user_state_path("omnigap")
