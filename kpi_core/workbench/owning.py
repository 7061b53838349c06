"""What settings.yaml says of sources: which one owns what several tell, and what should be true of each."""

from __future__ import annotations

from collections.abc import Collection

from kpi_core.config.bundle import Bundle
from kpi_core.config.decode import did_you_mean
from kpi_core.config.settings_file import Expect
from kpi_core.errors import ConfigError, said
from kpi_core.sources import Profiles
from kpi_core.sources.account.expect import Expectations
from kpi_core.sources.rows.typed import columns_of
from kpi_core.store.datasets import DATASETS
from kpi_core.store.settings import Overlapping

OWNER = 0  # ranks of profiles begin at 1
# Which table of the star tells how far the rows of a dataset reach.
TABLES = {
    "orders": "orders", "order_lines": "sale", "returns": "returns", "fulfilments": "deliveries", "carts": "carts", "traffic": "sessions",
    "store_visits": "footfall", "ad_spend": "spend", "social_stats": "social", "feedback": "surveys", "stock": "stock", "leads": "leads",
    "touches": "touches", "experiments": "experiments",
}  # fmt: skip


def overlaps(bundle: Bundle, profiles: Profiles) -> tuple[Overlapping, ...]:
    """Which profiles tell of the same, with the owner of settings.yaml before the others. Raises ConfigError for an unknown group or profile."""
    found = [
        Overlapping(profile.id, dataset, overlap.group, overlap.rank) for profile in profiles for dataset, overlap in sorted(profile.spec.overlaps.items())
    ]
    document = bundle.documents["settings"]
    for group, owner in bundle.settings.owners.items():
        members = {item.profile for item in found if item.group == group}
        if not members:
            hint = did_you_mean(group, {item.group for item in found})
            raise ConfigError(said("no export formats overlap in a group called {group}", group=group), where=document.where(("owners", group)), hint=hint)
        if owner not in members:
            told = said("{profile} tells nothing of {group}", profile=owner, group=group)
            raise ConfigError(told, where=document.where(("owners", group)), hint=did_you_mean(owner, members))
    return tuple(
        Overlapping(item.profile, item.dataset, item.group, OWNER) if bundle.settings.owners.get(item.group) == item.profile else item for item in found
    )


def expectations(bundle: Bundle, profiles: Profiles) -> Expectations:
    """What should be true of the files to be loaded. Raises ConfigError for a source or a column that does not exist."""
    document = bundle.documents["settings"]
    of_profiles: dict[str, Expect] = {}
    of_datasets: dict[tuple[str, str | None], Expect] = {}
    known = {profile.id: profile for profile in profiles}
    for key, expect in bundle.settings.expect.items():
        dataset, cut, channel = key.partition("/")
        if key in known:
            names: Collection[str] = columns_of(known[key])
            of_profiles[key] = expect
        elif dataset in DATASETS and (not cut or (channel and "channel" in DATASETS[dataset].columns)):
            names = DATASETS[dataset].columns
            of_datasets[dataset, channel if cut else None] = expect
            if expect.fresh_within is not None and dataset not in TABLES:
                told = said("how old {name} are is not known", name=dataset)
                raise ConfigError(told, where=document.where(("expect", key, "fresh_within")), hint=said("known: {names}", names=", ".join(TABLES)))
        else:
            hint = did_you_mean(key, [*known, *DATASETS])
            raise ConfigError(said("there is no export format or dataset {name}", name=key), where=document.where(("expect", key)), hint=hint)
        asked = [("unique", name) for columns in expect.unique for name in columns] + [("range", name) for name in expect.range]
        for part, name in asked:
            if name not in names:
                path = ("expect", key, part, name) if part == "range" else ("expect", key, part)
                raise ConfigError(said("unknown name {name}", name=name), where=document.where(path), hint=did_you_mean(name, names))
    return Expectations(of_profiles, of_datasets)
