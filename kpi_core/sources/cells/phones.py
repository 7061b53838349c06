"""Telephone numbers to E.164, so that one number is one text however it was typed.

The rules of each country (calling code, trunk prefix that is dialled inside the country only, digits of the national significant
number) are facts of its numbering plan as notified to the ITU: Recommendation E.164 and the list "National numbering plans"
(itu.int/oth/T0202). A number that fits no rule of its country is no identifier: to join two people is worse than to miss one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

MOST = 15  # digits of an international number (E.164, 6.1)
LEAST = 8  # fewer are short codes and extensions


@dataclass(frozen=True)
class Plan:
    """`trunk`: what is dialled before a national number inside the country; `least` to `most` digits without it; `abroad`: dialled to call abroad."""

    code: str
    trunk: str
    least: int
    most: int
    abroad: str = "00"


def _plans(table: str) -> dict[str, Plan]:
    found: dict[str, Plan] = {}
    for line in table.strip().splitlines():
        country, code, trunk, least, most, *abroad = line.split()
        found[country] = Plan(code, "" if trunk == "-" else trunk, int(least), int(most), *abroad)
    return found


# country, calling code, trunk prefix (- none), fewest and most digits of the national number, prefix to call abroad where it is not 00
PLANS = _plans(
    """
AD 376 - 6 9
AE 971 0 8 9
AR 54 0 10 11
AT 43 0 7 13
AU 61 0 9 9 0011
BE 32 0 8 9
BG 359 0 7 9
BR 55 0 10 11
CA 1 1 10 10 011
CH 41 0 9 9
CI 225 - 10 10
CL 56 - 9 9
CM 237 - 9 9
CN 86 0 10 11
CO 57 - 10 10
CY 357 - 8 8
CZ 420 - 9 9
DE 49 0 6 11
DK 45 - 8 8
DZ 213 0 8 9
EE 372 - 7 8
EG 20 0 8 10
ES 34 - 9 9
FI 358 0 6 11
FR 33 0 9 9
GB 44 0 9 10
GF 594 0 9 9
GP 590 0 9 9
GR 30 - 10 10
HK 852 - 8 8
HR 385 0 8 9
HU 36 06 8 9
IE 353 0 7 9
IL 972 0 8 9
IN 91 0 10 10
IS 354 - 7 9
IT 39 - 6 11
JP 81 0 9 10 010
KR 82 0 8 10
LT 370 0 8 8
LU 352 - 6 9
LV 371 - 8 8
MA 212 0 9 9
MC 377 - 8 9
MQ 596 0 9 9
MT 356 - 8 8
MX 52 - 10 10
MY 60 0 8 10
NL 31 0 9 9
NO 47 - 8 8
NZ 64 0 8 10
PL 48 - 9 9
PT 351 - 9 9
RE 262 0 9 9
RO 40 0 9 9
RS 381 0 8 9
RU 7 8 10 10 810
SA 966 0 9 9
SE 46 0 7 9
SG 65 - 8 8
SI 386 0 8 8
SK 421 0 9 9
SN 221 - 9 9
TH 66 0 8 9
TN 216 - 8 8
TR 90 0 10 10
TW 886 0 8 9
UA 380 0 9 9
UK 44 0 9 10
US 1 1 10 10 011
YT 262 0 9 9
ZA 27 0 9 9
"""
)
# The one country of a time zone, where that is no guess: what a workspace is in when settings.yaml does not say.
_ZONES = """
Africa/Abidjan CI,Africa/Algiers DZ,Africa/Cairo EG,Africa/Casablanca MA,Africa/Dakar SN,Africa/Douala CM,Africa/Johannesburg ZA,Africa/Tunis TN,
America/Cayenne GF,America/Guadeloupe GP,America/Martinique MQ,America/Mexico_City MX,America/Bogota CO,America/Santiago CL,America/Sao_Paulo BR,
America/Argentina/Buenos_Aires AR,America/New_York US,America/Chicago US,America/Denver US,America/Los_Angeles US,America/Toronto CA,America/Vancouver CA,
Asia/Bangkok TH,Asia/Dubai AE,Asia/Hong_Kong HK,Asia/Jerusalem IL,Asia/Kolkata IN,Asia/Kuala_Lumpur MY,Asia/Nicosia CY,Asia/Riyadh SA,Asia/Seoul KR,
Asia/Shanghai CN,Asia/Singapore SG,Asia/Taipei TW,Asia/Tokyo JP,Australia/Brisbane AU,Australia/Melbourne AU,Australia/Perth AU,Australia/Sydney AU,
Atlantic/Reykjavik IS,Europe/Amsterdam NL,Europe/Andorra AD,Europe/Athens GR,Europe/Belgrade RS,Europe/Berlin DE,Europe/Bratislava SK,Europe/Brussels BE,
Europe/Bucharest RO,Europe/Budapest HU,Europe/Copenhagen DK,Europe/Dublin IE,Europe/Helsinki FI,Europe/Istanbul TR,Europe/Kyiv UA,Europe/Lisbon PT,
Europe/Ljubljana SI,Europe/London GB,Europe/Luxembourg LU,Europe/Madrid ES,Europe/Malta MT,Europe/Monaco MC,Europe/Moscow RU,Europe/Oslo NO,
Europe/Paris FR,Europe/Prague CZ,Europe/Riga LV,Europe/Rome IT,Europe/Sofia BG,Europe/Stockholm SE,Europe/Tallinn EE,Europe/Vienna AT,Europe/Vilnius LT,
Europe/Warsaw PL,Europe/Zagreb HR,Europe/Zurich CH,Indian/Mayotte YT,Indian/Reunion RE,Pacific/Auckland NZ
"""
ZONES: dict[str, str] = dict(pair.split() for pair in _ZONES.replace("\n", "").split(","))


def country_of_zone(zone: str | None) -> str | None:
    """`Europe/Paris` -> FR; None where a zone does not tell."""
    return ZONES.get(zone or "")


def e164(rows: str, raw: str, country: str | None, default: str | None, into: str) -> str:
    """SELECT of `rows` (a relation) with one column more, `into`: `raw` in E.164 (`+33612345678`) or NULL.

    `raw` and `country` are SQL over `rows`; a row without country is read as of `default`. What is known of no country needs its `+` or 00.
    Columns between are prefixed with the name of `into`.
    """
    typed, rule, number, proof = (f"{into}_{part}" for part in ("typed", "rule", "number", "proof"))
    # a bracketed 0 and an extension are no part of the number; a plus stands at its beginning only
    plain = f"regexp_replace({raw}, '(?i)\\(0\\)|\\s*(?:ext|x|poste|#|;|,)[. :a-z=]*\\d*\\s*$|[^0-9+]', '', 'g')"
    return f"""
        SELECT * EXCLUDE ({typed}, {rule}, {number}, {proof}),
               CASE WHEN NOT regexp_matches({number}, '{_MADE_UP}') THEN '+' || {_proven(number, proof)} END AS {into}
        FROM (SELECT *, {_PROOFS}[coalesce(nullif(list_position({_CODES}, {number}[1]), 0), nullif(list_position({_CODES}, {number}[:2]), 0),
                                           list_position({_CODES}, {number}[:3]))] AS {proof}
        FROM (SELECT *, {_dialled(typed, rule)} AS {number}
        FROM (SELECT *, replace(regexp_replace({plain}, '(.)\\++', '\\1', 'g'), '++', '+') AS {typed}, {_RULES}[{_home(country, default)}] AS {rule}
        FROM {rows})))"""


def _home(country: str | None, default: str | None) -> str:
    """SQL of the place in PLANS of the country that a number is read by; NULL where nobody knows it."""
    places = {name: place for place, name in enumerate(PLANS, start=1)}
    fallback = str(places.get(default or "", "CAST(NULL AS INTEGER)"))
    if country is None:
        return fallback
    names = ", ".join(f"'{name}'" for name in places)
    # a country that is named and unknown is another one than the workspace's
    return f"CASE WHEN nullif(trim({country}), '') IS NULL THEN {fallback} ELSE nullif(list_position([{names}], upper(trim({country}))), 0) END"


def _dialled(typed: str, rule: str) -> str:
    """Digits with the calling code before them: dialled abroad, with the trunk prefix, without it (a workbook ate the 0), or by its calling code alone."""
    size, bare, trunk = f"length({typed})", f"length({typed}) BETWEEN {rule}.least AND {rule}.most", f"length({rule}.trunk)"
    coded = f"starts_with({typed}, {rule}.code) AND {size} - length({rule}.code) BETWEEN {rule}.least AND {rule}.most"
    return f"""CASE
        WHEN {typed}[1] = '+' THEN {typed}[2:]
        WHEN {rule}.abroad <> '00' AND starts_with({typed}, {rule}.abroad) THEN {typed}[length({rule}.abroad) + 1:]
        WHEN starts_with({typed}, '00') THEN {typed}[3:]
        WHEN {rule}.trunk <> '' AND starts_with({typed}, {rule}.trunk) AND {size} - {trunk} BETWEEN {rule}.least AND {rule}.most
            THEN {rule}.code || {typed}[{trunk} + 1:]
        WHEN {rule}.trunk[1] = '0' AND {typed}[1] = '0' THEN NULL  -- no national number begins with a 0 that is not the trunk's
        WHEN {bare} AND {coded} THEN NULL  -- where numbers differ in length, the calling code may be the beginning of a national one: nobody knows
        WHEN {bare} THEN {rule}.code || {typed}
        WHEN {coded} THEN {typed} END"""


def _proven(number: str, rule: str) -> str:
    """Digits that fit the plan of their calling code; a trunk 0 that was kept behind the code is taken out."""
    rest, size = f"{number}[length({rule}.code) + 1:]", f"length({number}) - length({rule}.code)"
    return f"""CASE
        WHEN {rule} IS NULL THEN CASE WHEN {number}[1] BETWEEN '1' AND '9' AND length({number}) BETWEEN {LEAST} AND {MOST} THEN {number} END
        WHEN {rule}.trunk[1] = '0' AND starts_with({rest}, {rule}.trunk)
            THEN CASE WHEN {size} - length({rule}.trunk) BETWEEN {rule}.least AND {rule}.most THEN {rule}.code || {rest}[length({rule}.trunk) + 1:] END
        WHEN {size} BETWEEN {rule}.least AND {rule}.most THEN {number} END"""


def _structs(plans: Iterable[Plan]) -> str:
    rows = ", ".join(
        f"{{'code': '{plan.code}', 'trunk': '{plan.trunk}', 'least': {plan.least}, 'most': {plan.most}, 'abroad': '{plan.abroad}'}}" for plan in plans
    )
    return f"[{rows}]"


def _by_code() -> dict[str, Plan]:
    """One plan a calling code: countries that share one have the same trunk, and numbers from the shortest to the longest of them."""
    found: dict[str, Plan] = {}
    for plan in PLANS.values():
        other = found.get(plan.code, plan)
        found[plan.code] = replace(plan, least=min(plan.least, other.least), most=max(plan.most, other.most))
    return found


_RULES = _structs(PLANS.values())
_PROOFS = _structs(_by_code().values())
_CODES = "[" + ", ".join(f"'{code}'" for code in _by_code()) + "]"
_MADE_UP = "(" + "|".join(f"{digit}{{7}}" for digit in range(10)) + ")$"  # what is typed where a form insists on a number
