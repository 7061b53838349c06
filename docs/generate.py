"""Write docs/templates.md from the profiles: `python docs/generate.py`. A test says when it has to be run again."""

from __future__ import annotations

from pathlib import Path

from kpi_core.sources import Profile, Profiles

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "templates.md"
INTRO = """# omnigap's own templates / Les modèles d'omnigap

For what no vendor exports. One header row; columns in any order, French or English headers, more columns are kept unused.
`;`, `,` or tab; UTF-8 or cp1252 (Excel); decimal comma or point; dates `31/10/2026` or `2026-10-31`. `*` = needed.

Pour ce qu'aucun éditeur n'exporte. Une ligne d'en-têtes ; colonnes dans n'importe quel ordre, en-têtes français ou anglais.
`;`, `,` ou tabulation ; UTF-8 ou cp1252 (Excel) ; virgule ou point décimal ; dates `31/10/2026` ou `2026-10-31`. `*` = nécessaire.
"""


def section(profile: Profile) -> str:
    """One template as a table."""
    rows = ["| en-tête | header | type | values |", "| --- | --- | --- | --- |"]
    for name, column in profile.spec.columns.items():
        headers = [header for header in column.from_ if isinstance(header, str)]
        french = [header for header in headers if header.upper() == header]
        english = [header for header in headers if header.upper() != header]
        star = " *" if column.required else ""
        values = ", ".join(f"`{value}`" for value in list(column.values)[:8]) if column.values else ""
        rows.append(f"| `{(french or [name])[0]}`{star} | `{(english or french or [name])[0]}`{star} | {column.as_} | {values} |")
    return f"## {profile.id}\n\n{profile.title.en} / {profile.title.fr}\n\n" + "\n".join(rows) + "\n"


def page() -> str:
    """The whole page."""
    profiles = sorted((profile for profile in Profiles.load(ROOT / "config" / "profiles") if profile.id.startswith("omnigap.")), key=lambda one: one.id)
    return "\n".join([INTRO, *(section(profile) for profile in profiles)])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
