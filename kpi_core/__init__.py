"""The engine of omnigap: exports in, KPIs held against objectives out. Knows no screen and prints nothing."""

__version__ = "0.1.0"
