"""Forgetting a customer with what the workspace's configuration says: who belongs together, and what the numbers are made of."""

from __future__ import annotations

from collections.abc import Sequence

from kpi_core.config.bundle import load_bundle, load_settings
from kpi_core.engine.catalogue import Catalogue
from kpi_core.engine.prepared import preparation
from kpi_core.engine.rollups import rollups
from kpi_core.pages.forgetting import Person
from kpi_core.store import Workspace
from kpi_core.store.forget import Forgotten, find, forget
from kpi_core.store.forget_comments import Silenced, forget_comments
from kpi_core.workbench.loading import mart_settings, phone_country, profiles_of


def find_customer(workspace: Workspace, texts: Sequence[str], keys: Sequence[str] = ()) -> Person:
    """What is loaded of a customer. Raises ConfigError, and as `store.forget.find`."""
    bundle = load_bundle(workspace.config_dir)
    return find(workspace, texts, keys, mart_settings(bundle), country=phone_country(bundle))


def forget_customer(workspace: Workspace, texts: Sequence[str], keys: Sequence[str] = ()) -> Forgotten:
    """Erase a customer, in a new generation. Raises ConfigError, and as `store.forget.forget`."""
    bundle = load_bundle(workspace.config_dir)
    catalogue = Catalogue.build(bundle.kpis, bundle.documents["kpis"])
    return forget(
        workspace,
        texts,
        keys,
        mart_settings(bundle, profiles_of(workspace)),
        country=phone_country(bundle),
        rollups=rollups(catalogue),
        preparation=preparation(catalogue),
    )


def forget_comments_of(workspace: Workspace) -> Silenced:
    """Take every kept comment out, in a new generation. Raises ConfigError, and as `store.forget_comments.forget_comments`."""
    bundle = load_bundle(workspace.config_dir)
    catalogue = Catalogue.build(bundle.kpis, bundle.documents["kpis"])
    return forget_comments(workspace, mart_settings(bundle, profiles_of(workspace)), rollups=rollups(catalogue), preparation=preparation(catalogue))


def keeps_comments(workspace: Workspace) -> bool:
    """Does settings.yaml have comments kept of what is loaded from now on?"""
    return load_settings(workspace.config_dir).privacy.comments
