"""Made-up files of audience, survey, review and social exports, each with the traps of its layout."""

from __future__ import annotations

import codecs
import json

from twins import Twin

MATOMO_HEADER = "date,nb_uniq_visitors,nb_users,nb_visits,nb_actions,nb_visits_converted,bounce_count,sum_visit_length,max_actions,bounce_rate,nb_actions_per_visit,avg_time_on_site,revenue"
MATOMO_DAYS = [
    "2026-09-01,40,0,50,200,2,10,9000,12,20%,4,180,$ 130.5",
    "2026-09-02,,,,,,,,,,,,",
    '"2026-08-31,2026-09-06",210,0,300,1100,9,75,60000,30,25%,3.67,200,$ 1300',
    "2026-09,700,0,1000,4100,40,333,210000,41,33%,4.1,210,",
    "No data available,,,,,,,,,,,,",
]
MATOMO_TYPES = [
    "Label,Unique visitors,Visits,Actions,Maximum actions in one visit,Bounces,Bounce Rate,Actions per Visit,Avg. Visit Duration (in seconds),Metadata: segment",
    "Direct Entry,30,40,120,9,8,20 %,3,95,referrerType==direct",
    "Websites,9,10,50,7,1,10 %,5,140,referrerType==website",
    "Firefox,39,50,170,9,9,18 %,3.4,100,browserCode==FF",
]
MATOMO_GERMAN = [
    "Eindeutige Besucher,Benutzer,Besuche,Aktionen,Besuche mit Konversionen,Absprünge,Maximale Aktionen pro Besuch,Absprungsrate,Aktionen pro Besuch,Durchschn. Besuchszeit (in Sekunden),Metadaten: is_aggregate",
    "20,0,25,80,1,5,9,20\xa0%,3,271,0",
]
MATOMO_LOG = [
    "idSite,idVisit,visitIp,visitorId,fingerprint,goalConversions,siteCurrency,siteCurrencySymbol,lastActionTimestamp,lastActionDateTime,siteName,"
    "firstActionTimestamp,userId,visitorType,visitEcommerceStatus,visitDuration,actions,referrerType,referrerName,deviceType,deviceTypeIcon,countryCode,"
    "totalEcommerceRevenue,totalEcommerceConversions,pluginsIcons_0_pluginName",
    # the visit began a minute before midnight of the site, which is two hours ahead of UTC
    "1,11,10.0.0.1,aaaa,f1,0,EUR,€,1788213720,2026-09-01 00:02:00,Boutique,1788213540,,new,none,180,4,direct,,Téléphone,plugins/dist/devices/smartphone.png,fr,,,cookie",
    "1,12,10.0.0.2,bbbb,f2,1,EUR,€,1788260400,2026-09-01 13:00:00,Boutique,1788260400,ana@exemple.fr,returning,ordered,0,1,search,Google,Bureau,plugins/dist/devices/desktop.png,fr,80.5,1,cookie",
    "1,13,10.0.0.2,bbbb,f2,0,EUR,€,1788274900,2026-09-01 17:01:40,Boutique,1788274800,,returning,none,100,3,search,Bing,Bureau,plugins/dist/devices/desktop.png,fr,,,cookie",
    "1,14,10.0.0.3,cccc,f3,0,EUR,€,1788274900,2026-09-01 17:01:40,Boutique,1788274900,,new,abandonedCart,0,1,campaign,Rentrée,Bureau,plugins/dist/devices/desktop.png,,,,cookie",
    "1,14,10.0.0.3,cccc,f3,0,EUR,€,1788275000,2026-09-01 17:03:20,Boutique,1788274900,,new,abandonedCart,100,5,campaign,Rentrée,Bureau,plugins/dist/devices/desktop.png,,,,cookie",
]

