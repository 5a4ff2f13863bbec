"""The tables that stand beside the catalogue in its database: of work under way, of people, and of what watches the service."""

from typing import TYPE_CHECKING, Protocol

from preservation.ports.jobs import JobTable
from preservation.ports.people import AccountTable

if TYPE_CHECKING:
    # Commands never ask for these, and need not wait for them to be loaded.
    from preservation.ports.copy_tables import CopyTable
    from preservation.ports.event_index import EventIndex
    from preservation.ports.examinations import ExaminationTable
    from preservation.ports.fixity_plan import FixityPlanTable
    from preservation.ports.held_reports import HeldReports
    from preservation.ports.migrations import MigrationTable
    from preservation.ports.watching import AlarmTable, FigureTable, NoteTable, WorkerTable


class ServiceTables(Protocol):
    """Each works by the catalogue's connections, and is closed with it."""

    def account_table(self) -> AccountTable: ...

    def job_table(self) -> JobTable: ...

    def worker_table(self) -> "WorkerTable": ...

    def copy_table(self) -> "CopyTable": ...

    def figure_table(self) -> "FigureTable": ...

    def fixity_plan_table(self) -> "FixityPlanTable": ...

    def note_table(self) -> "NoteTable": ...

    def alarm_table(self) -> "AlarmTable": ...

    def examination_table(self) -> "ExaminationTable": ...

    def held_reports(self) -> "HeldReports": ...

    def migration_table(self) -> "MigrationTable": ...

    def event_index(self) -> "EventIndex": ...
