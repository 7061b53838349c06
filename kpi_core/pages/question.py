"""What a file leaves open, as screens and the command line ask it: a question with its answers, each shown on cells of the file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from kpi_core.errors import Message


class LayoutOption(Protocol):
    """A possible answer, as layouts.yaml has it. `examples`: cells as written, and what they would mean ('' = nothing)."""

    @property
    def answer(self) -> str: ...
    @property
    def examples(self) -> Sequence[tuple[str, str]]: ...


class LayoutQuestion(Protocol):
    """`sources.questions.Question`, as far as it is shown. `kind`: decimal, date_order, currency, confirm, period, column or zone; a confirm shows
    checks and first rows. `free`: a text answers it, too."""

    @property
    def kind(self) -> str: ...
    @property
    def options(self) -> Sequence[LayoutOption]: ...
    @property
    def checks(self) -> Sequence[tuple[str, int, int]]: ...
    @property
    def dataset(self) -> str: ...
    @property
    def names(self) -> Sequence[str]: ...
    @property
    def rows(self) -> Sequence[Sequence[str]]: ...
    @property
    def free(self) -> bool: ...
    def asked(self) -> Message: ...
    def accepted(self, text: str) -> str:
        """The answer as it is kept. Raises ConfigError for a text that is none."""
