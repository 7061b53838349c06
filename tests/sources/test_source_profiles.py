"""The profile language: mistakes name file, line and key; expressions can do arithmetic and nothing else; no two profiles collide."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from source_files import PROFILES, ROOT

from kpi_core.errors import ConfigError, Where
from kpi_core.sources import Profiles, compile_profile
from kpi_core.sources.profiles.expression import Claim, check
from kpi_core.sources.profiles.lint import ambiguities, reason, witnesses
from kpi_core.sources.recognise import claims, norm

GOOD = """profile: 1
id: mine.costs
title: {en: Mine}
evidence: parser
columns:
  sku: {from: [code], required: true}
  cost: {from: [price], as: money}
rows:
  - {when: "cost < 0", reason: "negative"}
shape:
  - derive: {double: "cost * 2"}
emit:
  products:
    columns:
      sku: sku
      cost: double
"""


def load(folder: Path, text: str) -> Profiles:
    (folder / "mine.yaml").write_text(text, encoding="utf-8")
    profiles = Profiles.load(folder)
    con = duckdb.connect()
    for profile in profiles:
        compile_profile(con, profile)
    return profiles


def test_a_good_profile_loads(tmp_path: Path) -> None:
    assert [profile.id for profile in load(tmp_path, GOOD)] == ["mine.costs"]


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "hint"),
    [
        ("evidence: parser", "evidence: parser\nemmit: {}", 5, "emmit", "emit"),
        ("evidence: parser", "evidence: rumour", 4, "evidence", None),
        ("{from: [code], required: true}", "{form: [code], required: true}", 6, "columns.sku", None),
        ("  products:", "  produits:", 13, "emit.produits", "products"),
        ("      cost: double", "      cots: double", 16, "emit.products.columns.cots", "cost"),
        ("      cost: double", "      cost: doubel", 16, "emit.products.columns.cost", "double"),
        ('double: "cost * 2"', 'double: "kost * 2"', 11, "shape.0.derive.double", "cost"),
        ('when: "cost < 0"', 'when: "cost <"', 9, "rows.0.when", None),
        ("id: mine.costs", "id: mine.costs\nid: other", 3, "id", None),
        ('derive: {double: "cost * 2"}', "derive: {}\n    keep_last: {over: [sku]}", 11, "shape.0", None),
        ("required: true", "as: text", 1, "detect", None),
    ],
)
def test_a_mistake_names_file_line_and_key(tmp_path: Path, old: str, new: str, line: int, key: str, hint: str | None) -> None:
    assert old in GOOD
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, GOOD.replace(old, new))
    where = caught.value.where
    assert where is not None
    assert (Path(where.file).name, where.line) == ("mine.yaml", line)
    assert (where.column or "").startswith(key)
    if hint:
        assert hint in str(caught.value.hint)


def test_a_users_profile_replaces_the_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(GOOD.replace("mine.costs", "omnigap.costs"))
    mine = Profiles.load(ROOT / "config" / "profiles", tmp_path).get("omnigap.costs")
    assert mine is not None
    assert mine.title.en == "Mine"


def test_two_files_of_one_folder_may_not_share_an_id(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(GOOD)
    (tmp_path / "b.yaml").write_text(GOOD)
    with pytest.raises(ConfigError, match=r"also in a\.yaml"):
        Profiles.load(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "(SELECT 1)", "1) FROM range(3) t(x", "1), (2", "1; DROP TABLE x", "read_text('/etc/hostname')", "getvariable('omnigap_hmac_inner')", "getenv('HOME')",
        "a.b", "c", "*", "sum(a)", "row_number() OVER ()", "list_transform([1], lambda x: x)", "a::JSON", "current_setting('threads')", "unnest([1])", "$1",
        "?",
        "EXISTS (SELECT 1)", "a IN (SELECT 1)", "nextval('s')", "query('select 1')", "a COLLATE de", "", "a a", "[a]", "{x: a}", "pg_typeof(a)",
    ],
)  # fmt: skip
def test_expressions_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        check(duckdb.connect(), [Claim(text, {"a", "b"}, Where("p.yaml", 3))])


@pytest.mark.parametrize(
    "text",
    [
        "a", "a + b * 2", "CASE WHEN a IS NULL THEN 'x' ELSE b || '--' END", "coalesce(a, b, 0)", "a LIKE 'C%' AND NOT b",
        "a BETWEEN 1 AND 2 OR b IN ('x', 'y')",
        "CAST(a AS DATE) + 3", "regexp_extract(a, '(?i)x(.)', 1)", "abs(a - b) < 0.01", "a IS NOT NULL", "nullif(a, 0)", "-a",
    ],
)  # fmt: skip
def test_expressions_allowed(text: str) -> None:
    check(duckdb.connect(), [Claim(text, {"a", "b"}, Where("p.yaml", 3))])


def test_aggregates_only_where_they_belong() -> None:
    check(duckdb.connect(), [Claim("sum(a) FILTER (b > 0)", {"a", "b"}, Where("p.yaml"), aggregates=True)])


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.id)
def test_shipped_profiles_compile_and_speak_both_languages(profile: object) -> None:
    found = next(item for item in PROFILES if item is profile)
    compile_profile(duckdb.connect(), found)
    assert found.title.fr
    assert all(limit.hint.fr for limit in found.spec.limits)
    assert found.document.file.endswith(f"{found.id}.yaml")


def test_A1_no_two_shipped_profiles_can_claim_one_header() -> None:
    """Every pair, those of records among themselves and with those of text too."""
    assert len(PROFILES) >= 85 and sum(profile.spec.read.records is not None for profile in PROFILES) >= 5
    assert ambiguities(PROFILES) == []


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.id)
def test_a_profile_claims_its_own_headers_and_few_others_do(profile: object) -> None:
    found = next(item for item in PROFILES if item is profile)
    twins = {"shopify.orders", "shopify.abandoned_checkouts"}
    for header in witnesses(found):
        assert claims(found, header)
        others = {
            item.id for item in PROFILES
            if item is not found and claims(item, header) and reason(item, found) not in ("container", "preamble") and len(item.required) >= len(found.required)
        }  # fmt: skip
        assert others <= (twins if found.id in twins else set())


def test_the_lint_sees_a_collision(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(GOOD)
    (tmp_path / "b.yaml").write_text(GOOD.replace("mine.costs", "mine.other").replace("from: [code]", "from: [code, sku]"))
    assert ambiguities(Profiles.load(tmp_path)) == [("mine.costs", "mine.other")]


def test_headers_are_compared_without_case_dashes_or_blanks() -> None:
    assert norm(" \ufeffSessions\u00a0–  Total ") == norm("sessions - total")
