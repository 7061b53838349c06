"""The workbench: a workspace opened for reading, answering each `ViewState` with a page of values.

The app and the command line ask it the same questions; it is the only place where configuration, engine, objectives and
explanations meet.
"""

from kpi_core.workbench.bench import Workbench
from kpi_core.workbench.desk import Desk

__all__ = ["Desk", "Workbench"]