MATOMO_SCHEDULED = """All Websites dashboard
label,nb_visits,nb_actions,nb_pageviews,revenue
Boutique,11,43,43,"$ 1,361.11"

Visits Summary
nb_uniq_visitors,nb_visits,nb_actions,max_actions,nb_actions_per_visit,avg_time_on_site,bounce_rate
9,11,43,5,3.9,00:10:55,27%

Custom Variables
No data available

Device type
label,nb_visits,nb_actions,nb_actions_per_visit,avg_time_on_site,bounce_rate,revenue
Smartphone,8,40,5,00:15:01,0%,$ 0
Desktop,3,3,1,00:00:00,100%,$ 0

Browsers
label,nb_visits,nb_actions,conversion_rate,nb_actions_per_visit,avg_time_on_site,bounce_rate
Firefox,11,43,0%,3.9,00:10:55,27%

Referrer Type
label,nb_visits,nb_actions,nb_actions_per_visit,avg_time_on_site,bounce_rate,revenue
Direct Entry,11,43,3.9,00:10:55,27%,$ 0
"""

GA4_SNAPSHOT = """# ----------------------------------------
# Report CSV Export
# Account: Maison Lin
# Property: Maison Lin - GA4
# ----------------------------------------
#\x20
# Start date: 20260901
# End date: 20260902
Nth day,Users
0000,30
0001,40

# Start date: 20260901
# End date: 20260902
Nth day,New users


# How do your sessions trend?
# Start date: 20260901
# End date: 20260902
Session primary channel group (Default Channel Group),Sessions,Engaged sessions
Direct,20,15
(other),4,1

# Start date: 20250901
# End date: 20250902
Session primary channel group (Default Channel Group),Sessions,Engaged sessions
Direct,12,9
"""
GA4_GERMAN = """# ----------------------------------------
# Akquisition: Sitzung – primäre Channelgruppe
# Konto: Haus Lein
# Property: Haus Lein
# ----------------------------------------
#\x20
# Alle Nutzer
# Startdatum: 20260901
# Enddatum: 20260901
Sitzung – primäre Channelgruppe (Standard-Channelgruppe);Sitzungen;Sitzungen mit Interaktionen;Engagement-Rate;Ereignisanzahl;Gesamtumsatz
Paid Search;1.200;700;58,3%;9.000;1.234,56
Direct;300;150;50%;2.100;80,00
"""
GA4_FRENCH = """# ----------------------------------------
# Exploration-Forme libre 1
# 20260901-20260902
# ----------------------------------------

Groupe de canaux principal de la session (Groupe de canaux par défaut),Catégorie d'appareil,Sessions,Sessions avec engagement,Utilisateurs actifs,Nouveaux utilisateurs,Vues
,,30,20,25,9,90,Total général
Direct,mobile,20,15,18,5,60
Email,desktop,10,5,7,4,30
"""

ZENDESK = [
    "Summation column,Id,Requester,Requester id,Requester email,Subject,Tags,Status,Priority,Via,Ticket type,Created at,Updated at,Solved at,Satisfaction Score,First reply time in minutes,Motif [list]",
    '1,501,Ana,9,Ana@Exemple.fr,"Colis\nperdu",sav,Closed,High,Mail,Incident,2026-09-01 09:10,2026-09-04 10:00,2026-09-02 17:00,Good,12,Livraison',
    "1,502,Ben,8,ben@exemple.fr,Taille,,Solved,,Web Form,,2026-09-01 10:00,2026-09-01 12:00,2026-09-01 11:00,Bad,30,-",
    "1,503,Cat,7,,Retour,,Closed,,Chat,,2026-09-02 10:00,2026-09-02 10:30,2026-09-02 10:20,Offered,3,",
    "1,504,Dan,6,,Question,,Open,,Phone,,2026-09-02 11:00,2026-09-02 11:00,,Not Offered,,",
    "1,505,Eve,5,,Facture,,Closed,,Phone call (inbound),,2026-09-03 11:00,2026-09-03 12:00,,Good with comment,4,",
]
TYPEFORM = [
    '#,"Bonjour {{field:ab12}}, how likely are you to recommend us to a friend?",Why would you recommend us?,What did you like?,Other,Other,Your email address,order_id,Response Type,Start Date (UTC),Stage Date (UTC),Submit Date (UTC),Network ID,Tags,Ending',
    'r1,10,"Rapide,\nsoigné",Le lin,,,ana@exemple.fr,#1042,completed,2026-09-01 23:50:00,,2026-09-02 00:05:00,n1,,',
    "r2,6,,,Autre,,ben@exemple.fr,,completed,2026-09-03 10:00:00,,2026-09-03 10:02:00,n2,,",
    "r3,,Parce que,,,,,,partial,2026-09-04 10:00:00,2026-09-04 10:01:00,,n3,,",
    "r4,0,,,,,,,partial,2026-09-04 11:00:00,2026-09-04 11:01:00,,n4,,",
    "r5,11,,,,,,,completed,2026-09-05 10:00:00,,2026-09-05 10:01:00,n5,,",
]
TRUSTPILOT = [
    "Domain Url,Webshop Name,Business Unit Id,Review Id,Review Created (UTC),Review Consumer User Id,Review Username,Review User Email,Review Title,Review Content,Review Stars,Source Of Review,Reference Id,Company Response,Company Reply Date (UTC),Review Language",
    'maison-lin.example,Maison Lin,b1,t1,2026-09-01 12:00:00,c1,Ana,ana@exemple.fr,Parfait,"Très bien, merci\n=)",5,BasicLink,#1042,,,fr',
    "maison-lin.example,Maison Lin,b1,t2,2026-09-02 12:00:00,c2,Ben,,Bof,,2,Organic,,Désolés,2026-09-03 08:00:00,fr",
    "maison-lin.example,Maison Lin,b1,t2,2026-09-02 12:00:00,c2,Ben,,Mieux,,4,Organic,,Désolés,2026-09-03 08:00:00,fr",
]

