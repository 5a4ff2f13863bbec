"""What every catalogue must do. Subclass it, and give fixtures: `catalogue`, an empty one; `another`, which makes more."""

from tests.contracts.catalogue_acts import ActsContract
from tests.contracts.catalogue_deposits import DepositsContract
from tests.contracts.catalogue_events import EventsContract, LedgerContract
from tests.contracts.catalogue_holdings import HoldingsContract
from tests.contracts.catalogue_pages import PagesContract
from tests.contracts.catalogue_replicas import ReplicasContract
from tests.contracts.catalogue_transactions import DumpContract, TransactionsContract


class CatalogueContract(
    HoldingsContract,
    PagesContract,
    DepositsContract,
    ReplicasContract,
    EventsContract,
    ActsContract,
    LedgerContract,
    TransactionsContract,
    DumpContract,
):
    """The whole of it."""
