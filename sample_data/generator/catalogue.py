"""Maison Lumen's stores and its 300 products."""

from __future__ import annotations

import random
import unicodedata
from dataclasses import dataclass

VAT = 20  # per cent, in every price


@dataclass(frozen=True)
class Store:
    """A store or pop-up. `code` is what its till or terminal writes; `weight` its share of store tickets."""

    code: str
    name: str
    city: str
    folder: str
    weight: float
    channel: str = "store"


STORES = (
    Store("PAR01", "Paris Rivoli", "Paris", "paris_rivoli", 0.24),
    Store("LYO01", "Lyon Part-Dieu", "Lyon", "lyon_part_dieu", 0.17),
    Store("LIL01", "Lille Centre", "Lille", "lille_centre", 0.12),
    Store("BDX01", "Bordeaux", "Bordeaux", "bordeaux", 0.11),
    Store("NTE01", "Nantes", "Nantes", "nantes", 0.09),
    Store("TLS01", "Toulouse", "Toulouse", "toulouse", 0.1),
    Store("NCE01", "Nice", "Nice", "nice", 0.09),
    Store("SXB01", "Strasbourg", "Strasbourg", "strasbourg", 0.08),
)
POPUPS = (
    Store("Pop-up Marais", "Pop-up Marais", "Paris", "marais", 0.65, "popup"),
    Store("Pop-up Annecy", "Pop-up Annecy", "Annecy", "annecy", 0.35, "popup"),
)
MARKETPLACE = "Galerie Française"
WAREHOUSE = "Entrepôt Orléans"


@dataclass(frozen=True)
class Product:
    """One sku. Money in cents: `price` includes VAT, `cost` does not. `handle` groups the sizes of one product."""

    sku: str
    handle: str
    title: str
    size: str
    category: str
    brand: str
    price: int
    cost: int
    weight: float
    return_rate: float

    @property
    def label(self) -> str:
        """As the till prints it."""
        return f"{self.title} {self.size}".strip()


# category: code, share of units, lowest and highest price, units returned per unit sold, kinds of product
CATEGORIES: dict[str, tuple[str, float, int, int, float, tuple[str, ...]]] = {
    "Luminaires": ("LUM", 0.13, 35, 95, 0.075, ("Lampe de chevet", "Suspension", "Applique", "Lampadaire", "Lampe à poser")),
    "Textile de maison": ("TEX", 0.18, 17, 65, 0.07, ("Housse de coussin", "Plaid", "Parure de lit", "Rideau occultant", "Drap de bain")),
    "Décoration": ("DEC", 0.22, 12, 49, 0.065, ("Vase", "Miroir", "Bougie parfumée", "Cadre photo", "Panier tressé")),
    "Arts de la table": ("TAB", 0.19, 8, 39, 0.055, ("Assiette creuse", "Théière", "Carafe", "Saladier", "Bol en grès")),
    "Mode femme": ("MOD", 0.14, 29, 89, 0.17, ("Chemise", "Robe", "Pull", "Jupe", "Veste")),
    "Accessoires": ("ACC", 0.14, 9, 45, 0.095, ("Écharpe", "Cabas", "Ceinture", "Bonnet", "Pochette")),
}
_RANGES = ("Céleste", "Aurore", "Écume", "Forêt", "Garrigue", "Minéral", "Cœur de lin", "Dune", "Été indien", "Givre")
_BRANDS = ("Maison Lumen", "Maison Lumen", "Atelier Noé", "Côté Sud", "Filature du Nord")


def slug(text: str) -> str:
    """Lower-case ASCII with dashes, as a shop makes of a title."""
    plain = unicodedata.normalize("NFKD", text.replace("œ", "oe")).encode("ascii", "ignore").decode()
    return "-".join("".join(c if c.isalnum() else " " for c in plain.lower()).split())


def products() -> list[Product]:
    """The 300 skus in a fixed order. The last ten of Mode femme are five products in two sizes."""
    rng = random.Random("lumen:catalogue")
    out: list[Product] = []
    for category, (code, share, low, high, returned, kinds) in CATEGORIES.items():
        weights = [1 / (3 + rank) ** 0.7 for rank in range(50)]
        rng.shuffle(weights)
        for n in range(50):
            sized = code == "MOD" and n >= 40
            model = 40 + (n - 40) // 2 if sized else n
            title = f"{kinds[model % 5]} {_RANGES[model // 5]}"
            euro = low + (high - low) * rng.random() ** 1.6
            price = int(euro) * 100 + 90
            if sized and n % 2:  # both sizes of a product cost the same
                price = out[-1].price
            cost = round(price / 1.2 * (0.438 + 0.1 * rng.random()))
            size = ("S" if n % 2 == 0 else "M") if sized else ""
            weight = share * weights[n] / sum(weights)
            out.append(Product(f"ML-{code}-{n + 1:03d}", slug(title), title, size, category, rng.choice(_BRANDS), price, cost, weight, returned))
    return out
