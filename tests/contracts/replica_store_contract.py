"""What every replica store must do. Subclass it, and give `store`, an empty one, and `away`, which makes it be away.

A store that holds no OCFL objects subclasses `ObjectsContract` and `AwayContract` alone.
"""

from collections.abc import Callable

import pytest

from preservation.errors import ReplicaAway
from preservation.ports import ReplicaStore
from tests.contracts.replica_store_builders import (
    a_version,
    begin,
)
from tests.contracts.replica_store_objects import ObjectsContract
from tests.contracts.replica_store_versions import VersionsContract

KEY = "ledger/tile/0/000"

OPERATIONS: dict[str, Callable[[ReplicaStore], object]] = {
    "check_identity": lambda store: store.check_identity(),
    "open": lambda store: store.open(KEY),
    "open_cold": lambda store: store.open_cold(KEY),
    "read_cold": lambda store: list(store.read_cold([(KEY, 4)])),
    "read": lambda store: store.read(KEY),
    "read a missing key": lambda store: store.read("ledger/none"),
    "size": lambda store: store.size(KEY),
    "size of a missing key": lambda store: store.size("ledger/none"),
    "local_path": lambda store: store.local_path(KEY),
    "local_path of a missing key": lambda store: store.local_path("ledger/none"),
    "list": lambda store: list(store.list("ledger")),
    "put": lambda store: store.put([("ledger/new", b"x")]),
    "put again": lambda store: store.put([(KEY, b"here")]),
    "replace": lambda store: store.replace(KEY, b"x"),
    "restore": lambda store: store.restore(KEY, [b"x"], "tx"),
    "set_aside": lambda store: store.set_aside(KEY, "tx"),
    "remove_partial_tiles": lambda store: store.remove_partial_tiles(["ledger/tile/0/000.p/1"]),
}


class AwayContract:
    """A replica that is away holds nothing and lacks nothing: neither is known."""

    def test_a_replica_that_is_here_knows_itself(self, store: ReplicaStore) -> None:
        store.check_identity()

        assert store.id
        assert store.device == store.device

    @pytest.mark.parametrize("operation", OPERATIONS)
    def test_every_operation_on_a_replica_that_is_away_says_so(
        self, store: ReplicaStore, away: Callable[[], None], operation: str
    ) -> None:
        store.put([(KEY, b"here")])
        away()

        with pytest.raises(ReplicaAway):
            OPERATIONS[operation](store)


class KeysContract:
    """No key leads out of the replica."""

    BAD = ("", "/etc/passwd", "..", "../x", "a/../../x", "a/./b", "a//b", "a/", "./a", "a\0b")

    @pytest.mark.parametrize("key", BAD)
    def test_a_key_that_leaves_the_root_is_refused(self, store: ReplicaStore, key: str) -> None:
        for operation in (
            lambda: store.open(key),
            lambda: store.open_cold(key),
            lambda: list(store.read_cold([("ledger/fine", 1), (key, 1)])),
            lambda: store.read(key),
            lambda: store.size(key),
            lambda: list(store.list(key)),
            lambda: store.put([("ledger/fine", b"x"), (key, b"x")]),
            lambda: store.replace(key, b"x"),
            lambda: store.restore(key, [b"x"], "tx"),
            lambda: store.set_aside(key, "tx"),
            lambda: store.set_aside("ledger/fine", key),
            lambda: store.remove_partial_tiles([f"ledger/tile/000.p/{key}"]),
            lambda: store.begin_version("tx", key, 1, None),
            lambda: store.begin_version(key, "ocfl/x", 1, None),
        ):
            with pytest.raises(ValueError, match="not "):
                operation()

    @pytest.mark.parametrize("path", BAD)
    def test_a_path_that_leaves_the_version_is_refused(self, store: ReplicaStore, path: str) -> None:
        writer = begin(store, a_version())

        for operation in (
            lambda: writer.put(path, b"x"),
            lambda: writer.create(path),
            lambda: writer.discard(path),
            lambda: writer.open_sealed(path),
        ):
            with pytest.raises(ValueError, match="not a key"):
                operation()


class ReplicaStoreContract(ObjectsContract, AwayContract, KeysContract, VersionsContract):
    """The whole of it."""
