"""`omnigap profiles`: the list, one format, the check of a profile with the line of each mistake, the schema."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tui.cli import run

PROFILE = """profile: 1
id: mine.costs
title: {en: Costs}
evidence: real_file
columns:
  sku: {from: [Article nr], required: true}
  amount: {from: [Cost of one], as: money, required: true}
emit:
  product_costs:
    columns: {sku: sku, unit_cost: AMOUNT}
"""


def test_profiles_are_listed_shown_and_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def said(*words: str) -> tuple[int, str, str]:
        code = run(["profiles", "-w", str(tmp_path), "--lang", "en", "--ascii", *words])
        return (code, *capsys.readouterr())

    code, listed, _ = said()
    assert code == 0
    assert any(line.split()[:2] == ["shopify.orders", "verified"] for line in listed.splitlines())
    assert any("experimental" in line for line in listed.splitlines())
    assert "Lineitem sku" in said("shopify.orders")[1]
    assert (said("shopify.ordres")[0], "did you mean shopify.orders?" in said("shopify.ordres")[2]) == (2, True)
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text(PROFILE.replace("AMOUNT", "amount"), encoding="utf-8")
    bad.write_text(PROFILE.replace("AMOUNT", "amuont"), encoding="utf-8")
    assert said("--check", str(good))[:2] == (0, f"OK {good}\n")
    code, _, wrong = said("--check", str(bad))
    assert (code, "bad.yaml:10" in wrong, "did you mean amount?" in wrong) == (2, True, True)
    assert "Explode" in json.loads(said("--schema")[1])["$defs"]
