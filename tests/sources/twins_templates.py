"""Made-up files of the templates of omnigap, of the layouts of published data, and of two files that others stand on."""

from __future__ import annotations

import csv
import io

from source_files import TICKET_HEADER, TICKETS, more, order, shopify
from twins import Twin


def _table(header: str, *rows: str, sign: str = ";") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=sign, lineterminator="\n").writerows([header.split(";"), *(row.split(";") for row in rows)])
    return out.getvalue()


TWINS = [
    Twin("omnigap.tickets", "tickets.csv", "\n".join([TICKET_HEADER, *TICKETS]) + "\n"),
    Twin("shopify.orders", "orders_export_2.csv", shopify([
        order("#1", Subtotal="45.50", Total="50.50", Shipping="5.00", Discount_Amount="4.50", Lineitem_quantity="2", Note_Attributes="a: 1\nb: 2"),
        more("#1", "1", "Vase, large", "10.00"), order("#2", Cancelled_at="2026-04-04 10:00:00 +0200"), order("#3", Lineitem_sku="'75008"),
    ])),
    Twin("omnigap.costs", "couts.csv", _table("ARTICLE;DEBUT;COUT;DEVISE", "A;13/02/2026;1 037,90;EUR", "B;14/02/2026;3,50;EUR", "A;13/02/2026;1 040,00;EUR")),
    Twin("omnigap.products", "products.csv", _table("sku;title;category;price", "A;Lamp, tall;Light;12.50", "B;Été;Light;1234.95", sign=",")),
    Twin("omnigap.stores", "magasins.csv", _table("MAGASIN;NOM;CANAL;VILLE;PAYS", "P1;Pop;Éphémère;Paris;FR", "L1;Lyon;Magasin;Lyon;FR")),
    Twin("omnigap.visits", "entrees.csv", _table("MAGASIN;DATE;HEURE;ENTREES", "P1;13/02/2026;9h;1 204", "P1;13/02/2026;10h;88", "P1;;11h;7")),
    Twin("omnigap.surveys", "avis.csv", _table("ID_REPONSE;TYPE;NOTE;MOMENT;DATE;MAGASIN", "R1;NPS;9;À chaud;13/02/2026;P1", "R2;CSAT;3;À froid;14/02/2026;P1")),
    Twin("omnigap.stock", "stock.tsv", _table("date;location;sku;on hand", "2026-02-13;P1;A;1.5", "2026-02-13;P1;B;-2", sign="\t")),
    Twin("omnigap.leads", "prospects.csv", _table("ID;DATE;CANAL;STATUT", "L1;13/02/2026;Web;Gagné", "L2;14/02/2026;Magasin;Perdu")),
    Twin("omnigap.spend", "spend.csv", _table("date;platform;campaign;source;cost;currency", "2026-02-13;P;C, autumn;Email;16,26;EUR", "2026-02-14;P;C;Email;1 020,50;EUR")),
    Twin("omnigap.social", "reseaux.csv", _table("DATE;RESEAU;ABONNES;MENTIONS", "13/02/2026;Insta;18213;8", "14/02/2026;Insta;18220;")),
    Twin("omnigap.touches", "contacts.csv", _table("ID;DATE;HEURE;CANAL;EMAIL", "T1;13/02/2026;08:45;web;A@B.fr", "T2;13/02/2026;09:10;magasin;")),
    Twin("omnigap.experiments", "tests.csv", _table(
        "EXPERIENCE;VARIANTE;TEMOIN;DATE;EXPOSES;CONVERSIONS", "E;A;oui;13/02/2026;328;100", "E;B;non;13/02/2026;331;120")),
    Twin("omnigap.deliveries", "livraisons.csv", _table("COMMANDE;CANAL;EXPEDIE;LIVRE", "#1;web;13/02/2026;15/02/2026", "#2;web;14/02/2026;")),
    Twin("omnigap.rates", "taux.csv", _table("DATE;DEVISE;BASE;TAUX", "13/02/2026;USD;EUR;1,0812", "13/02/2026;GBP;EUR;0,8455")),
    Twin("contoso.fx", "fx.csv", _table("date;from_currency;to_currency;exchange", "2026-02-13;EUR;USD;1.0812", "2026-02-14;EUR;USD;1.0815", sign=",")),
    Twin("uci.online_retail", "retail.csv", _table(
        "InvoiceNo;StockCode;Description;Quantity;InvoiceDate;UnitPrice;CustomerID;Country",
        "536365;85123A;LAMP;6;2010-12-01 08:26:00;2.55;17850;France", "536365;85123A;LAMP;6;2010-12-01 08:26:00;2.55;17850;France",
        "C536366;85123A;LAMP;-1;2010-12-02 08:26:00;2.55;17850;France", "536367;POST;POSTAGE;1;2010-12-02 09:26:00;18.00;;France", sign=",")),
    Twin("mailchimp.audience", "subscribed_members.csv", _table(
        "Email Address;First Name;OPTIN_TIME;CONFIRM_TIME;LEID;EUID;CC", "ana@exemple.fr;Ana;2026-09-01 10:00:00;2026-09-01 10:01:00;1;e1;fr",
        "bob@exemple.fr;Bob;;;2;e2;", sign=",")),
]  # fmt: skip
