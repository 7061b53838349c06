"""Audience, surveys, reviews and social exports: what each made-up file becomes, row by row, and what is said of the rest."""

from __future__ import annotations

import hashlib
import hmac
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from source_files import KEY, PROFILES, REAL, ROOT, Loaded, needs_real, write
from twins_audience import GA4_FRENCH, GA4_GERMAN, MATOMO_GERMAN, MATOMO_LOG, MATOMO_TYPES, TWINS

from kpi_core.errors import SourceError
from kpi_core.sources import Profiles
from kpi_core.sources.files.records import rows_of
from kpi_core.sources.profiles.language import Records
from kpi_core.sources.recognise import claims, norm, recognise

POINTED = """profile: 1
id: mine.form
title: {en: Our form, fr: Notre formulaire}
evidence: real_file
extends: typeform.responses
columns:
  score: {from: [Dites-nous tout], as: int}
"""
TWIN = {twin.profile: twin for twin in TWINS}


def key(text: str) -> int:
    return int.from_bytes(hmac.new(KEY, text.encode(), hashlib.sha256).digest()[:8], "big")


@cache
def load(profile: str) -> Loaded:
    """The twin of a profile, converted once."""
    with TemporaryDirectory() as folder:
        return Loaded(write(Path(folder), TWIN[profile].name, TWIN[profile].data))


def dropped(profile: str) -> dict[str, int]:
    return dict(load(profile).account.dropped)


def limits(profile: str) -> list[str]:
    return [limit.missing for limit in load(profile).account.limits]


@pytest.mark.parametrize("profile", sorted(TWIN))
def test_a_twin_is_claimed_by_its_profile_before_all_others(profile: str) -> None:
    """No other profile that its header satisfies asks for as many; and every row is accounted for, none refused."""
    found = load(profile)
    assert found.recognised.profile_id == profile
    mine, names = found.recognised.profile, [norm(name) for name in found.recognised.header]
    rivals = [
        other for other in PROFILES if other.id != profile and claims(other, names) and (other.spec.read.records is None) is (mine.spec.read.records is None)
    ]
    assert [other.id for other in rivals if len(other.required) >= len(mine.required)] == []
    assert found.account.rejected == ()
    assert found.account.rows_read == found.account.rows_used + sum(dropped(profile).values())


def test_no_free_text_and_no_clear_name_gets_through() -> None:
    words = ("Rapide", "Lin, lavé", "Parfait", "Merci", "Ana", "exemple.fr", "aaaa", "Translated")
    for profile in TWIN:
        text = repr(load(profile).everything())
        assert [word for word in words if word in text] == [], profile


# ---------------------------------------------------------------- audience


def test_matomo_reports_say_their_period_in_each_row() -> None:
    rows = load("matomo.report").rows(
        "traffic", "grain, period_start, period_end, scope, sessions, engaged_sessions, users, new_users, avg_duration_s, bounce_rate", "ORDER BY 1"
    )
    assert rows == [
        ("day", date(2026, 9, 1), date(2026, 9, 1), "", 50, 40, 40, None, 180.0, 0.2),
        ("month", date(2026, 9, 1), date(2026, 9, 30), "", 1000, 667, 700, None, 210.0, 0.33),
        ("week", date(2026, 8, 31), date(2026, 9, 6), "", 300, 225, 210, None, 200.0, 0.25),
    ]
    assert dropped("matomo.report") == {"a period without visits": 1, "the export says: no data available": 1}
    assert load("matomo.report").rows("claims", "measure, amount, currency, period_end", "ORDER BY 2") == [
        ("revenue", Decimal("130.5"), None, date(2026, 9, 1)),
        ("revenue", Decimal("1300"), None, date(2026, 9, 6)),
    ]
    assert all(check.ok for check in load("matomo.report").account.checks)
    assert "traffic by day" not in limits("matomo.report")


