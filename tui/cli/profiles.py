"""`omnigap profiles`: the export formats that are known, one of them, or the check of one that somebody wrote."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kpi_core.errors import UsageError, said
from kpi_core.render.clean import clean
from tui.cli.common import EXIT_OK, EXIT_USAGE, Look, look, t, tell_error, workspace_dir, workspace_language, write
from tui.cli.options import Ascii, Lang, NoColor, WorkspaceOption

if TYPE_CHECKING:
    from kpi_core.sources import Profile, Profiles

IdArgument = Annotated[
    str | None, typer.Argument(metavar="[ID]", help=t("Only this format: where to get it, its columns, what it never gives."), show_default=False)
]
CheckOption = Annotated[
    Path | None,
    typer.Option("--check", metavar="FILE", help=t("Check a profile (YAML) that you wrote; exit 2 with the line of each mistake."), show_default=False),
]
SchemaOption = Annotated[bool, typer.Option("--schema", help=t("Print the JSON schema of the profile language, for editors."))]


def profiles(
    format: IdArgument = None,
    workspace: WorkspaceOption = None,
    check: CheckOption = None,
    schema: SchemaOption = False,
    lang: Lang = None,
    ascii: Ascii = False,
    no_color: NoColor = False,
) -> int:
    from kpi_core.config.shipped import shipped
    from kpi_core.sources import Profiles

    folder = workspace_dir(workspace)
    how = look(lang, ascii, no_color, workspace_language(folder))
    if schema:
        from kpi_core.sources.profiles.schema import text

        write(text())
        return EXIT_OK
    known = Profiles.load(shipped("config") / "profiles", folder / "config" / "profiles")
    if check is not None:
        return _checked(check, known, how)
    if format is None:
        for profile in known:
            write(_line(profile, how))
        return EXIT_OK
    found = known.get(format)
    if found is None:
        from kpi_core.config.decode import did_you_mean

        raise UsageError(said("there is no export format {name}", name=format), hint=did_you_mean(format, [profile.id for profile in known]))
    write(_about(found, how))
    return EXIT_OK


def _checked(path: Path, known: Profiles, how: Look) -> int:
    from kpi_core.sources.profiles.lint import mistakes

    found = mistakes(path, known)
    for mistake in found:
        tell_error(mistake, how.fmt.t)
    if found:
        return EXIT_USAGE
    write(f"{'OK' if how.ascii else '✓'} {path}\n")
    return EXIT_OK


def _line(profile: Profile, how: Look) -> str:
    state = how.fmt.t("verified") if profile.verified else how.fmt.t("experimental")
    return f"{profile.id:<34} {state:<13} {clean(profile.title.in_(how.lang))}\n"


def _about(profile: Profile, how: Look) -> str:
    """One format as lines: what it is, where to get it, its columns (* = needed), what it feeds and what it never gives."""
    spec, tell = profile.spec, how.fmt.t
    lines = [_line(profile, how)]
    if spec.get_it is not None:
        lines.append(f"  {clean(spec.get_it.in_(how.lang))}\n")
    feeds = ", ".join(spec.emit) or tell("only together with another file")
    lines.append(f"  {tell('feeds')}: {feeds}\n")
    means = {
        "replace_window": tell("what a newer file no longer has of its days disappears"),
        "append_events": tell("every row of every file counts, the same file once"),
        "snapshot": tell("a newer file replaces the state of its day and place"),
    }
    for dataset, mode in profile.modes().items():
        if mode != "upsert":
            lines.append(f"  {dataset}: {mode}, {means[mode]}\n")
    for name, column in spec.columns.items():
        headers = " / ".join(header.removeprefix("re:") for header in column.headers)
        lines.append(f"  {name + (' *' if column.required else ''):<24} {column.as_:<10} {clean(headers)}\n")
    mark = "-" if how.ascii else "–"
    for dataset, shared in spec.overlaps.items():
        told = tell("{dataset}: of the same source as others of «{group}», rank {rank}", dataset=dataset, group=shared.group, rank=shared.rank)
        lines.append(f"  {mark} {told}\n")
    lines += [f"  {mark} {clean(limit.hint.in_(how.lang))}\n" for limit in spec.limits]
    return "".join(lines)
