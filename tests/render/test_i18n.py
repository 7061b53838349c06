"""French for every sentence, a catalogue that matches its sources, and a language chosen as a user expects."""

from __future__ import annotations

import gettext
import shutil
from pathlib import Path

import pytest

from kpi_core.errors import said
from kpi_core.i18n import DOMAIN, Translator, build, choose_language, locale_dir, missing, read_parts, used

ROOT = Path(__file__).resolve().parents[2]


def test_the_compiled_catalogue_is_built_from_the_parts(tmp_path: Path) -> None:
    shutil.copytree(locale_dir() / "parts", tmp_path / "parts")
    build(tmp_path)
    for suffix in ("po", "mo"):
        fresh = (tmp_path / "fr" / "LC_MESSAGES" / f"{DOMAIN}.{suffix}").read_bytes()
        assert (locale_dir() / "fr" / "LC_MESSAGES" / f"{DOMAIN}.{suffix}").read_bytes() == fresh, "run: python -m kpi_core.i18n build"


def test_the_catalogue_says_what_the_parts_say() -> None:
    catalogue = gettext.translation(DOMAIN, str(locale_dir()), ["fr"])
    assert all(catalogue.gettext(english) == french for english, french in read_parts(locale_dir() / "parts").items())


def test_every_sentence_has_french() -> None:
    assert missing((ROOT / "kpi_core", ROOT / "tui"), locale_dir()) == {}


def test_the_search_finds_sentences() -> None:
    found = used((ROOT / "kpi_core" / "render",))
    assert {"no target", "{count} weeks in a row", "First cause:"} <= set(found)


@pytest.mark.parametrize(
    ("option", "settings", "environ", "language"),
    [
        (None, None, {}, "en"),
        (None, None, {"LANG": "fr_FR.UTF-8"}, "fr"),
        (None, None, {"LANG": "fr_CA"}, "fr"),
        (None, None, {"LANG": "en_GB.UTF-8", "LC_MESSAGES": "fr_FR"}, "fr"),
        (None, None, {"LC_ALL": "C", "LANG": "fr_FR"}, "en"),
        (None, "auto", {"LANG": "fr"}, "fr"),
        (None, "en", {"LANG": "fr"}, "en"),
        ("fr", "en", {"LANG": "en"}, "fr"),
        ("auto", "fr", {}, "fr"),
        (None, None, {"LANG": "de_DE"}, "en"),
    ],
)
def test_language(option: str | None, settings: str | None, environ: dict[str, str], language: str) -> None:
    assert choose_language(option, settings, environ) == language


def test_messages_are_said_with_messages_inside() -> None:
    fr = Translator("fr")
    assert fr(said("target: {place}", place=said("no data"))) == "objectif : sans donnée"
    assert fr("no target") == "sans obj."
    assert Translator("en")(said("{count} KPIs", count=3)) == "3 KPIs"
    assert Translator("xx").lang == "en"


@pytest.mark.parametrize("line", ["no tab here", "english\t", "{a} x\t{b} x"])
def test_bad_parts_name_file_and_line(tmp_path: Path, line: str) -> None:
    (tmp_path / "x.tsv").write_text(f"# note\n\n{line}\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"x\.tsv:3"):
        read_parts(tmp_path)
