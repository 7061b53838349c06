"""Mailchimp's audience export: who joined when, as leads of their own kind, without anybody's address."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from kpi_core.store import Workspace, open_reader
from kpi_core.workbench.loading import load_exports

HEADER = (
    "Email Address,First Name,Last Name,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,LATITUDE,LONGITUDE,GMTOFF,DSTOFF,TIMEZONE,CC,REGION,"
    "LAST_CHANGED,LEID,EUID,NOTES,TAGS"
)
ROWS = (
    'ana@exemple.fr,Ana,B,2,"2026-10-02 08:11:00",,"2026-10-03 08:12:31",1.2.3.4,48.8,2.3,1,2,Europe/Paris,fr,idf,"2026-10-02 08:12:31",1,aa11,,',
    'ben@exemple.fr,,,3,,,"2026-10-05 10:00:00",,,,,,,BE,,,2,bb22,,"""vip"""',
    "cyd@exemple.fr,,,1,,,,,,,,,,,,,3,cc33,,",
)


def test_sign_ups_come_with_their_day_and_country(tmp_path: Path) -> None:
    (tmp_path / "exports").mkdir()
    (tmp_path / "exports" / "subscribed_members_export_1.csv").write_text("\n".join((HEADER, *ROWS)) + "\n", encoding="utf-8")
    workspace = Workspace.create(tmp_path / "shop")
    report = load_exports(workspace, [tmp_path / "exports"], confirm=True)
    assert not report.failed
    with open_reader(workspace) as reader:
        found = reader.execute("select day, lead_id, kind, channel, country from leads order by day")
    assert found == [  # the day they opted in, else the one they confirmed; without either nobody knows when
        (date(2026, 10, 2), "mailchimp:aa11", "newsletter", "email", "FR"),
        (date(2026, 10, 5), "mailchimp:bb22", "newsletter", "email", "BE"),
    ]
    kept = b"".join(path.read_bytes() for path in (tmp_path / "shop" / ".omnigap").rglob("*") if path.is_file())
    assert b"exemple.fr" not in kept
