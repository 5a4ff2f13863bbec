"""The store in memory keeps the promises that the tests of services rely on. It holds no OCFL objects."""

from collections.abc import Callable

import pytest

from tests.contracts.replica_store_contract import AwayContract
from tests.contracts.replica_store_objects import ObjectsContract
from tests.memory_store import MemoryStore


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


class TestMemoryStore(ObjectsContract, AwayContract):
    @pytest.fixture
    def away(self, store: MemoryStore) -> Callable[[], None]:
        def leave() -> None:
            store.is_away = True

        return leave