INSTAGRAM = [
    "Post ID,Account ID,Account username,Account name,Description,Duration (sec),Publish time,Permalink,Post type,Data comment,Date,Views,Reach,Likes,Shares,Follows,Comments,Saves",
    '18001,1784,maison.lin,Maison Lin,"Lin, lavé",0,09/03/2026 06:08,https://www.instagram.com/p/a/,IG image,,Lifetime,"12,400",9100,"1,610",88,41,57,230',
    "18002,1784,maison.lin,Maison Lin,Atelier,44,09/03/2026 18:00,https://www.instagram.com/reel/b/,IG reel,,Lifetime,900,700,40,,1,3,10",
    "18003,1784,maison.lin,Maison Lin,Story,0,09/04/2026 09:00,https://www.instagram.com/p/c/,IG image,,Lifetime,,,,,,,",
]
FACEBOOK = [
    "Post ID,Page ID,Page name,Title,Description,Duration (sec),Publish time,Caption type,Permalink,Is crosspost,Post type,Languages,Data comment,Date,Views,Reach,Reactions,Comments,Shares",
    '"122001","615","Maison Lin","Lin, lavé",,0,10/05/2026 21:00,,https://www.facebook.com/a,0,Photos,,,Lifetime,"1,250",800,30,4,2',
]
DAILY_REACH = 'sep=,\r\n"Instagram reach"\r\n"Date","Primary"\r\n"2026-09-01T00:00:00","812"\r\n"2026-09-02T00:00:00","1040"\r\n'
TIKTOK = [
    "Video title,Video link,Post time,Total likes,Total comments,Total shares,Total views,Average watch time",
    '"Lin, lavé",https://www.tiktok.com/@maison.lin/video/7412345678901234567,2026-09-02 19:05:00,"1,200",48,31,"18,400",11.5',
    "Atelier,https://www.tiktok.com/@maison.lin/video/7412345678901234999?lang=fr,2026-09-02 20:10:00,640,12,9,9100,9",
    "Atelier,https://www.tiktok.com/@maison.lin/video/7412345678901234999,2026-09-02 20:10:00,641,12,9,9101,9",
    "Total of 2 videos,,,1841,60,40,27501,",
]
YOUTUBE = [
    "Content,Video title,Video publish time,Duration,Views,Watch time (hours),Subscribers,Likes,Comments added,Shares,Impressions",
    "Total,,,,9999,120.5,30,50,7,5,40000",
    'abcDEF12345,"Lin, lavé","Sep 3, 2026",44,9000,100.5,25,40,6,4,30000',
    "zzzDEF12345,Atelier,2026-09-03,120,999,20,5,10,1,1,10000",
]

