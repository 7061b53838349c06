"""What a file of unknown layout can be, and the fields that each kind has: the vocabulary of the assistant that writes profiles.

A field is a working name of the profile to be written. Its words are how headers call it (`learn_words`); the headers of the known profiles
are added to them where the suggestions are made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from kpi_core.config.model import Text
from kpi_core.sources.learning.words import ANSWERS, CHANNELS, DEVICES, FULFILMENTS, LEADS, MOMENTS, STATUSES, words_for
from kpi_core.sources.profiles.language import ColumnType


@dataclass(frozen=True)
class Field:
    """`name`: the working name. `feeds`: the column of a dataset, for people. `constant`: may be one text for the whole file instead of a
    column; `only` are then the texts allowed. `values`: spellings of an enumeration; `other` as in the language of profiles."""

    name: str
    label: Text
    as_: ColumnType
    feeds: str
    words: tuple[str, ...] = ()
    needed: bool = False
    constant: bool = False
    only: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    other: Literal["keep", "null", "reject"] = "keep"


@dataclass(frozen=True)
class Kind:
    """`one_of`: groups of fields of which each needs one. `settings`: what is chosen once for the file, see `SETTINGS`."""

    id: str
    label: Text
    fields: tuple[Field, ...]
    one_of: tuple[tuple[str, ...], ...] = ()
    settings: tuple[str, ...] = ()

    def field(self, name: str) -> Field | None:
        return next((item for item in self.fields if item.name == name), None)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(item.name for item in self.fields)


@dataclass(frozen=True)
class Setting:
    """A choice about the whole file; the first option is taken where nothing is said. No options: free text."""

    id: str
    label: Text
    options: tuple[str, ...] = ()


SETTINGS = {
    item.id: item
    for item in (
        Setting("tax", Text(en="tax in the amounts", fr="taxe dans les montants"), ("included", "excluded")),
        Setting("vat", Text(en="VAT rate, % (where no column has the VAT)", fr="taux de TVA, % (si aucune colonne n'a la TVA)")),
        Setting("orders", Text(en="id of the profile of the orders", fr="identifiant du profil des commandes")),
    )
}


def _field(name: str, en: str, fr: str, as_: ColumnType, feeds: str, **more: object) -> Field:
    return Field(name, Text(en=en, fr=fr), as_, feeds, **more)  # type: ignore[arg-type]


def _kind(id: str, en: str, fr: str, *fields: Field, one_of: tuple[tuple[str, ...], ...] = (), settings: tuple[str, ...] = ()) -> Kind:
    return Kind(id, Text(en=en, fr=fr), tuple(replace(item, words=words_for(id, item.name)) for item in fields), one_of, settings)


_CHANNELS = ("store", "web", "app", "marketplace", "popup", "email", "social", "phone")
KINDS: tuple[Kind, ...] = (
    _kind(
        "lines", "order or till ticket lines", "lignes de commande ou de ticket",
        _field("number", "order or ticket number", "numéro de commande ou de ticket", "id", "orders.order_id", needed=True),
        _field("day", "date (and time)", "date (et heure)", "date", "orders.placed_on", needed=True),
        _field("amount", "amount of the line", "montant de la ligne", "money", "order_lines.net", needed=True),
        _field("channel", "channel", "canal", "enum", "orders.channel", needed=True, constant=True, only=_CHANNELS, values=CHANNELS),
        _field("sku", "article (code)", "article (code)", "text", "order_lines.sku"),
        _field("title", "article (name)", "article (nom)", "text", "order_lines.title"),
        _field("quantity", "quantity", "quantité", "number", "order_lines.quantity"),
        _field("clock", "time, in a column of its own", "heure, dans sa colonne", "time", "orders.placed_at"),
        _field("unit_price", "price of one", "prix unitaire", "money", "order_lines.unit_price"),
        _field("discount", "discount", "remise", "money", "order_lines.discount"),
        _field("tax", "VAT (amount)", "TVA (montant)", "money", "order_lines.tax"),
        _field("order_total", "total of the order, on each line", "total de la commande, sur chaque ligne", "money", "orders.total"),
        _field("category", "category", "catégorie", "text", "order_lines.category"),
        _field("store", "store", "magasin", "text", "orders.store", constant=True),
        _field("till", "till (where tickets count by till)", "caisse (si les tickets sont numérotés par caisse)", "text", "orders.order_id"),
        _field("currency", "currency", "devise", "currency", "orders.currency", constant=True),
        _field("status", "status", "statut", "enum", "orders.status", values=STATUSES, other="null"),
        _field("fulfilment", "delivery or collection", "livraison ou retrait", "enum", "orders.fulfilment", values=FULFILMENTS),
        _field("email", "customer's e-mail", "e-mail du client", "email", "customer_key"),
        _field("card", "loyalty card", "carte de fidélité", "text", "customer_key"),
        _field("customer", "customer number", "numéro de client", "text", "customer_key"),
        _field("country", "country", "pays", "text", "orders.country"),
        one_of=(("sku", "title"),),
        settings=("tax", "vat"),
    ),
    _kind(
        "orders", "orders, a row each", "commandes, une ligne chacune",
        _field("number", "order number", "numéro de commande", "id", "orders.order_id", needed=True),
        _field("day", "date (and time)", "date (et heure)", "date", "orders.placed_on", needed=True),
        _field("total", "total charged", "total payé", "money", "orders.total"),
        _field("net", "goods, after discount", "marchandises, remise déduite", "money", "orders.net"),
        _field("channel", "channel", "canal", "enum", "orders.channel", needed=True, constant=True, only=_CHANNELS, values=CHANNELS),
        _field("clock", "time, in a column of its own", "heure, dans sa colonne", "time", "orders.placed_at"),
        _field("discount", "discount", "remise", "money", "orders.discount"),
        _field("shipping", "shipping charged", "frais de port", "money", "orders.shipping"),
        _field("tax", "VAT (amount)", "TVA (montant)", "money", "orders.tax"),
        _field("refunded", "refunded", "remboursé", "money", "orders.refunded"),
        _field("items", "number of articles", "nombre d'articles", "number", "order_lines.quantity"),
        _field("store", "store", "magasin", "text", "orders.store", constant=True),
        _field("currency", "currency", "devise", "currency", "orders.currency", constant=True),
        _field("status", "status", "statut", "enum", "orders.status", values=STATUSES, other="null"),
        _field("fulfilment", "delivery or collection", "livraison ou retrait", "enum", "orders.fulfilment", values=FULFILMENTS),
        _field("email", "customer's e-mail", "e-mail du client", "email", "customer_key"),
        _field("card", "loyalty card", "carte de fidélité", "text", "customer_key"),
        _field("customer", "customer number", "numéro de client", "text", "customer_key"),
        _field("country", "country", "pays", "text", "orders.country"),
        _field("device", "device", "appareil", "enum", "orders.device", values=DEVICES),
        _field("source", "source or campaign group", "source ou groupe", "text", "orders.source_detail"),
        one_of=(("total", "net"),),
        settings=("tax", "vat"),
    ),
    _kind(
        "returns", "returns", "retours",
        _field("number", "order number", "numéro de commande", "id", "returns.order_id"),
        _field("day", "day of the return", "jour du retour", "date", "returns.returned_on", needed=True),
        _field("amount", "amount given back", "montant rendu", "money", "returns.amount"),
        _field("quantity", "quantity", "quantité", "number", "returns.quantity"),
        _field("id", "number of the return", "numéro du retour", "id", "returns.return_id"),
        _field("sku", "article (code)", "article (code)", "text", "returns.sku"),
        _field("category", "category", "catégorie", "text", "returns.category"),
        _field("sold_on", "day of the sale", "jour de la vente", "date", "returns.sold_on"),
        _field("reason", "reason", "motif", "text", "returns.reason"),
        _field("tax", "VAT (amount)", "TVA (montant)", "money", "returns.amount"),
        _field("channel", "channel", "canal", "enum", "returns.channel", constant=True, only=_CHANNELS, values=CHANNELS),
        _field("store", "store", "magasin", "text", "returns.store", constant=True),
        _field("currency", "currency", "devise", "currency", "returns.currency", constant=True),
        _field("email", "customer's e-mail", "e-mail du client", "email", "customer_key"),
        _field("card", "loyalty card", "carte de fidélité", "text", "customer_key"),
        _field("customer", "customer number", "numéro de client", "text", "customer_key"),
        one_of=(("amount", "quantity"),),
        settings=("tax", "vat", "orders"),
    ),
    _kind(
        "stock", "stock count", "stocks",
        _field("sku", "article (code)", "article (code)", "text", "stock.sku", needed=True),
        _field("on_hand", "on hand", "en stock", "number", "stock.on_hand", needed=True),
        _field("location", "place", "lieu", "text", "stock.location", needed=True, constant=True),
        _field("day", "day of the count (else that of the file)", "jour du comptage (sinon celui du fichier)", "date", "stock.day"),
        _field("unit_cost", "cost of one", "coût unitaire", "money", "stock.unit_cost"),
        _field("currency", "currency", "devise", "currency", "stock.currency", constant=True),
    ),
    _kind(
        "products", "products and unit costs", "produits et coûts d'achat",
        _field("sku", "article (code)", "article (code)", "text", "products.sku", needed=True),
        _field("title", "article (name)", "article (nom)", "text", "products.title"),
        _field("category", "category", "catégorie", "text", "products.category"),
        _field("brand", "brand", "marque", "text", "products.brand"),
        _field("price", "selling price", "prix de vente", "money", "products.price"),
        _field("cost", "unit cost", "coût d'achat", "money", "product_costs.unit_cost"),
        _field("valid_from", "cost valid from", "coût valable depuis", "date", "product_costs.valid_from"),
        _field("currency", "currency", "devise", "currency", "products.currency", constant=True),
        one_of=(("title", "category", "brand", "price", "cost"),),
    ),
    _kind(
        "spend", "advertising spend", "dépenses publicitaires",
        _field("day", "day", "jour", "date", "ad_spend.period_start", needed=True),
        _field("cost", "spend", "dépense", "money", "ad_spend.spend", needed=True),
        _field("campaign", "campaign", "campagne", "text", "ad_spend.campaign", needed=True, constant=True),
        _field("platform", "platform", "plateforme", "text", "ad_spend.platform", needed=True, constant=True),
        _field("source", "kind of advertising (Paid Search …)", "type de publicité (Paid Search …)", "text", "ad_spend.source", needed=True, constant=True),
        _field("impressions", "impressions", "impressions", "int", "ad_spend.impressions"),
        _field("clicks", "clicks", "clics", "int", "ad_spend.clicks"),
        _field("conversions", "conversions", "conversions", "number", "ad_spend.conversions"),
        _field("value", "value of the conversions", "valeur des conversions", "money", "ad_spend.conversion_value"),
        _field("currency", "currency", "devise", "currency", "ad_spend.currency", constant=True),
    ),
    _kind(
        "visits", "store visits (door counter)", "entrées en magasin (compteur)",
        _field("day", "day", "jour", "date", "store_visits.day", needed=True),
        _field("visitors", "visitors", "entrées", "int", "store_visits.visitors", needed=True),
        _field("store", "store", "magasin", "text", "store_visits.store", needed=True, constant=True),
        _field("hour", "hour", "heure", "text", "store_visits.hour"),
    ),
    _kind(
        "traffic", "site traffic by day", "fréquentation du site par jour",
        _field("day", "day", "jour", "date", "traffic.period_start", needed=True),
        _field("sessions", "visits", "visites", "int", "traffic.sessions"),
        _field("users", "visitors", "visiteurs", "int", "traffic.users"),
        _field("new_users", "new visitors", "nouveaux visiteurs", "int", "traffic.new_users"),
        _field("views", "pages seen", "pages vues", "int", "traffic.views"),
        _field("carts", "carts", "paniers", "int", "traffic.carts"),
        _field("purchases", "purchases", "achats", "int", "traffic.purchases"),
        _field("bounce_rate", "bounce rate", "taux de rebond", "ratio", "traffic.bounce_rate"),
        _field("source", "source or campaign group", "source ou groupe", "text", "traffic.source", constant=True),
        _field("device", "device", "appareil", "enum", "traffic.device", values=DEVICES),
        _field("country", "country", "pays", "text", "traffic.country"),
        _field("channel", "channel", "canal", "enum", "traffic.channel", constant=True, only=_CHANNELS, values=CHANNELS),
        one_of=(("sessions", "users", "views", "purchases", "carts"),),
    ),
    _kind(
        "surveys", "survey answers", "réponses aux enquêtes",
        _field("day", "day", "jour", "date", "feedback.answered_on", needed=True),
        _field("score", "score", "note", "number", "feedback.score", needed=True),
        _field("kind", "question (nps 0-10, csat 1-5)", "question (nps 0-10, csat 1-5)", "enum", "feedback.kind",
               needed=True, constant=True, only=("nps", "csat"), values=ANSWERS, other="reject"),
        _field("timing", "moment (hot: at once, cold: later)", "moment (hot : à chaud, cold : à froid)", "enum", "feedback.timing",
               needed=True, constant=True, only=("hot", "cold"), values=MOMENTS, other="reject"),
        _field("id", "number of the answer", "numéro de réponse", "id", "feedback.feedback_id"),
        _field("channel", "channel", "canal", "enum", "feedback.channel", constant=True, only=_CHANNELS, values=CHANNELS),
        _field("store", "store", "magasin", "text", "feedback.store", constant=True),
        _field("country", "country", "pays", "text", "feedback.country"),
        _field("number", "order number", "numéro de commande", "text", "feedback.order_ref"),
        _field("email", "customer's e-mail", "e-mail du client", "email", "customer_key"),
    ),
    _kind(
        "leads", "leads", "demandes (leads)",
        _field("day", "day", "jour", "date", "leads.created_on", needed=True),
        _field("status", "status", "statut", "enum", "leads.status",
               needed=True, constant=True, only=("new", "contacted", "open", "qualified", "won", "lost"), values=LEADS),
        _field("id", "number of the lead", "numéro de la demande", "id", "leads.lead_id"),
        _field("channel", "channel", "canal", "enum", "leads.channel", constant=True, only=_CHANNELS, values=CHANNELS),
        _field("source", "source or campaign group", "source ou groupe", "text", "leads.source", constant=True),
        _field("device", "device", "appareil", "enum", "leads.device", values=DEVICES),
        _field("country", "country", "pays", "text", "leads.country"),
        _field("won_on", "day it was won", "jour du gain", "date", "leads.won_on"),
        _field("email", "customer's e-mail", "e-mail du client", "email", "customer_key"),
    ),
    _kind(
        "social", "social network figures", "chiffres des réseaux sociaux",
        _field("day", "day", "jour", "date", "social_stats.day", needed=True),
        _field("network", "network", "réseau", "text", "social_stats.network", needed=True, constant=True),
        _field("followers", "followers", "abonnés", "int", "social_stats.followers"),
        _field("mentions", "mentions", "mentions", "int", "social_stats.mentions"),
        _field("reach", "reach", "portée", "int", "social_stats.reach"),
        _field("interactions", "interactions", "interactions", "int", "social_stats.interactions"),
        _field("comments", "comments", "commentaires", "int", "social_stats.comments"),
        _field("negative", "negative comments", "commentaires négatifs", "int", "social_stats.negative_comments"),
        one_of=(("followers", "mentions", "reach", "interactions", "comments", "negative"),),
    ),
    _kind(
        "deliveries", "deliveries and collections", "livraisons et retraits",
        _field("number", "order number, as people write it", "numéro de commande, tel qu'écrit", "id", "fulfilments.order_id", needed=True),
        _field("delivered", "delivered", "livré", "date", "fulfilments.delivered_on"),
        _field("collected", "collected in store", "retiré en magasin", "date", "fulfilments.collected_on"),
        _field("shipped", "shipped", "expédié", "date", "fulfilments.shipped_on"),
        _field("promised", "promised", "promis", "date", "fulfilments.promised_on"),
        _field("carrier", "carrier", "transporteur", "text", "fulfilments.carrier"),
        _field("store", "store", "magasin", "text", "fulfilments.store", constant=True),
        _field("channel", "channel", "canal", "enum", "fulfilments.channel", constant=True, only=_CHANNELS, values=CHANNELS),
        one_of=(("delivered", "collected", "shipped"),),
    ),
    _kind(
        "stores", "stores", "magasins",
        _field("store", "code, as sales name the store", "code, tel que les ventes le nomment", "text", "stores.store", needed=True),
        _field("name", "name", "nom", "text", "stores.name", needed=True),
        _field("city", "city", "ville", "text", "stores.city"),
        _field("country", "country", "pays", "text", "stores.country"),
        _field("channel", "channel", "canal", "enum", "stores.channel", constant=True, only=_CHANNELS, values=CHANNELS),
        _field("opened", "opened", "ouvert le", "date", "stores.opened_on"),
        _field("closed", "closed", "fermé le", "date", "stores.closed_on"),
    ),
    _kind(
        "rates", "exchange rates", "taux de change",
        _field("day", "day", "jour", "date", "fx_rates.day", needed=True),
        _field("currency", "currency", "devise", "currency", "fx_rates.currency", needed=True, constant=True),
        _field("base", "for one of", "pour une unité de", "currency", "fx_rates.base", needed=True, constant=True),
        _field("rate", "rate", "taux", "ratio", "fx_rates.rate", needed=True),
    ),
)  # fmt: skip
BY_ID = {kind.id: kind for kind in KINDS}
