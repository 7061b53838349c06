"""keymap.yaml: which keys run which commands. What commands and keys there are, `tui.keymap` knows."""

from __future__ import annotations

import msgspec

from kpi_core.config.model import Text

Written = str | int  # a digit need not be quoted


class KeymapFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`preset`: the shipped keymap that this one changes. `keys`: by id of a command its key, several, or none (`[]`).

    `name` and `note` say what a shipped one is for.
    """

    preset: str | None = None
    name: Text | None = None
    note: Text | None = None
    keys: dict[str, Written | tuple[Written, ...]] = {}
