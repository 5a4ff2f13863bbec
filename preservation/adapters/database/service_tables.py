"""The tables that stand beside the catalogue in its database. Keeps the promises of `ports.service_tables.ServiceTables`."""

import importlib
from types import ModuleType
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from preservation.adapters.database.jobs import DatabaseJobTable
from preservation.adapters.database.people import DatabaseAccountTable

if TYPE_CHECKING:
    from preservation.adapters.database.alarms import DatabaseAlarmTable
    from preservation.adapters.database.copy_table import DatabaseCopyTable
    from preservation.adapters.database.event_index import DatabaseEventIndex
    from preservation.adapters.database.examination_table import DatabaseExaminationTable
    from preservation.adapters.database.fixity_plan import DatabaseFixityPlanTable
    from preservation.adapters.database.held_report_table import DatabaseHeldReports
    from preservation.adapters.database.migration_plans import DatabaseMigrationTable
    from preservation.adapters.database.notes import DatabaseNoteTable
    from preservation.adapters.database.service_figures import DatabaseFigureTable
    from preservation.adapters.database.workers import DatabaseWorkerTable


class DatabaseServiceTables:
    """What the catalogue is, beside an index of the holdings."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def account_table(self) -> DatabaseAccountTable:
        return DatabaseAccountTable(self._engine)

    def job_table(self) -> DatabaseJobTable:
        return DatabaseJobTable(self._engine)

    def worker_table(self) -> "DatabaseWorkerTable":
        return _module("workers").DatabaseWorkerTable(self._engine)  # type: ignore[no-any-return]

    def copy_table(self) -> "DatabaseCopyTable":
        return _module("copy_table").DatabaseCopyTable(self._engine)  # type: ignore[no-any-return]

    def figure_table(self) -> "DatabaseFigureTable":
        return _module("service_figures").DatabaseFigureTable(self._engine)  # type: ignore[no-any-return]

    def fixity_plan_table(self) -> "DatabaseFixityPlanTable":
        return _module("fixity_plan").DatabaseFixityPlanTable(self._engine)  # type: ignore[no-any-return]

    def note_table(self) -> "DatabaseNoteTable":
        return _module("notes").DatabaseNoteTable(self._engine)  # type: ignore[no-any-return]

    def alarm_table(self) -> "DatabaseAlarmTable":
        return _module("alarms").DatabaseAlarmTable(self._engine)  # type: ignore[no-any-return]

    def examination_table(self) -> "DatabaseExaminationTable":
        return _module("examination_table").DatabaseExaminationTable(self._engine)  # type: ignore[no-any-return]

    def held_reports(self) -> "DatabaseHeldReports":
        return _module("held_report_table").DatabaseHeldReports(self._engine)  # type: ignore[no-any-return]

    def migration_table(self) -> "DatabaseMigrationTable":
        return _module("migration_plans").DatabaseMigrationTable(self._engine)  # type: ignore[no-any-return]

    def event_index(self) -> "DatabaseEventIndex":
        return _module("event_index").DatabaseEventIndex(self._engine)  # type: ignore[no-any-return]


def _module(name: str) -> ModuleType:
    """A module of this package that commands never need, and so need not wait for."""
    return importlib.import_module(f"preservation.adapters.database.{name}")