def test_matomo_reports_by_a_dimension_are_told_by_their_segment_and_dated_by_their_name(tmp_path: Path) -> None:
    text = "\n".join(MATOMO_TYPES) + "\n"
    found = Loaded(write(tmp_path, "Export _ Channel Type _ September 1 – 7, 2026.csv", text, "utf-16"))
    assert found.rows("traffic", "source, scope, grain, period_start, period_end, sessions, bounce_rate", "ORDER BY sessions DESC") == [
        ("Direct", "source", "week", date(2026, 9, 1), date(2026, 9, 7), 40, 0.2),
        ("Referral", "source", "week", date(2026, 9, 1), date(2026, 9, 7), 10, 0.1),
    ]
    (check,) = [check for check in found.account.checks if check.name == "rows of a known dimension"]
    assert (check.held, check.of, check.note) == (2, 3, "Firefox")  # the browser is no dimension here
    assert dict(found.account.dropped) == {"nothing in this row is needed": 1}


def test_matomo_without_any_period_is_refused_and_a_name_answers(tmp_path: Path) -> None:
    text = "\n".join(MATOMO_GERMAN) + "\n"
    with pytest.raises(SourceError) as caught:
        Loaded(write(tmp_path, "besuche.csv", text, "utf-16"))
    assert "period" in str(caught.value)
    german = Loaded(write(tmp_path, "besuche_2026-09-03.csv", text, "utf-16"))
    assert german.rows("traffic", "period_start, grain, sessions, engaged_sessions, bounce_rate") == [(date(2026, 9, 3), "day", 25, 20, 0.2)]


def test_matomo_visits_become_traffic_touches_and_claims() -> None:
    log = load("matomo.visits_log")
    columns = "period_start, source, device, country, sessions, engaged_sessions, users, new_users, purchases, avg_duration_s"
    assert log.rows("traffic", columns, "WHERE scope <> '' ORDER BY 1, 2") == [
        (date(2026, 8, 31), "Direct", "mobile", "FR", 1, 1, 1, 1, 0, 180.0),
        (date(2026, 9, 1), "Campaigns", "desktop", None, 1, 1, 1, 1, 0, 100.0),
        (date(2026, 9, 1), "Organic Search", "desktop", "FR", 2, 1, 1, 0, 1, 50.0),
    ]
    assert log.rows("traffic", "sessions, users, new_users", "WHERE scope = '' ORDER BY period_start") == [(1, 1, 1), (3, 2, 1)]
    assert log.rows("touches", "touch_id, occurred_at, source, campaign, customer_key", "ORDER BY 1") == [
        ("matomo:1:11", datetime(2026, 8, 31, 23, 59), "Direct", None, key("platform:matomo:aaaa")),
        ("matomo:1:12", datetime(2026, 9, 1, 13, 0), "Organic Search", None, key("email:ana@exemple.fr")),
        ("matomo:1:13", datetime(2026, 9, 1, 17, 0), "Organic Search", None, key("platform:matomo:bbbb")),
        ("matomo:1:14", datetime(2026, 9, 1, 17, 1, 40), "Campaigns", "Rentrée", key("platform:matomo:cccc")),
    ]
    assert ("email", key("email:ana@exemple.fr")) in log.rows("identifiers", "kind, id_hash")  # the visitor and the customer are one
    assert ("platform", key("platform:matomo:bbbb")) in log.rows("identifiers", "kind, id_hash")
    assert log.rows("claims", "measure, amount, currency", "ORDER BY 1") == [("orders", Decimal("1"), None), ("revenue", Decimal("80.5"), "EUR")]
    assert dropped("matomo.visits_log") == {"a later line of the file has the same key": 1}
    assert "claims.revenue" not in limits("matomo.visits_log")


def test_matomo_scheduled_report_is_several_tables_named_by_their_titles() -> None:
    report = load("matomo.scheduled")
    assert report.rows(
        "traffic", "grain, period_start, period_end, scope, source, device, sessions, users, avg_duration_s, bounce_rate", "ORDER BY file_line"
    ) == [
        ("month", date(2026, 9, 1), date(2026, 9, 30), "", None, None, 11, 9, 655.0, 0.27),
        ("month", date(2026, 9, 1), date(2026, 9, 30), "device", None, "mobile", 8, None, 901.0, 0.0),
        ("month", date(2026, 9, 1), date(2026, 9, 30), "device", None, "desktop", 3, None, 0.0, 1.0),
        ("month", date(2026, 9, 1), date(2026, 9, 30), "source", "Direct", None, 11, None, 655.0, 0.27),
    ]
    assert dropped("matomo.scheduled") == {"a table that does not count visits": 1, "a table by another dimension": 1}


