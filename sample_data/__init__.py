"""The made-up French retailer "Maison Lumen": a seeded generator and the export files it wrote."""
