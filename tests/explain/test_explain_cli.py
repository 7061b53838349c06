"""`omnigap explain`: text, Markdown and JSON of one gap, and what it says to a wrong question."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from kpi_core.links import from_link
from tests.shop import omnigap, output

pytestmark = pytest.mark.slow

LINK = "omnigap://explore?kpi=aov&tr=2026-10"


def asked(shop: Path, *arguments: str) -> str:
    code, text = output("explain", "-w", shop, *arguments)
    assert code == 0
    return text.replace("\u00a0", " ")


def parsed(shop: Path, *arguments: str) -> dict[str, Any]:
    return json.loads(asked(shop, *arguments, "--format", "json"))  # type: ignore[no-any-return]


def summed(parts: list[dict[str, Any]]) -> Fraction:
    """The parts of one level, each of which is the sum of those under it."""
    for part in parts:
        if part["parts"]:
            assert summed(part["parts"]) == Fraction(part["exact"])
    return sum((Fraction(part["exact"]) for part in parts), Fraction(0))


@pytest.mark.parametrize("arguments", [(LINK,), (LINK, "--against", "compare"), ("--kpi", "revenue", "-p", "2026-10", "--by", "store"), ("-k", "nps", "-c", "previous", "-p", "2026-10")])
def test_the_json_has_exact_parts_and_their_sum(sample_workspace: Path, arguments: tuple[str, ...]) -> None:
    page = parsed(sample_workspace, *arguments)
    assert (page["version"], page["view"]) == (1, "explain")
    gap = Fraction(page["gap"]["exact"])
    told = [section for section in page["sections"] if section["reason"] is None]
    assert len(told) >= 3
    for section in told:
        assert summed(section["parts"]) == gap == Fraction(section["sum"]) == Fraction(section["end"]) - Fraction(section["start"])
        assert abs(sum(part["shown"] for part in section["parts"]) - page["gap"]["shown"]) < 1e-9
    links = [part["link"] for section in told for part in section["parts"] if part["link"]]
    assert links and all(from_link(link)[1] == () for link in (*links, page["link"], page["cause_link"]))


def test_against_and_by_say_what_is_shown(sample_workspace: Path) -> None:
    target, before = parsed(sample_workspace, LINK), parsed(sample_workspace, LINK, "--against", "compare", "--by", "country")
    assert (target["against"], target["expected"], before["against"]) == ("target", 65, "compare")
    assert before["sections"][0]["by"] == "country" and before["comparison"]["text"] == "2025-10"
    assert parsed(sample_workspace, before["link"])["gap"] == before["gap"]  # the link gives the same page again


def test_the_text_is_the_screen_and_the_french_one_too(sample_workspace: Path) -> None:
    text = asked(sample_workspace, LINK)
    assert "First cause: Lyon Part-Dieu −1.13 € (Items per order 2.35 → 1.71)" in text
    assert "Lyon Part-Dieu" in text and "Σ parts = gap ✓ −3.01 €" in text and "░" in text and "▼" in text
    french = asked(sample_workspace, LINK, "--lang", "fr")
    assert "Première cause : Lyon Part-Dieu −1,13 €" in french and "Σ parts = écart ✓" in french and "Leviers" in french
    plain = asked(sample_workspace, LINK, "--ascii")
    assert plain.isascii() and "sum of parts = gap OK" in plain


def test_markdown_and_a_file(sample_workspace: Path, tmp_path: Path) -> None:
    text = asked(sample_workspace, LINK, "--format", "md")
    assert "| Lyon Part-Dieu | −1.13 € |" in text and "## Drivers" in text
    file = tmp_path / "why.md"
    assert asked(sample_workspace, LINK, "--format", "md", "-o", str(file)) == ""
    assert file.read_text(encoding="utf-8").replace("\u00a0", " ") == text


def test_wrong_questions_are_refused_in_a_line(sample_workspace: Path) -> None:
    for arguments, said in (
        ((), "explain needs a KPI"),
        (("-k", "aovv"), "did you mean aov?"),
        (("-k", "aov", "--by", "campaign"), "cannot be broken down by Campaign"),
    ):
        done = omnigap("explain", "-w", sample_workspace, *arguments)
        assert done.returncode == 2 and said in done.stderr and not done.stdout and "Traceback" not in done.stderr


def test_a_kpi_without_a_value_says_why(sample_workspace: Path) -> None:
    page = parsed(sample_workspace, "-k", "revenue", "-p", "2023-10")
    assert page["gap"]["exact"] is None and page["reason"] and page["sections"] == []