SURVEYMONKEY = """Respondent ID,Collector ID,Start Date,End Date,IP Address,Email Address,First Name,Last Name,Custom Data 1,"How likely is it that you
would recommend us to a friend?",Which stores do you visit?,,Anything else?
,,,,,,,,,Response,Lyon,Studio,Open-Ended Response
118052219061,446111201,09/02/2026 11:58:00 PM,09/03/2026 12:05:00 AM,10.0.0.1,Ana@Exemple.fr,Ana,A,#1042,10 - Extremely likely,Lyon,,"Merci,
à bientôt"
118052219062,446111201,09/04/2026 09:00:00 AM,09/04/2026 09:02:00 AM,10.0.0.2,,,,,Not at all likely - 0,,Studio,
118052219063,446111201,09/04/2026 09:10:00 AM,09/04/2026 09:12:00 AM,10.0.0.3,,,,,,Lyon,Studio,Rien
118052219064,446111201,09/05/2026 09:10:00 AM,09/05/2026 09:12:00 AM,10.0.0.4,,,,,Yes,,,
"""
DELIGHTED = """[
 {"id": "71", "person": {"id": "9", "email": "ana@exemple.fr", "name": "Ana"}, "survey_type": "nps", "score": 9, "comment": "Rapide", "permalink": "https://delighted.example/r/71",
  "created_at": 1788213600, "updated_at": 1788213700, "person_properties": {"Channel": "Store", "Store": "LYO", "Order ID": "1042"}, "notes": [], "tags": ["a"], "additional_answers": []},
 {"id": "72", "person": {"id": "8", "email": null}, "survey_type": "thumbs", "score": 0, "comment": null, "permalink": "https://delighted.example/r/72",
  "created_at": 1788300000, "updated_at": null, "person_properties": null, "notes": [], "tags": [], "additional_answers": []},
 {"id": "73", "person": {"id": "7", "email": null}, "survey_type": "ces", "score": 5, "comment": null, "permalink": "https://delighted.example/r/73",
  "created_at": 1788300000, "updated_at": null, "person_properties": {}, "notes": [], "tags": [], "additional_answers": []}
]"""
GOOGLE_REVIEWS = """{"reviews": [
 {"name": "accounts/1/locations/77/reviews/aa", "reviewer": {"displayName": "Ana"}, "starRating": "FIVE", "comment": "(Translated by Google) Great", "createTime": "2026-09-01T10:00:00.123456Z",
  "updateTime": "2026-09-02T10:00:00Z", "reviewReply": {"comment": "Merci", "updateTime": "2026-09-03T10:00:00Z"}},
 {"name": "accounts/1/locations/77/reviews/bb", "reviewer": {"displayName": "Ben", "isAnonymous": true}, "starRating": "TWO", "createTime": "2026-09-04T10:00:00Z", "updateTime": "2026-09-04T10:00:00Z"},
 {"name": "accounts/1/locations/77/reviews/cc", "reviewer": {}, "starRating": "STAR_RATING_UNSPECIFIED", "createTime": "2026-09-05T10:00:00Z", "updateTime": "2026-09-05T10:00:00Z"}
], "averageRating": 3.5, "totalReviewCount": 3}"""
ETSY_REVIEWS = """[{"reviewer": "Ana", "date_reviewed": "09/03/2026", "star_rating": 5, "message": "Bien", "order_id": 3301},
 {"reviewer": "Ana", "date_reviewed": "09/04/2026", "star_rating": 3, "message": "", "order_id": 3301},
 {"reviewer": "Ben", "date_reviewed": "09/04/2026", "star_rating": 0, "message": "?", "order_id": 3302}]"""


def event(
    name: str, second: int, visitor: str = "v1", session: int | None = 1, day: str = "20260901", user: str | None = None, **more: object
) -> dict[str, object]:
    """One row of the BigQuery export; parameters are pairs of a key and a value with a place for each type."""
    params = [{"key": "ga_session_id", "value": {"string_value": None, "int_value": session}}] if session else []
    params += [
        {"key": key, "value": {"string_value": value, "int_value": None}}
        for key, value in more.items()
        if key in ("source", "medium", "session_engaged", "currency")
    ]
    micros = 1788220800000000 + second * 1000000
    ecommerce = {"transaction_id": more.get("number"), "purchase_revenue": more.get("revenue")}
    return {
        "event_date": day, "event_timestamp": micros, "event_name": name, "event_params": params, "user_id": user, "user_pseudo_id": visitor,
        "device": {"category": "mobile", "web_info": {"browser": "Firefox"}}, "geo": {"country": "France", "city": "(not set)"},
        "traffic_source": {"medium": "organic", "name": "(organic)", "source": "google"}, "stream_id": 7, "ecommerce": ecommerce, "items": [],
    }  # fmt: skip


