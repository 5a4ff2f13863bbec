"""What every replica store must do with versions of OCFL objects. Subclass it, and give `store`, an empty one."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from preservation.errors import Conflict, NotHere, Unavailable
from preservation.ports import ReplicaStore
from tests.contracts.replica_store_builders import (
    a_version,
    begin,
    contents,
    expected,
    object_root,
    stage,
    urn,
    write_version,
)


class VersionsContract:
    def test_a_first_version_is_there_after_its_commit_and_not_before(self, store: ReplicaStore) -> None:
        version = a_version()
        writer = stage(begin(store, version), version)
        before = contents(store)
        writer.seal()
        sealed = contents(store)
        writer.commit()

        assert before == sealed == {}
        assert contents(store) == expected(version)

    def test_what_was_sealed_is_read_back(self, store: ReplicaStore) -> None:
        version = a_version()
        writer = stage(begin(store, version), version)
        writer.seal()

        for path, data in version.files.items():
            with writer.open_sealed(path) as stream:
                assert stream.readall() == data
        with pytest.raises(NotHere):
            writer.open_sealed("v1/content/none")

    def test_a_later_version_adds_its_folder_and_the_inventory(self, store: ReplicaStore) -> None:
        first = a_version()
        second = a_version(2, base=first)
        write_version(store, first)
        writer = stage(begin(store, second, first), second)
        writer.seal()
        before = contents(store)
        writer.commit()

        assert before == expected(first)
        assert contents(store) == expected(first, second)

    def test_an_aborted_version_leaves_nothing(self, store: ReplicaStore) -> None:
        first = a_version()
        second = a_version(2, base=first)
        write_version(store, first)
        writer = stage(begin(store, second, first), second)
        writer.seal()
        writer.abort()
        writer.abort()

        assert contents(store) == expected(first)
        assert store.recover() == []

    def test_abort_after_a_commit_takes_nothing_back(self, store: ReplicaStore) -> None:
        version = a_version()
        writer = stage(begin(store, version), version)
        writer.seal()
        writer.commit()
        writer.abort()

        assert contents(store) == expected(version)

    def test_a_version_whose_base_is_no_longer_the_head_is_refused(self, store: ReplicaStore) -> None:
        first = a_version()
        second, rival = a_version(2, base=first), a_version(2, base=first, note="rival")
        write_version(store, first)
        late = stage(begin(store, rival, first, tx="tx-late"), rival)
        late.seal()
        write_version(store, second, first, tx="tx-early")

        with pytest.raises(Conflict):
            late.commit()
        late.abort()
        assert contents(store) == expected(first, second)

    def test_a_first_version_is_refused_where_an_object_is(self, store: ReplicaStore) -> None:
        first, rival = a_version(), a_version(note="rival")
        late = stage(begin(store, rival, tx="tx-late"), rival)
        late.seal()
        write_version(store, first)

        with pytest.raises(Conflict):
            late.commit()
        late.abort()
        assert contents(store) == expected(first)

    def test_a_version_without_its_base_is_refused(self, store: ReplicaStore) -> None:
        first = a_version()
        second = a_version(2, base=first)
        writer = stage(begin(store, second, first), second)
        writer.seal()

        with pytest.raises(Conflict):
            writer.commit()
        writer.abort()
        assert contents(store) == {}

    def test_of_many_rivals_for_one_version_exactly_one_wins(self, store: ReplicaStore) -> None:
        first = a_version()
        rivals = {f"tx-{number}": a_version(2, base=first, note=f"rival {number}") for number in range(6)}
        write_version(store, first)

        def compete(tx: str) -> str | None:
            writer = stage(begin(store, rivals[tx], first, tx=tx), rivals[tx])
            writer.seal()
            try:
                writer.commit()
            except Conflict:
                writer.abort()
                return None
            return tx

        with ThreadPoolExecutor(6) as threads:
            winners = [tx for tx in threads.map(compete, rivals) if tx]
        assert len(winners) == 1
        assert contents(store) == expected(first, rivals[winners[0]])
        assert store.recover() == []

    def test_objects_committed_by_threads_are_all_there(self, store: ReplicaStore) -> None:
        versions = [a_version(of=number) for number in range(12)]

        with ThreadPoolExecutor(4) as threads:
            for result in [
                threads.submit(write_version, store, one, tx=f"tx-{one.object_id[-3:]}") for one in versions
            ]:
                result.result()
        assert contents(store) == expected(*versions)

    def test_files_may_be_staged_by_threads(self, store: ReplicaStore) -> None:
        version = a_version()
        writer = begin(store, version)

        with ThreadPoolExecutor(4) as threads:
            for result in [threads.submit(writer.put, path, data) for path, data in version.files.items()]:
                result.result()
        writer.seal()
        writer.commit()
        assert contents(store) == expected(version)

    def test_a_file_that_is_taken_back_leaves_no_trace(self, store: ReplicaStore) -> None:
        version = a_version()
        writer = stage(begin(store, version), version)
        writer.put("v1/content/again/and/again.txt", b"held already")
        writer.put("v1/content/data/again.txt", b"held already")
        writer.discard("v1/content/again/and/again.txt")
        writer.discard("v1/content/data/again.txt")
        writer.seal()
        writer.commit()

        assert contents(store) == expected(version)

    def test_taking_back_what_was_not_staged_says_so(self, store: ReplicaStore) -> None:
        writer = begin(store, a_version())

        with pytest.raises(NotHere):
            writer.discard("v1/content/none")

    def test_a_version_without_its_inventories_cannot_be_sealed(self, store: ReplicaStore) -> None:
        version = a_version()
        writer = begin(store, version)
        for path, data in version.files.items():
            if path != "v1/inventory.json.sha512":
                writer.put(path, data)

        with pytest.raises(Unavailable):
            writer.seal()
        writer.abort()
        assert contents(store) == {}

    def test_a_version_is_sealed_before_it_is_committed(self, store: ReplicaStore) -> None:
        version = a_version()
        writer = stage(begin(store, version), version)

        with pytest.raises(ValueError, match="sealed"):
            writer.commit()
        writer.abort()
        assert contents(store) == {}

    def test_a_fenced_first_version_can_never_be_committed(self, store: ReplicaStore) -> None:
        version = a_version()
        writer = stage(begin(store, version), version)
        writer.seal()
        store.fence("tx-1")
        with pytest.raises(Unavailable):
            writer.commit()
        writer.abort()

        assert contents(store) == {}
        assert store.recover() == []

    def test_a_fenced_later_version_can_never_be_committed(self, store: ReplicaStore) -> None:
        first = a_version()
        second = a_version(2, base=first)
        write_version(store, first, tx="tx-0")
        writer = stage(begin(store, second, first), second)
        writer.seal()
        store.fence("tx-1")
        with pytest.raises(Unavailable):
            writer.commit()
        writer.abort()

        assert contents(store) == expected(first)

    def test_who_is_fenced_while_staging_cannot_go_on(self, store: ReplicaStore) -> None:
        version = a_version()
        writer = begin(store, version)
        writer.put("inventory.json", b"{}")
        store.fence("tx-1")

        with pytest.raises(Unavailable):
            writer.put("v1/content/late.txt", b"late")
        with pytest.raises(Unavailable):
            writer.seal()

    def test_fencing_takes_nothing_back_that_was_committed(self, store: ReplicaStore) -> None:
        version = a_version()
        write_version(store, version)
        store.fence("tx-1")
        store.fence("tx-1")

        assert contents(store) == expected(version)

    def test_after_a_fence_another_attempt_commits(self, store: ReplicaStore) -> None:
        slow, quick = a_version(note="slow"), a_version(note="quick")
        writer = stage(begin(store, slow, tx="attempt-1"), slow)
        writer.seal()
        store.fence("attempt-1")
        write_version(store, quick, tx="attempt-2")
        with pytest.raises((Unavailable, Conflict)):
            writer.commit()

        assert contents(store) == expected(quick)

    def test_a_fence_and_a_commit_at_once_leave_all_of_it_or_nothing(self, store: ReplicaStore) -> None:
        for number in range(1, 13):
            version = a_version(of=number)
            writer = stage(begin(store, version, tx=f"tx-{number}"), version)
            writer.seal()
            with ThreadPoolExecutor(2) as pool:
                committing = pool.submit(writer.commit)
                pool.submit(store.fence, f"tx-{number}").result()
                there = contents(store, version.object_root)
                committed = committing.exception() is None
            if not committed:
                writer.abort()

            assert there in ({}, expected(version))
            assert contents(store, version.object_root) == there
            assert not committed or there == expected(version)

    def test_recovery_leaves_alone_what_is_under_way(self, store: ReplicaStore) -> None:
        version = a_version()
        writer = stage(begin(store, version), version)
        while_staged = store.recover()
        writer.seal()
        while_sealed = store.recover()
        writer.commit()

        assert while_staged == while_sealed == []
        assert contents(store) == expected(version)

    def test_a_transaction_cannot_be_begun_twice(self, store: ReplicaStore) -> None:
        version = a_version()
        writer = stage(begin(store, version, tx="tx-1"), version)

        with pytest.raises(Unavailable, match="tx-1"):
            begin(store, version, tx="tx-1")
        writer.seal()
        writer.commit()
        assert contents(store) == expected(version)

    def test_objects_of_one_store_do_not_touch_each_other(self, store: ReplicaStore) -> None:
        write_version(store, a_version(of=1), tx="tx-1")
        aborted = stage(begin(store, a_version(of=2), tx="tx-2"), a_version(of=2))
        aborted.seal()
        aborted.abort()

        assert contents(store) == expected(a_version(of=1))
        assert list(store.list(object_root(urn(2)))) == []
