"""The KPI engine: a validated catalogue, a calendar, and questions answered with one SQL statement each."""
