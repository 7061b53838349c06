"""How headers and cells call things in English, French and German, without case and accents: what the assistant for unknown layouts goes by.

`WORDS`: by field, or by `kind.field` where a kind of file has words of its own; the first of them are the most telling.
"""

from __future__ import annotations


def _spellings(**meanings: str) -> dict[str, str]:
    """Spelling -> what it means."""
    return {spelling: meaning for meaning, listed in meanings.items() for spelling in listed.split("|")}


CHANNELS = _spellings(
    store="magasin|boutique|store|shop|filiale|pos|caisse",
    web="web|site|online|en ligne|internet",
    app="app|application",
    marketplace="marketplace|place de marche",
    popup="popup|pop-up|ephemere",
    email="email|e-mail",
    social="social|reseaux sociaux",
    phone="telephone|phone",
)
STATUSES = _spellings(
    completed=(
        "completed|complete|paid|paye|payee|bezahlt|fulfilled|shipped|delivered|expedie|expediee|livre|livree|terminee|termine|validee"
        "|valide|cloture|cloturee|processing|en cours|en preparation|abgeschlossen|versendet|ok|done|closed|invoiced|facturee|sale|vente"
    ),
    pending="pending|on hold|on-hold|en attente|en attente de paiement|offen",
    cancelled="cancelled|canceled|annule|annulee|void|failed|echouee|storniert|refuse|refusee",
    refunded="refunded|rembourse|remboursee|erstattet",
    draft="draft|brouillon",
)
FULFILMENTS = _spellings(
    click_collect="retrait|retrait magasin|retrait en magasin|click & collect|click and collect|click_collect|pickup|store pickup|abholung",
    delivery="livraison|delivery|shipping|lieferung|versand",
    in_store="sur place|emporte|in_store|magasin",
    marketplace="marketplace",
    digital="digital",
)
DEVICES = _spellings(
    mobile="mobile|smartphone|telephone|handy",
    desktop="desktop|ordinateur|computer",
    tablet="tablet|tablette",
)
ANSWERS = _spellings(
    nps="nps",
    csat="csat|satisfaction",
)
MOMENTS = _spellings(
    hot="chaud|a chaud|hot",
    cold="froid|a froid|cold",
)
LEADS = _spellings(
    new="nouveau|new",
    contacted="contacte|contacted",
    open="en cours|ouvert|open",
    qualified="qualifie|qualified",
    won="gagne|won|converti|converted",
    lost="perdu|lost",
)
WORDS = {
    "amount": (
        "amount|montant|montant ttc|mt ttc|total ttc|ttc|total|line total|total ligne|montant ligne|betrag|summe|gesamt|brutto|net sales"
        "|net amount|montant ht|total ht|ca ttc|ca ht|ca|umsatz|sales|revenue|chiffre d'affaires|prix total|total price|subtotal|sous-total"
        "|montant net|netto|price total|gesamtbetrag"
    ),
    "base": "base|base currency|devise de base|from|basiswahrung",
    "bounce_rate": "bounce rate|taux de rebond|absprungrate|rebond",
    "brand": "brand|marque|vendor|hersteller|fabricant|fournisseur|marke",
    "campaign": "campaign|campagne|campaign name|nom de la campagne|kampagne",
    "card": "loyalty card|carte|carte fidelite|carte de fidelite|no carte|numero de carte|loyalty|kundenkarte|card number",
    "carrier": "carrier|transporteur|shipper|spediteur|versanddienst",
    "carts": "carts|add to carts|paniers|ajouts au panier|warenkorbe",
    "category": (
        "category|categorie|famille|rayon|warengruppe|kategorie|product type|type de produit|department|sous-famille|product category"
        "|collection"
    ),
    "channel": "channel|canal|kanal|sales channel|canal de vente|vertriebskanal",
    "city": "city|ville|ort|stadt|town",
    "clicks": "clicks|clics|klicks|link clicks|clics sur le lien",
    "clock": "time|heure|hour|uhrzeit|zeit|heure de vente",
    "closed": "closed|fermeture|date de fermeture|closing date|schliessung",
    "collected": "collected|retire|retire le|date de retrait|picked up|abgeholt",
    "comments": "comments|commentaires|kommentare",
    "conversions": "conversions|achats|purchases|results|resultats|konversionen",
    "cost": (
        "cost|cout|cout d'achat|cout unitaire|unit cost|prix d'achat|prix achat|prix de revient|pa ht|einkaufspreis|ek|cost per item"
        "|purchase price"
    ),
    "country": "country|pays|land|pays de livraison|shipping country|country code|code pays|billing country",
    "currency": "currency|devise|wahrung|currency code|code devise|monnaie",
    "customer": "customer id|id client|customer|client|code client|no client|numero client|kundennummer|kunde|customer code|buyer id",
    "day": (
        "date|jour|day|datum|tag|date de vente|date vente|order date|date commande|date de commande|created at|created|date creation"
        "|date heure|date et heure|datetime|horodatage|timestamp|date ticket|date du ticket|bestelldatum|sale date|transaction date"
        "|date operation|date facture|invoice date|vendu le|verkauft am|verkaufsdatum|sold on|le"
    ),
    "delivered": "delivered|livre|livre le|date de livraison|delivery date|delivered at|zugestellt|lieferdatum",
    "device": "device|appareil|gerat|device category|device type",
    "discount": "discount|remise|remises|reduction|rabatt|discounts|discount amount|montant remise|mt remise|lineitem discount",
    "email": "email|e-mail|mail|courriel|customer email|email client|adresse e-mail|adresse email|e mail",
    "followers": "followers|abonnes|fans|follower|total followers|nb abonnes",
    "fulfilment": "fulfilment|fulfillment|mode de livraison|livraison|delivery method|shipping method|mode|versandart|lieferart",
    "hour": "hour|heure|stunde|time|tranche horaire|creneau|uhrzeit",
    "id": "return id|id retour|no retour|numero de retour|rma|retoure|avoir|no avoir|credit note",
    "impressions": "impressions|impr|impr.|affichages|impressionen|views",
    "interactions": "interactions|engagement|engagements|interaktionen|reactions",
    "items": "items|articles|items sold|nb articles|nombre d'articles|quantity|quantite|qte|anzahl artikel|articles vendus",
    "kind": "kind|type|type d'enquete|survey type|question",
    "leads.id": "id|lead id|numero|no|ref|reference|lead|opportunity id",
    "leads.status": "status|statut|etat|state|stage|etape|phase",
    "location": (
        "store|magasin|boutique|shop|location|point de vente|pdv|lieu|etablissement|filiale|site|store name|nom du magasin|code magasin"
        "|agence|outlet|branch|warehouse|entrepot|depot|lager|lagerort|emplacement"
    ),
    "mentions": "mentions|erwahnungen|citations",
    "name": "name|nom|store name|nom du magasin|libelle|enseigne|bezeichnung",
    "negative": "negative comments|commentaires negatifs",
    "net": (
        "subtotal|sous-total|net|net sales|net total|ventes nettes|zwischensumme|montant ht|total ht|warenwert|total produits"
        "|products total|netto"
    ),
    "network": "network|reseau|platform|plateforme|netzwerk|reseau social",
    "new_users": "new users|nouveaux utilisateurs|new visitors|nouveaux visiteurs|neue nutzer",
    "number": (
        "order|commande|order id|order number|no commande|numero de commande|numero commande|ref commande|n de commande|ticket|no ticket"
        "|numero ticket|numero de ticket|n ticket|receipt|receipt number|transaction|transaction id|bestellnummer|bestellung|belegnummer"
        "|beleg|bon|bonnummer|facture|no facture|invoice|invoice number|rechnung|rechnungsnummer|order no|ordernumber|order name|piece"
        "|no piece"
    ),
    "on_hand": (
        "on hand|stock|qty|quantity|quantite|qte|en stock|stock disponible|available|disponible|bestand|lagerbestand|stock reel|inventory"
        "|qte stock"
    ),
    "opened": "opened|ouverture|date d'ouverture|opening date|eroffnung",
    "order_total": (
        "order total|total commande|total ticket|total ticket ttc|total de la commande|grand total|invoice total|total facture|bestellsumme"
        "|bonsumme"
    ),
    "platform": "platform|plateforme|network|reseau|regie|plattform|media",
    "price": "price|prix|prix de vente|pv ttc|prix ttc|verkaufspreis|preis|selling price|variant price|pvp",
    "promised": "promised|promis|date promise|estimated delivery|livraison prevue|date prevue|zugesagt",
    "purchases": "purchases|transactions|achats|orders|commandes|kaufe",
    "quantity": "qty|qte|quantity|quantite|menge|anzahl|units|unites|nombre|nb|lineitem quantity|stuck|pieces|qte vendue|quantite vendue|items sold",
    "rate": "rate|taux|kurs|exchange rate|cours|value|valeur",
    "rates.currency": "currency|devise|wahrung|currency code|code devise|monnaie|quote currency|to",
    "reach": "reach|portee|couverture|reichweite|accounts reached",
    "reason": "reason|motif|raison|grund|motif du retour|return reason",
    "refunded": "refunded|refund|refunded amount|rembourse|montant rembourse|erstattet",
    "returns.amount": (
        "refund|refund amount|rembourse|montant rembourse|erstattung|amount|montant|montant ttc|mt ttc|total ttc|ttc|total|line total"
        "|total ligne|montant ligne|betrag|summe|gesamt|brutto|net sales|net amount|montant ht|total ht|ca ttc|ca ht|ca|umsatz|sales"
        "|revenue|chiffre d'affaires|prix total|total price|subtotal|sous-total|montant net|netto|price total|gesamtbetrag"
    ),
    "returns.day": (
        "return date|date retour|date de retour|returned at|retour le|date|jour|day|datum|tag|date de vente|date vente|order date"
        "|date commande|date de commande|created at|created|date creation|date heure|date et heure|datetime|horodatage|timestamp"
        "|date ticket|date du ticket|bestelldatum|sale date|transaction date|date operation|date facture|invoice date|vendu le|verkauft am"
        "|verkaufsdatum|sold on|le"
    ),
    "score": "score|note|rating|recommendation|recommandation|nps|csat|satisfaction|bewertung|reponse|answer|how likely are you to recommend us",
    "sessions": "sessions|visits|visites|sitzungen|besuche|seances",
    "shipped": "shipped|expedie|expedie le|date d'expedition|ship date|shipped at|versendet|versanddatum",
    "shipping": (
        "shipping|frais de port|port|livraison|versandkosten|versand|shipping cost|shipping amount|frais de livraison|delivery fee"
        "|transport"
    ),
    "sku": (
        "sku|ref|reference|ref article|reference article|code article|article|item|item code|product id|code produit|code barre|code-barres"
        "|ean|gtin|barcode|artikel|artikelnummer|artikelnr|art nr|product code|variant sku|lineitem sku|plu"
    ),
    "sold_on": "order date|date commande|date de commande|date de vente|sold on",
    "source": "source|medium|origine|origin|channel group|groupe de canaux|quelle|source medium|traffic source|utm source|provenance",
    "spend.cost": "cost|cout|spend|depense|depenses|amount spent|montant depense|kosten|budget depense|ausgaben",
    "status": "status|statut|etat|state|order status|statut de la commande|financial status|bestellstatus",
    "stock.day": (
        "date|jour|day|datum|tag|date de vente|date vente|order date|date commande|date de commande|created at|created|date creation"
        "|date heure|date et heure|datetime|horodatage|timestamp|date ticket|date du ticket|bestelldatum|sale date|transaction date"
        "|date operation|date facture|invoice date|vendu le|verkauft am|verkaufsdatum|sold on|le|date inventaire|stock date|stichtag"
    ),
    "store": (
        "store|magasin|boutique|shop|location|point de vente|pdv|lieu|etablissement|filiale|site|store name|nom du magasin|code magasin"
        "|agence|outlet|branch"
    ),
    "stores.store": (
        "code|code magasin|store code|id|store id|store|magasin|boutique|shop|location|point de vente|pdv|lieu|etablissement|filiale|site"
        "|store name|nom du magasin|agence|outlet|branch"
    ),
    "surveys.id": "id|response id|id reponse|respondent id|numero|token|antwort id|#",
    "tax": "tax|taxes|tva|vat|mwst|ust|steuer|montant tva|mt tva|vat amount|tax amount|sales tax|total tva|dont tva|taxe",
    "till": "till|caisse|register|kasse|terminal|no caisse|pos",
    "timing": "timing|moment|chaud froid",
    "title": (
        "title|titre|designation|libelle|libelle article|description|produit|product|product name|nom du produit|item name|lineitem name"
        "|name|nom article|bezeichnung|artikelbezeichnung|artikelname|produktname"
    ),
    "total": (
        "total|total ttc|grand total|montant total|order total|total de la commande|total commande|amount|montant|montant ttc|gesamtbetrag"
        "|gesamt|summe|total paid|total paye"
    ),
    "unit_cost": (
        "cost|cout|cout d'achat|cout unitaire|unit cost|prix d'achat|prix achat|prix de revient|pa ht|einkaufspreis|ek|cost per item"
        "|purchase price"
    ),
    "unit_price": "unit price|prix unitaire|pu|pu ttc|prix|price|einzelpreis|stuckpreis|lineitem price|prix ttc|prix u|preis|pu ht",
    "users": "users|total users|utilisateurs|visitors|visiteurs|nutzer|besucher|unique visitors|visiteurs uniques",
    "valid_from": "valid from|depuis|debut|date debut|date d'effet|gultig ab|from|date tarif",
    "value": "conversion value|conv. value|valeur de conversion|valeur des conversions|purchase value|revenue",
    "views": "views|page views|pageviews|pages vues|vues|aufrufe|seitenaufrufe",
    "visitors": "visitors|entrees|visiteurs|visits|in|count|entries|passages|besucher|footfall|comptage|nb entrees|frequentation",
    "won_on": "won on|won date|date de gain|gagne le|closed on|close date|date de signature",
}


def words_for(kind: str, field: str) -> tuple[str, ...]:
    return tuple(WORDS.get(f"{kind}.{field}", WORDS[field]).split("|"))
