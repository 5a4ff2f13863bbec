"""What plans that are over have left: AIPs that somebody began and did not end, and work folders."""

from collections.abc import Callable
from dataclasses import dataclass

from preservation.domain.holdings import TransferStatus
from preservation.domain.migration_plans import MigrationItem, MigrationPlan
from preservation.ports import Catalogue, Locks
from preservation.ports.migrations import MigrationPlaces, MigrationTable
from preservation.services.migration_endings import ItemEndings, made_version, transfer_of
from preservation.services.migration_item import work_name


@dataclass(frozen=True, slots=True)
class MigrationClearing:
    """The service. What somebody is at is left to them."""

    catalogue: Catalogue
    locks: Locks
    places: MigrationPlaces
    endings: Callable[[MigrationPlan], ItemEndings]

    @property
    def table(self) -> MigrationTable:
        return self.catalogue.migration_table()

    def settle(self, plan: str) -> int:
        """End the AIPs that a stopped plan was in the middle of, with what failed and with what became a version; how many."""
        found = self.table.plan(plan)
        if found is None or not found.state.is_final:
            return 0
        settled = 0
        for one in self.table.begun_items(plan):
            with self.locks.try_hold(f"migration:{plan}:{one.ordinal}") as is_free:
                item = self.table.item(plan, one.ordinal) if is_free else None
                if item is not None and item.state.is_open:
                    settled += self._settle(self.endings(found), item)
        return settled

    def clear(self) -> int:
        """Settle the plans that are over and remove their work folders; how many of those."""
        names = [(name, *self._owner(name)) for name in self.places.names()]
        for plan in sorted({plan for _, plan, _ in names}):
            self.settle(plan)
        return sum(self._clear(name, plan, ordinal) for name, plan, ordinal in names)

    def _settle(self, endings: ItemEndings, item: MigrationItem) -> bool:
        transfer = transfer_of(self.catalogue, item)
        version = made_version(self.catalogue, item)
        if version is None and transfer is not None and transfer.status is TransferStatus.RUNNING:
            # Whether it became a version is for recovery to find out.
            return False
        work = self.places.open(work_name(item.plan, item.ordinal))
        if version is not None:
            endings.migrated(item, version, work)
        else:
            endings.given_up(item, work)
        work.clear()
        return True

    def _clear(self, name: str, plan: str, ordinal: str) -> bool:
        found = self.table.plan(plan)
        if found is not None and not found.state.is_final:
            return False
        with self.locks.try_hold(f"migration:{plan}:{ordinal}") as is_free:
            item = self.table.item(plan, int(ordinal)) if found is not None and ordinal.isdigit() else None
            is_left = item is not None and item.state.is_open and item.base is not None
            if not is_free or is_left:
                return False
            self.places.open(name).clear()
        return True

    def _owner(self, name: str) -> tuple[str, str]:
        plan, _, ordinal = name.rpartition("-")
        return f"urn:uuid:{plan}", ordinal
