"""Strict YAML -> frozen types, with the place of every value kept for messages."""

from kpi_core.config.decode import decode, did_you_mean, nearest
from kpi_core.config.yaml import Document, load_yaml, parse_yaml

__all__ = ["Document", "decode", "did_you_mean", "load_yaml", "nearest", "parse_yaml"]
