"""How hard the tests of this folder try: a slice in `make test`, all of it in `make torture`."""

from __future__ import annotations

import os
from typing import TypeVar

Count = TypeVar("Count", int, float)
WHOLE = bool(os.environ.get("OMNIGAP_TORTURE"))


def times(some: Count, whole: Count) -> Count:
    """`some` in `make test`, `whole` in `make torture`."""
    return whole if WHOLE else some
