"""`omnigap forget`: what is loaded of one customer, by kinds and counts, and its erasure; or that of all comments."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from tui.cli.common import EXIT_DATA, EXIT_OK, EXIT_USAGE, Look, look, screen_width, t, tell, workspace_dir, workspace_language, write, write_lines
from tui.cli.options import Ascii, Lang, NoColor, WorkspaceOption

if TYPE_CHECKING:
    from kpi_core.pages.forgetting import Person
    from kpi_core.store.workspace import Workspace

Who = Annotated[
    list[str] | None,
    typer.Argument(metavar="[E-MAIL|PHONE|CARD]…", show_default=False, help=t("Identifiers of the customer as exports write them; - reads them from stdin.")),
]


def forget(
    who: Who = None,
    key: Annotated[list[str] | None, typer.Option("--key", metavar="CODE", help=t("The code of the customer as screens show it."), show_default=False)] = None,
    comments: Annotated[bool, typer.Option("--comments", help=t("All that customers wrote in surveys and reviews; answers and scores stay."))] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help=t("Forget without asking."))] = False,
    workspace: WorkspaceOption = None,
    lang: Lang = None,
    ascii: Ascii = False,
    no_color: NoColor = False,
) -> int:
    """What goes on stdout, what it means on stderr. The identifiers themselves are never repeated."""
    from kpi_core.errors import UsageError, said
    from kpi_core.render.forgetting import person_lines
    from kpi_core.store.workspace import Workspace
    from kpi_core.workbench.forgetting import find_customer, forget_customer
    from tui.cli.setup import rates_known

    folder = workspace_dir(workspace)
    how = look(lang, ascii, no_color, workspace_language(folder))
    say = how.fmt.t
    texts = [text for text in who or () if text != "-"]
    if "-" in (who or ()):
        texts += [line.strip() for line in sys.stdin if line.strip()]
    keys = list(key or ())
    if comments:
        if texts or keys:
            raise UsageError(said("--comments is of all customers: it goes with nobody's name"))
        return _forget_comments(Workspace.open(folder), yes, how)
    if not texts and not keys:
        raise UsageError(said("nobody is named"), hint=said("omnigap forget E-MAIL, or --key with the code of the customer as screens show it"))
    space = Workspace.open(folder)
    person = find_customer(space, texts, keys)
    if not person.rows:
        tell(say("this customer was forgotten already: nothing of it is loaded"))
        return EXIT_OK
    write_lines(person_lines(person, how.fmt, screen_width()), how)
    if not yes and not _sure(how, say("Forget this customer for good? It cannot be undone. [y/N]")):
        tell(say("nothing was changed; --yes forgets without asking"))
        return EXIT_USAGE
    done = forget_customer(space, texts, keys)
    write(say("forgotten under the number {receipt}", receipt=done.receipt) + "\n")
    _tell_what_stays(space, person, how, done.pinned)
    return EXIT_OK if rates_known(space, how) else EXIT_DATA


def _forget_comments(space: Workspace, yes: bool, how: Look) -> int:
    from kpi_core.store.forget_comments import count_comments
    from kpi_core.workbench.forgetting import forget_comments_of, keeps_comments
    from tui.cli.setup import rates_known

    say = how.fmt.t
    found = count_comments(space)
    write(say("comments kept: {comments}, of {loads} loads", comments=found.comments, loads=found.loads) + "\n")
    if found.comments and not yes and not _sure(how, say("Take these comments out for good? It cannot be undone. [y/N]")):
        tell(say("nothing was changed; --yes forgets without asking"))
        return EXIT_USAGE
    done = forget_comments_of(space)
    if keeps_comments(space):
        tell(say("loads still keep comments: privacy.comments in config/settings.yaml says so"))
    if done.comments:
        tell(say("the files in {folder} are yours and still hold the comments: delete or clean them there", folder=str(space.exports_dir)))
    if done.pinned:
        tell(say("open screens still show the rows of before: their files go with the first load after these are closed"))
    return EXIT_OK if not done.comments or rates_known(space, how) else EXIT_DATA


def _sure(how: Look, question: str) -> bool:
    from tui.cli.ask import can_ask

    if not can_ask():
        return False
    tell(question)
    return sys.stdin.readline().strip().casefold() in ("y", "yes", "o", "oui")


def _tell_what_stays(space: Workspace, person: Person, how: Look, pinned: int) -> None:
    say = how.fmt.t
    tell(say("the amounts stay, as those of a guest; loading the same exports again does not bring the customer back"))
    tell(say("the files in {folder} are yours and still name the customer: delete or clean them there", folder=str(space.exports_dir)))
    if pinned:
        tell(say("open screens still show the rows of before: their files go with the first load after these are closed"))
