"""Documentation is held to the code: generated pages are fresh, links lead somewhere, commands and keys that are named exist."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_generate", ROOT / "docs" / "generate.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_template_page_is_fresh() -> None:
    module = generator()
    assert module.PAGE.read_text(encoding="utf-8") == module.page(), "run: python docs/generate.py"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8"))
    assert not [link for link in links if not (page.parent / link).exists()]


def test_commands_named_in_the_readme_exist() -> None:
    from tui.cli import command_names

    named = set(re.findall(r"^omnigap ([a-z]+)", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE))
    assert named - {"my"} <= command_names()


def test_every_command_is_in_the_readme() -> None:
    from tui.cli import command_names

    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert not [name for name in command_names() - {"open"} if f"omnigap {name}" not in text and f"`{name}`" not in text]


def test_every_setting_is_in_the_commented_file() -> None:
    from kpi_core.config.model import CalendarFile, Limits, SettingsFile

    for name, kind in (("settings", SettingsFile), ("calendar", CalendarFile)):
        text = (ROOT / "config" / f"{name}.yaml").read_text(encoding="utf-8")
        fields = list(kind.__struct_fields__) + (list(Limits.__struct_fields__) if name == "settings" else [])
        assert not [field for field in fields if not re.search(rf"\b{field}:", text)]
