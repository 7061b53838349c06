"""Exports of any system to canonical rows: recognised by their header, converted exactly, with an account of every row."""

from kpi_core.sources.account.account import Account, CheckResult, LimitNote, Rejected
from kpi_core.sources.convert import Converted, compile_profile, convert
from kpi_core.sources.profiles.profile import Profile, Profiles
from kpi_core.sources.recognise import Recognised, recognise

__all__ = ["Account", "CheckResult", "Converted", "LimitNote", "Profile", "Profiles", "Recognised", "Rejected", "compile_profile", "convert", "recognise"]