def test_a_matomo_log_with_the_pages_of_each_visit_is_read_whatever_its_width(tmp_path: Path) -> None:
    pages = ",".join(
        f"actionDetails_{page}_{name}"
        for page in range(60)
        for name in ("type", "url", "pageTitle", "timestamp", "timeSpent", "icon", "subtitle", "idpageview", "title", "pageId")
    )
    wide = Loaded(write(tmp_path, "visits.csv", "\n".join([f"{MATOMO_LOG[0]},{pages}", MATOMO_LOG[1] + "," * 600]) + "\n", "utf-16"))
    assert wide.rows("touches", "touch_id") == [("matomo:1:11",)]


def test_ga4_snapshot_keeps_the_year_it_is_compared_with_apart() -> None:
    found = load("ga4.ui")
    assert found.rows("traffic", "period_start, period_end, source, sessions, engaged_sessions", "WHERE scope = 'source' ORDER BY 1, 4") == [
        (date(2025, 9, 1), date(2025, 9, 2), "Direct", 12, 9),
        (date(2026, 9, 1), date(2026, 9, 2), "(other)", 4, 1),
        (date(2026, 9, 1), date(2026, 9, 2), "Direct", 20, 15),
    ]
    assert found.rows("traffic", "period_start, users", "WHERE grain = 'day' ORDER BY 1") == [(date(2026, 9, 1), 30), (date(2026, 9, 2), 40)]
    assert [(check.held, check.of) for check in found.account.checks if check.name == "tables with rows"] == [(3, 4)]


def test_ga4_by_a_dimension_that_is_not_known_is_left_out_not_merged(tmp_path: Path) -> None:
    head = "# Start date: 20260901\n# End date: 20260901\n"
    text = (
        head
        + "Device category,Signed in with,Sessions\nmobile,Firefox,5\nmobile,Safari,7\ntablet,Safari,2\n\n"
        + head
        + "Device category,Browser,Sessions\nmobile,Safari,7\n"
    )
    found = Loaded(write(tmp_path, "tech.csv", text))
    assert found.rows("traffic", "device, sessions") == []
    assert dict(found.account.dropped) == {"nothing in this row is needed": 3, "a table by another dimension": 1}
    assert {check.name: (check.held, check.of) for check in found.account.checks}["rows told apart by what is known"] == (1, 3)


def test_ga4_in_german_and_french(tmp_path: Path) -> None:
    german = Loaded(write(tmp_path, "bericht.csv", GA4_GERMAN))
    assert german.rows("traffic", "property, period_start, source, sessions, engaged_sessions, event_count, revenue", "ORDER BY sessions DESC") == [
        ("Haus Lein", date(2026, 9, 1), "Paid Search", 1200, 700, 9000, Decimal("1234.56")),
        ("Haus Lein", date(2026, 9, 1), "Direct", 300, 150, 2100, Decimal("80")),
    ]
    french = Loaded(write(tmp_path, "exploration.csv", GA4_FRENCH))
    assert french.rows("traffic", "source, device, sessions, engaged_sessions, active_users, new_users, views, period_end", "ORDER BY sessions DESC") == [
        ("Direct", "mobile", 20, 15, 18, 5, 60, date(2026, 9, 2)),
        ("Email", "desktop", 10, 5, 7, 4, 30, date(2026, 9, 2)),
    ]
    assert dict(french.account.dropped) == {"totals row": 1}
    (total,) = [check for check in french.account.checks if check.name == "grand total"]
    assert (total.held, total.of) == (4, 4)


