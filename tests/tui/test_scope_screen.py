"""The app of somebody who sees one store: the scope stands over every view, a filter narrows within it, the rest is told why not."""

from __future__ import annotations

from pathlib import Path

import pytest
from tui_driver import opened

from kpi_core.view import VIEWS, ViewState
from kpi_core.workbench import Workbench
from tests.limited import OTHERS, STORE, shop_for
from tui.state import places


@pytest.mark.parametrize(("lang", "word"), [("fr", "périmètre"), ("en", "scope: ")])
async def test_the_scope_stands_over_every_view(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lang: str, word: str) -> None:
    monkeypatch.setattr(places, "config_dir", lambda: tmp_path / "me")
    root = shop_for(tmp_path, f"{{stores: [{STORE}]}}")
    start = ViewState(kpi="revenue")
    async with opened(opener=lambda: Workbench.open(root, lang=lang), lang=lang, size=(80, 24), state=start) as ui:
        for place, view in enumerate(VIEWS, start=1):
            await ui.press(str(place))
            assert ui.state.view == view
            assert word in ui.lines[0] and STORE in ui.lines[0], ui.text
            assert not [name for name in OTHERS if name in ui.text], ui.text
