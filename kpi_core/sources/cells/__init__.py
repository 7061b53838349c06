"""Cells to values: numbers, moments, currencies and identifiers, decided by evidence."""