EVENTS = [
    event("session_start", 0, source="google", medium="cpc", session_engaged="1"),
    event("page_view", 1),
    event("purchase", 60, number="T1", revenue=80.5, currency="EUR"),
    event("purchase", 61, number="T1", revenue=80.5, currency="EUR"),  # told twice
    event("purchase", 100000, session=2, day="20260902", number="T1", revenue=80.5, currency="EUR"),  # and once more the day after
    event("first_visit", 5, visitor="v2", session=1, user="ana@exemple.fr", source="newsletter", medium="email"),  # the same session number, another person
    event("page_view", 86400, visitor="v2", session=1, day="20260902", user="ana@exemple.fr"),  # a session over midnight
    event("purchase", 86410, visitor="v2", session=1, day="20260902", number="T2", revenue=19.5, currency="EUR"),
    event("page_view", 7, visitor="v3", session=None),  # without consent
]
SESSIONS = [
    {"fullVisitorId": "00012", "visitId": 5, "visitNumber": 1, "visitStartTime": 1501571408, "date": "20170801", "channelGrouping": "Social", "totals": totals,
     "device": {"deviceCategory": "desktop"}, "geoNetwork": {"country": "France"}, "trafficSource": {"source": "(direct)"}, "hits": [{"hitNumber": 1}]}
    for totals in (
        {"visits": 1, "pageviews": 3, "timeOnSite": 60, "bounces": None, "newVisits": 1, "transactions": 1, "transactionRevenue": 80500000},
    )
]  # fmt: skip


def _lines(rows: list[str], end: str = "\n") -> str:
    return end.join(rows) + end


def _utf16(text: str) -> bytes:
    return codecs.BOM_UTF16_LE + text.encode("utf-16-le")


TWINS = [
    Twin("matomo.report", "report.csv", _utf16(_lines([MATOMO_HEADER, *MATOMO_DAYS]))),
    Twin("matomo.visits_log", "visits.csv", _utf16(_lines(MATOMO_LOG))),
    Twin("matomo.scheduled", "Boutique - September 2026 - Rapport.csv", MATOMO_SCHEDULED),
    Twin("ga4.ui", "snapshot.csv", GA4_SNAPSHOT),
    Twin("zendesk.tickets", "tickets.csv", _lines(ZENDESK)),
    Twin("typeform.responses", "responses.csv", _lines(TYPEFORM)),
    Twin("trustpilot.reviews", "reviews.csv", codecs.BOM_UTF8 + _lines(TRUSTPILOT).encode()),
    Twin("instagram.posts", "instagram.csv", codecs.BOM_UTF8 + _lines(INSTAGRAM).encode()),
    Twin("facebook.posts", "facebook.csv", codecs.BOM_UTF8 + _lines(FACEBOOK).encode()),
    Twin("meta.daily_metric", "Reach.csv", _utf16(DAILY_REACH)),
    Twin("tiktok.posts", "content.csv", _lines(TIKTOK)),
    Twin("youtube.videos", "Table data.csv", _lines(YOUTUBE)),
    Twin("surveymonkey.responses", "survey.csv", SURVEYMONKEY),
    Twin("delighted.responses", "delighted.json", DELIGHTED),
    Twin("google_business.reviews", "reviews.json", GOOGLE_REVIEWS),
    Twin("etsy.reviews", "etsy.json", ETSY_REVIEWS),
    Twin("ga4.bigquery", "events_20260901.json", "".join(json.dumps(row) + "\n" for row in EVENTS)),
    Twin("ga.universal", "ga_sessions_20170801.json", "".join(json.dumps(row) + "\n" for row in SESSIONS)),
]