def test_ga4_events_become_sessions_and_a_purchase_counts_once() -> None:
    events = load("ga4.bigquery")
    columns = "period_start, source, device, country, sessions, engaged_sessions, users, new_users, views, purchases, event_count"
    assert events.rows("traffic", columns, "WHERE scope <> '' ORDER BY 1, 2") == [
        (date(2026, 9, 1), "Email", "mobile", "France", 1, None, 1, 1, 1, 1, 3),  # over midnight: the day it began
        (date(2026, 9, 1), "Organic Search", "mobile", "France", 0, None, 1, 0, 1, 0, 1),  # without consent no session
        (date(2026, 9, 1), "Paid Search", "mobile", "France", 1, 1, 1, 0, 1, 1, 4),
        (date(2026, 9, 2), "Organic Search", "mobile", "France", 1, None, 1, 0, 0, 0, 1),
    ]
    assert events.rows("traffic", "sessions, users, purchases", "WHERE scope = '' ORDER BY period_start") == [(2, 3, 2), (1, 1, 0)]
    assert events.rows("claims", "measure, period_start, amount, currency", "ORDER BY 1, 2") == [
        ("orders", date(2026, 9, 1), Decimal("1"), None),
        ("orders", date(2026, 9, 2), Decimal("1"), None),
        ("revenue", date(2026, 9, 1), Decimal("80.5"), "EUR"),
        ("revenue", date(2026, 9, 2), Decimal("19.5"), "EUR"),
    ]
    assert events.rows("touches", "touch_id, occurred_on, source, customer_key") == [("ga4:v2-1", date(2026, 9, 1), "Email", key("email:ana@exemple.fr"))]
    assert {check.name: (check.held, check.of) for check in events.account.checks}["purchases told once"] == (2, 4)


def test_what_no_column_needs_is_not_read() -> None:
    record = {"a": {"b": 1, "c": 2}, "items": [{"name": "Bougie"}], "n": 3}
    assert rows_of(record, Records(skip=("items", "a.c"))) == [{"a.b": "1", "a.c": "", "items": "", "n": "3"}]


def test_universal_analytics_sessions() -> None:
    found = load("ga.universal")
    assert found.rows(
        "traffic", "source, device, country, sessions, engaged_sessions, users, new_users, views, purchases, avg_duration_s", "WHERE scope <> ''"
    ) == [("Organic Social", "desktop", "France", 1, 1, 1, 1, 3, 1, 60.0)]
    assert found.rows("claims", "measure, amount", "ORDER BY 1") == [("orders", Decimal("1")), ("revenue", Decimal("80.5"))]


# ---------------------------------------------------------------- surveys, support, reviews


def test_zendesk_counts_good_and_bad_and_nothing_else() -> None:
    assert load("zendesk.tickets").rows("feedback", "feedback_id, kind, score, answered_on, channel, customer_key", "ORDER BY 1") == [
        ("zendesk:501", "csat", 5.0, date(2026, 9, 2), "email", key("email:ana@exemple.fr")),
        ("zendesk:502", "csat", 1.0, date(2026, 9, 1), "web", key("email:ben@exemple.fr")),
        ("zendesk:505", "csat", 5.0, date(2026, 9, 3), "phone", None),
    ]
    assert dropped("zendesk.tickets") == {"no answer to the satisfaction survey": 2}
    assert "feedback.order_ref" in limits("zendesk.tickets")


def test_typeform_finds_the_question_of_recommendation() -> None:
    assert load("typeform.responses").rows("feedback", "feedback_id, kind, score, answered_on, order_ref, customer_key", "ORDER BY 1") == [
        ("typeform:r1", "nps", 10.0, date(2026, 9, 2), "#1042", key("email:ana@exemple.fr")),
        ("typeform:r2", "nps", 6.0, date(2026, 9, 3), None, key("email:ben@exemple.fr")),
        ("typeform:r4", "nps", 0.0, date(2026, 9, 4), None, None),
    ]
    assert dropped("typeform.responses") == {"no answer to the question of recommendation": 1, "score outside its scale (nps 0-10, csat 1-5)": 1}
    assert limits("typeform.responses") == ["feedback.store"]


