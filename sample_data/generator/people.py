"""Made-up customers and when each of them comes back."""

from __future__ import annotations

import heapq
import random
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from sample_data.generator.catalogue import STORES, slug
from sample_data.generator.files import words

_FIRST = words(
    "Camille Léa Manon Chloé Inès Jade Louise Alice Lina Emma Rose Anna Mila Zoé Juliette Agathe Margaux Élise Noémie Clara Hugo Louis Arthur Jules Adam "
    "Lucas Gabriel Raphaël Paul Nathan Théo Tom Noah Ethan Sacha Antoine Maxime Victor Rémi Émile"
)
_LAST = words(
    "Martin Bernard Petit Robert Richard Durand Dubois Moreau Laurent Simon Michel Lefèvre Leroy Roux David Bertrand Morel Fournier Girard Bonnet Dupont "
    "Lambert Fontaine Rousseau Vincent Muller Faure André Mercier Blanc Guérin Boyer Garnier Chevalier François Legrand Gauthier Garcia Perrin Robin"
)
CITIES = {
    "FR": (("75011", "Paris"), ("69003", "Lyon"), ("59000", "Lille"), ("33000", "Bordeaux"), ("44000", "Nantes"), ("31000", "Toulouse"), ("06000", "Nice"),
           ("67000", "Strasbourg"), ("35000", "Rennes"), ("13006", "Marseille"), ("34000", "Montpellier"), ("38000", "Grenoble")),
    "BE": (("1000", "Bruxelles"), ("4000", "Liège"), ("5000", "Namur")),
    "CH": (("1201", "Genève"), ("1003", "Lausanne")),
}  # fmt: skip


@dataclass
class Person:
    """A customer. `email` is None for the few who only ever show their loyalty card."""

    number: int
    name: str
    email: str | None
    card: str | None
    country: str
    zip: str
    city: str
    home: str
    orders: int = 0


class Crowd:
    """Everybody seen so far, and a queue per place of those whose next purchase is due."""

    def __init__(self, seed: str) -> None:
        self.rng = random.Random(seed)
        self.people: list[Person] = []
        self._due: dict[str, list[tuple[date, int]]] = defaultdict(list)

    def newcomer(self, place: str, country: str) -> Person:
        """A person never seen before, whose first place is `place` ('web:FR' or a store code)."""
        rng, number = self.rng, len(self.people) + 1
        first, last = rng.choice(_FIRST), rng.choice(_LAST)
        in_store = not place.startswith("web")
        card = f"29{number:07d}" if in_store or rng.random() < 0.4 else None
        card_only = in_store and rng.random() < 0.12
        email = None if card_only else f"{slug(first)}.{slug(last)}{number}@exemple.fr"
        home = place if in_store else rng.choices(STORES, [s.weight for s in STORES])[0].code
        code, city = rng.choice(CITIES[country])
        person = Person(number, f"{first} {last}", email, card, country, code, city, home)
        self.people.append(person)
        return person

    def returning(self, place: str, day: date, chance: float) -> Person | None:
        """Somebody due at `place`, if there is one and the dice say so."""
        queue = self._due[place]
        if not queue or queue[0][0] > day or self.rng.random() > chance:
            return None
        return self.people[heapq.heappop(queue)[1] - 1]

    def bought(self, person: Person, place: str, day: date) -> None:
        """Note a purchase and perhaps plan the next one, here or on another channel."""
        rng = self.rng
        person.orders += 1
        if rng.random() > (0.47 if person.orders == 1 else 0.62 if person.orders == 2 else 0.7):
            return
        wait = max(4, min(400, round(rng.lognormvariate(4.25, 0.75))))
        target = place
        if person.country == "FR" and person.email:
            if place.startswith("web"):
                target = person.home if rng.random() < 0.27 else place
            elif rng.random() < 0.2:
                target = "web:FR"
            elif rng.random() < 0.06:
                target = rng.choices(STORES, [s.weight for s in STORES])[0].code
        heapq.heappush(self._due[target], (day + timedelta(days=wait), person.number))
