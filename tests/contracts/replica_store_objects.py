"""What every replica store must do with single objects. Subclass it, and give `store`, an empty one."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from preservation.errors import ImmutableConflict, NotHere, Unavailable, WrongUse
from preservation.ports import ReplicaStore

KEY = "ledger/tile/0/000"


class ReadingContract:
    def test_what_was_put_is_read_at_once(self, store: ReplicaStore) -> None:
        store.put([("ledger/a", b"first"), ("ledger/b/c", b""), ("top", b"second")])

        assert store.read("ledger/a") == b"first"
        assert store.read("ledger/b/c") == b""
        with store.open("top") as stream, store.open_cold("top") as cold:
            assert (stream.readall(), cold.readall()) == (b"second", b"second")
        assert (store.size("ledger/a"), store.size("ledger/b/c")) == (5, 0)

    def test_a_large_object_is_read_in_pieces(self, store: ReplicaStore) -> None:
        data = bytes(range(256)) * 10_000
        store.put([(KEY, data)])
        buffer = bytearray(65_537)
        got = bytearray()

        with store.open_cold(KEY) as stream:
            while count := stream.readinto(buffer):
                got += buffer[:count]
        assert bytes(got) == data

    def test_small_objects_are_read_whole_and_in_the_order_asked_for(self, store: ReplicaStore) -> None:
        sizes = [1, 511, 512, 4095, 4096, 4097, 20_480, 65_537, *range(1, 100)]
        data = {f"ledger/{number % 3}/{number}": bytes([number]) * size for number, size in enumerate(sizes)}
        store.put([*data.items(), ("top", b"top")])
        asked = [(key, len(value)) for key, value in data.items()] + [("top", 3)]

        got = [bytes(view) for view in store.read_cold(asked) if view is not None]
        assert got == [*data.values(), b"top"]
        assert list(store.read_cold([])) == []

    def test_what_is_not_as_it_was_listed_is_left_to_a_reading_by_itself(self, store: ReplicaStore) -> None:
        store.put([("ledger/a", b"first"), ("ledger/b", bytes(4096)), ("ledger/d", b"last")])
        wrong = [("ledger/a", 4), ("ledger/a", 6), ("ledger/b", 4095), ("ledger/b", 8192), ("ledger/none", 5)]
        wrong += [("none/x", 5), ("ledger", 5), ("ledger/a/below", 5)]

        got = [view and bytes(view) for view in store.read_cold([("ledger/a", 5), *wrong, ("ledger/d", 4)])]
        assert got == [b"first", *(None for _ in wrong), b"last"]

    @pytest.mark.parametrize("key", ["ledger/none", "none", "ledger/a/below", "ledger"])
    def test_a_key_without_object_is_not_here(self, store: ReplicaStore, key: str) -> None:
        store.put([("ledger/a", b"first")])

        for reading in (store.open, store.open_cold, store.read, store.local_path):
            with pytest.raises(NotHere):
                reading(key)
        assert store.size(key) is None

    def test_a_local_path_if_there_is_one_leads_to_the_object(self, store: ReplicaStore) -> None:
        store.put([(KEY, b"first")])

        path = store.local_path(KEY)
        assert path is None or (Path(path).is_absolute() and Path(path).read_bytes() == b"first")

    def test_a_list_is_sorted_by_key_and_holds_what_is_below_the_folder(self, store: ReplicaStore) -> None:
        keys = ["l/a/b", "l/a-b", "l/a.b/c", "l/a/b.c/d", "l/a/é", "l/a0", "l/b", "la/x"]
        store.put((key, key.encode()) for key in keys)

        listed = list(store.list("l"))
        assert listed == sorted((key, len(key.encode())) for key in keys if key.startswith("l/"))
        assert list(store.list("l/a")) == [entry for entry in listed if entry[0].startswith("l/a/")]
        assert list(store.list("none")) == []
        assert list(store.list("l/b")) == []


class PuttingContract:
    def test_the_same_bytes_again_are_fine(self, store: ReplicaStore) -> None:
        store.put([(KEY, b"first")])
        store.put([(KEY, b"first"), ("ledger/other", b"second"), ("ledger/other", b"second")])

        assert list(store.list("ledger")) == [("ledger/other", 6), (KEY, 5)]

    @pytest.mark.parametrize("data", [b"other", b"", b"first and more", b"firs"])
    def test_other_bytes_under_a_used_key_are_refused(self, store: ReplicaStore, data: bytes) -> None:
        store.put([(KEY, b"first")])

        with pytest.raises(ImmutableConflict):
            store.put([(KEY, data)])
        assert store.read(KEY) == b"first"

    def test_two_different_values_for_one_key_are_refused(self, store: ReplicaStore) -> None:
        with pytest.raises(ImmutableConflict):
            store.put([(KEY, b"first"), (KEY, b"second")])

    def test_nothing_to_put_is_fine(self, store: ReplicaStore) -> None:
        store.put([])

        assert list(store.list("ledger")) == []

    def test_a_replaced_object_has_the_new_bytes(self, store: ReplicaStore) -> None:
        store.replace("ledger/checkpoint", b"first, and longer")
        store.replace("ledger/checkpoint", b"second")

        assert store.read("ledger/checkpoint") == b"second"
        assert list(store.list("ledger")) == [("ledger/checkpoint", 6)]

    def test_a_reader_sees_the_old_bytes_or_the_new_while_they_are_replaced(self, store: ReplicaStore) -> None:
        values = [bytes([number]) * 20_000 for number in range(40)]
        store.replace("ledger/checkpoint", values[0])

        with ThreadPoolExecutor(3) as threads:
            readers = [threads.submit(lambda: {store.read("ledger/checkpoint") for _ in range(100)}) for _ in range(2)]
            for value in values:
                store.replace("ledger/checkpoint", value)
            seen = set[bytes]().union(*(reader.result() for reader in readers))
        assert seen <= set(values)
        assert seen

    def test_threads_may_put_the_same_and_others_at_once(self, store: ReplicaStore) -> None:
        def put(worker: int) -> None:
            for number in range(20):
                store.put([(f"ledger/shared/{number}", b"%d" % number), (f"ledger/{worker}/{number}", b"own")])

        with ThreadPoolExecutor(4) as threads:
            for result in [threads.submit(put, worker) for worker in range(4)]:
                result.result()
        assert len(list(store.list("ledger/shared"))) == 20
        assert len(list(store.list("ledger"))) == 100

    def test_of_two_threads_with_different_bytes_one_is_refused(self, store: ReplicaStore) -> None:
        def put(data: bytes) -> bytes | None:
            try:
                store.put([(KEY, data)])
            except ImmutableConflict:
                return None
            return data

        with ThreadPoolExecutor(4) as threads:
            won = [data for data in threads.map(put, [b"a", b"b", b"c", b"d"]) if data]
        assert [store.read(KEY)] == won


class RestoringContract:
    def test_a_restored_object_has_the_bytes_of_its_source(self, store: ReplicaStore) -> None:
        store.put([(KEY, b"damaged")])
        store.restore(KEY, [b"so", b"", b"und"], "tx-1")
        store.restore("ledger/lost/object", iter([b"found"]), "tx-2")

        assert store.read(KEY) == b"sound"
        assert store.read("ledger/lost/object") == b"found"
        assert [key for key, _ in store.list("ledger")] == ["ledger/lost/object", KEY]

    def test_a_source_that_fails_leaves_the_old_object(self, store: ReplicaStore) -> None:
        def failing() -> Iterator[bytes]:
            yield b"so"
            raise Unavailable("the source went away")

        store.put([(KEY, b"damaged")])

        with pytest.raises(Unavailable, match="the source went away"):
            store.restore(KEY, failing(), "tx-1")
        assert store.read(KEY) == b"damaged"

    def test_what_is_set_aside_is_kept_and_no_longer_under_its_key(self, store: ReplicaStore) -> None:
        store.put([("ocfl/x/stray", b"evidence"), ("ocfl/y", b"other")])

        aside = store.set_aside("ocfl/x/stray", "repair-1")
        assert aside is not None
        assert aside.startswith("quarantine/")
        assert store.read(aside) == b"evidence"
        assert store.size("ocfl/x/stray") is None
        assert list(store.list("ocfl")) == [("ocfl/y", 5)]

    def test_nothing_to_set_aside_is_no_error(self, store: ReplicaStore) -> None:
        assert store.set_aside("ocfl/x/none", "repair-1") is None
        assert list(store.list("quarantine")) == []

    def test_what_was_set_aside_can_be_restored(self, store: ReplicaStore) -> None:
        store.put([(KEY, b"damaged")])
        store.set_aside(KEY, "repair-1")

        store.restore(KEY, [b"sound"], "repair-1")
        assert store.read(KEY) == b"sound"

    def test_partial_tiles_are_removed_and_nothing_else(self, store: ReplicaStore) -> None:
        partial = [f"ledger/tile/0/000.p/{width}" for width in (1, 5)]
        store.put([*((key, b"x") for key in partial), (KEY, b"whole"), ("ledger/tile/entries/000.p/5", b"y")])
        store.remove_partial_tiles([*partial, "ledger/tile/0/001.p/9"])

        assert [key for key, _ in store.list("ledger")] == [KEY, "ledger/tile/entries/000.p/5"]

    @pytest.mark.parametrize("key", [KEY, "ocfl/000.p/1", "ledger/checkpoint"])
    def test_what_is_no_partial_tile_is_never_removed(self, store: ReplicaStore, key: str) -> None:
        store.put([(key, b"kept")])

        with pytest.raises((ValueError, WrongUse)):
            store.remove_partial_tiles([key])
        assert store.read(key) == b"kept"


class ObjectsContract(ReadingContract, PuttingContract, RestoringContract):
    """All about objects."""