def test_typeform_without_that_question_says_so_and_a_profile_points_at_it(tmp_path: Path) -> None:
    form = "#,Dites-nous tout,Start Date (UTC),Submit Date (UTC),Network ID\nr1,9,2026-09-01 10:00:00,2026-09-01 10:02:00,n1\n"
    silent = Loaded(write(tmp_path, "form.csv", form.replace("r1,9", "r1,beaucoup")))  # no column of 0 to 10 to ask about
    assert silent.rows("feedback") == []
    assert dict(silent.account.dropped) == {"no answer to the question of recommendation": 1}
    assert "feedback.score" in [limit.missing for limit in silent.account.limits]
    write(tmp_path, "form.csv", form)
    write(tmp_path, "mine.yaml", POINTED)
    pointed = Loaded(tmp_path / "form.csv", Profiles.load(ROOT / "config" / "profiles", tmp_path))
    assert pointed.rows("feedback", "feedback_id, kind, score") == [("typeform:r1", "nps", 9.0)]


def test_surveymonkey_joins_its_two_header_rows() -> None:
    survey = load("surveymonkey.responses")
    assert survey.rows("feedback", "feedback_id, score, answered_on, order_ref, customer_key", "ORDER BY 1") == [
        ("surveymonkey:118052219061", 10.0, date(2026, 9, 3), "#1042", key("email:ana@exemple.fr")),
        ("surveymonkey:118052219062", 0.0, date(2026, 9, 4), None, None),
    ]
    assert dropped("surveymonkey.responses") == {"no answer to the question of recommendation": 1, "score outside its scale (nps 0-10, csat 1-5)": 1}
    assert "Which stores do you visit?: Studio" in survey.account.unused


def test_delighted_scales_and_thumbs() -> None:
    assert load("delighted.responses").rows("feedback", "feedback_id, kind, score, answered_on, channel, store, order_ref, customer_key", "ORDER BY 1") == [
        ("delighted:71", "nps", 9.0, date(2026, 8, 31), "store", "LYO", "1042", key("email:ana@exemple.fr")),
        ("delighted:72", "csat", 1.0, date(2026, 9, 1), None, None, None, None),
    ]
    assert dropped("delighted.responses") == {"a survey that is neither of recommendation nor of satisfaction": 1}


def test_reviews_are_satisfaction_of_five() -> None:
    assert load("trustpilot.reviews").rows("feedback", "feedback_id, kind, score, answered_on, channel, order_ref, customer_key", "ORDER BY 1") == [
        ("trustpilot:t1", "csat", 5.0, date(2026, 9, 1), "web", "#1042", key("email:ana@exemple.fr")),
        ("trustpilot:t2", "csat", 4.0, date(2026, 9, 2), "web", None, None),
    ]
    assert [limit.en[:6] for limit in load("trustpilot.reviews").account.limits if limit.missing == "feedback.order_ref"] == ["66.7 %"]
    assert load("google_business.reviews").rows("feedback", "feedback_id, kind, score, answered_on, channel, store", "ORDER BY 1") == [
        ("google:aa", "csat", 5.0, date(2026, 9, 1), "store", "77"),
        ("google:bb", "csat", 2.0, date(2026, 9, 4), "store", "77"),
    ]
    assert dropped("google_business.reviews") == {"a review without stars": 1}
    assert load("etsy.reviews").rows("feedback", "feedback_id, score, answered_on, channel, order_ref", "ORDER BY 1") == [
        ("etsy:3301:1", 5.0, date(2026, 9, 3), "marketplace", "3301"),
        ("etsy:3301:2", 3.0, date(2026, 9, 4), "marketplace", "3301"),
    ]
    assert dropped("etsy.reviews") == {"score outside its scale (nps 0-10, csat 1-5)": 1}


# ---------------------------------------------------------------- social networks


@pytest.mark.parametrize(
    ("profile", "row", "left_out"),
    [
        ("instagram.posts", ("Instagram", "maison.lin", date(2026, 9, 3), 2038, 60), {"a post without any count": 1}),
        ("facebook.posts", ("Facebook", "Maison Lin", date(2026, 10, 5), 36, 4), {}),
        ("tiktok.posts", ("TikTok", "@maison.lin", date(2026, 9, 2), 1941, 60), {"totals row": 1, "a later line of the file has the same key": 1}),
        ("youtube.videos", ("YouTube", "youtube", date(2026, 9, 3), 62, 7), {"totals row": 1}),
    ],
)
def test_posts_add_up_by_day_but_never_their_reach(profile: str, row: tuple[object, ...], left_out: dict[str, int]) -> None:
    found = load(profile)
    assert found.rows("social_stats", "network, account, day, interactions, comments") == [row]
    assert found.rows("social_stats", "reach, followers, mentions") == [(None, None, None)]
    assert dropped(profile) == left_out
    assert "social_stats.reach" in limits(profile)
    assert all(check.ok for check in found.account.checks)


def test_daily_figures_of_meta_are_named_by_the_line_above_them(tmp_path: Path) -> None:
    assert load("meta.daily_metric").rows("social_stats", "network, account, day, reach, interactions, followers", "ORDER BY day") == [
        ("Instagram", "Instagram reach", date(2026, 9, 1), 812, None, None),
        ("Instagram", "Instagram reach", date(2026, 9, 2), 1040, None, None),
    ]
    follows = 'sep=,\r\n"Facebook follows"\r\n"Date","Primary"\r\n"2026-09-01T00:00:00","5"\r\n'
    silent = Loaded(write(tmp_path, "Follows.csv", follows, "utf-16"))
    assert silent.rows("social_stats") == []  # follows of a day are no followers
    assert dict(silent.account.dropped) == {"a figure that no indicator uses": 1}


# ---------------------------------------------------------------- real files


@cache
def real(name: str) -> Loaded:
    path = REAL / name
    if not path.exists():
        pytest.skip(f"{name} is not beside the repository")
    return Loaded(path)


@needs_real
@pytest.mark.realdata
def test_real_matomo_files() -> None:
    week = real("exports/matomo_visitssummary_week_raw_names.csv")
    assert week.rows("traffic", "grain, period_start, period_end, sessions, users, bounce_rate") == [("week", date(2009, 12, 28), date(2010, 1, 3), 2, 2, 1.0)]
    month = real("exports/matomo_api_get_month_translated_en.csv")
    assert month.rows("traffic", "grain, period_start, sessions, users, new_users, views, bounce_rate") == [("month", date(2010, 3, 1), 2, 1, 1, 4, 0.5)]
    assert all(check.ok for check in (*week.account.checks, *month.account.checks))
    log = real("exports/matomo_visits_log_live.csv")
    assert log.one("traffic", "sum(sessions) FILTER (scope = ''), sum(sessions) FILTER (scope <> '')") == (2, 2)
    assert log.one("touches", "count(DISTINCT touch_id), count(DISTINCT customer_key)") == (2, 2)
    assert recognise(REAL / "exports/matomo_visitssummary_day_translated_de.csv", PROFILES).profile_id == "matomo.report"


@needs_real
@pytest.mark.realdata
def test_real_ga4_events_come_to_their_oracles() -> None:
    events = real("ga4_sample/ga4_events_sampled.snappy.parquet")
    assert events.account.rows_read == 24219
    totals = "sum(sessions), sum(views), sum(purchases), sum(event_count), sum(new_users), count(DISTINCT period_start)"
    for where in ("WHERE scope = ''", "WHERE scope <> ''"):
        assert events.rows("traffic", totals, where) == [(20705, 7498, 526, 24219, 1410, 92)]
    assert events.rows("claims", "sum(amount)", "WHERE measure = 'orders'") == [(Decimal("526"),)]
    assert {check.name: (check.held, check.of) for check in events.account.checks}["purchases told once"] == (526, 624)


@needs_real
@pytest.mark.realdata
def test_real_universal_analytics_day() -> None:
    day = real("ga4_sample/ga_sample_universal_analytics.parquet")
    columns = "sum(sessions), sum(purchases), round(1 - sum(engaged_sessions) / sum(sessions), 4), sum(users), sum(new_users), sum(views)"
    assert day.rows("traffic", columns, "WHERE scope = ''") == [(2556, 45, 0.4844, 2293, 1872, 10939)]
    assert dict(day.rows("traffic", "source, sum(sessions)", "WHERE scope <> '' GROUP BY 1"))["Organic Search"] == 1346
    assert day.rows("claims", "measure, round(amount, 2)", "ORDER BY 1") == [("orders", Decimal("45")), ("revenue", Decimal("8304.94"))]
