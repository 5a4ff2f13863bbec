"""What every catalogue must do with collections, transfers, AIPs and their files."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from preservation.domain.holdings import Collection, StoredFile, Transfer, TransferStatus
from preservation.errors import Conflict, WrongUse
from preservation.ports import Catalogue
from tests.contracts.catalogue_builders import (
    NOON,
    UNKNOWN,
    a_file,
    a_version,
    later,
    urn,
)


class HoldingsContract:
    def test_an_empty_catalogue_knows_nothing(self, catalogue: Catalogue) -> None:
        assert catalogue.collections() == []
        assert catalogue.replicas() == []
        assert catalogue.transfer(urn(1)) is None
        assert list(catalogue.transfers()) == []
        assert catalogue.aip(urn(1)) is None
        assert catalogue.aips() == []
        assert catalogue.versions(urn(1)) == []
        assert list(catalogue.files(urn(1))) == []
        assert catalogue.dublin_core(urn(1)) == []
        assert catalogue.version_of_inventory("ab" * 64) is None
        assert list(catalogue.dump()) == []

    def test_a_collection_comes_back_and_can_be_renamed(self, catalogue: Catalogue) -> None:
        with catalogue.begin() as transaction:
            transaction.save_collection(Collection(urn(2), "H49.64", "Phông Ủy ban", parent=urn(1)))
            transaction.save_collection(Collection(urn(1), "H49", "Tỉnh"))
            transaction.save_collection(Collection(urn(1), "H49", "Tỉnh Vĩnh Long"))

        assert catalogue.collections() == [
            Collection(urn(1), "H49", "Tỉnh Vĩnh Long"),
            Collection(urn(2), "H49.64", "Phông Ủy ban", parent=urn(1)),
        ]

    def test_a_transfer_is_updated_by_its_id(self, catalogue: Catalogue) -> None:
        accepted = Transfer(urn(5), TransferStatus.ACCEPTED, urn(1), NOON)
        stored = replace(accepted, status=TransferStatus.STORED, package_type="bag", aip=urn(9), version=2)
        other = Transfer(urn(4), TransferStatus.FAILED, urn(1), NOON)
        with catalogue.begin() as transaction:
            transaction.save_transfer(accepted)
            transaction.save_transfer(other)
        with catalogue.begin() as transaction:
            transaction.save_transfer(stored)

        assert catalogue.transfer(urn(5)) == stored
        assert list(catalogue.transfers()) == [other, stored]
        assert list(catalogue.transfers(TransferStatus.FAILED)) == [other]
        assert list(catalogue.transfers(TransferStatus.ACCEPTED)) == []

    def test_a_version_comes_back_whole(self, catalogue: Catalogue) -> None:
        files = [a_file("b"), a_file("a", b"", format=UNKNOWN), replace(a_file("c"), original_path=None, format=None)]
        pairs = (("title", "Hồ sơ địa chính"), ("creator", "A"), ("title", "second"))
        new = a_version(1, files=files, dublin_core=pairs)
        with catalogue.begin() as transaction:
            transaction.record_version(new)

        summary = catalogue.aip(urn(1))
        assert summary is not None
        assert (summary.id, summary.collection, summary.title, summary.head) == (urn(1), urn(900), "Hồ sơ 1", 1)
        assert (summary.file_count, summary.bytes, summary.copies) == (3, 14, 0)
        assert (summary.created, summary.inventory_digest) == (later(1), new.version.inventory_digest)
        assert catalogue.versions(urn(1)) == [new.version]
        assert list(catalogue.files(urn(1))) == sorted(files, key=lambda file: file.logical_path)
        assert catalogue.dublin_core(urn(1)) == list(pairs)
        assert catalogue.version_of_inventory(new.version.inventory_digest) == new.version

    def test_three_versions_each_keep_their_own_state(self, catalogue: Catalogue) -> None:
        same, changed, gone = a_file("same"), a_file("changed"), a_file("gone")
        renewed, added = a_file("changed", b"new", version=2), a_file("added", version=2)
        first = [same, changed, gone]
        second = [same, renewed, added]
        third = [replace(same, format=UNKNOWN), added, gone]
        for number, state in enumerate((first, second, third), 1):
            with catalogue.begin() as transaction:
                transaction.record_version(a_version(1, number, files=state, title=f"title {number}"))

        for number, state in enumerate((first, second, third), 1):
            assert list(catalogue.files(urn(1), number)) == sorted(state, key=lambda file: file.logical_path)
        assert list(catalogue.files(urn(1))) == list(catalogue.files(urn(1), 3))
        assert list(catalogue.files(urn(1), 4)) == []
        assert [version.number for version in catalogue.versions(urn(1))] == [1, 2, 3]
        assert catalogue.versions_of([urn(2), urn(1)]) == {urn(1): catalogue.versions(urn(1))}
        summary = catalogue.aip(urn(1))
        assert summary is not None
        assert (summary.head, summary.title, summary.created) == (3, "title 3", later(1))

    def test_a_new_version_replaces_the_description(self, catalogue: Catalogue) -> None:
        with catalogue.begin() as transaction:
            transaction.record_version(a_version(1, 1, dublin_core=(("title", "old"), ("date", "1999"))))
            transaction.record_version(a_version(1, 2, dublin_core=(("title", "new"),)))

        assert catalogue.dublin_core(urn(1)) == [("title", "new")]

    def test_a_version_that_is_there_already_is_refused(self, catalogue: Catalogue) -> None:
        with catalogue.begin() as transaction:
            transaction.record_version(a_version(1, 1))

        with pytest.raises(Conflict), catalogue.begin() as transaction:
            transaction.record_version(a_version(1, 1))
        assert len(catalogue.versions(urn(1))) == 1

    def test_a_state_that_names_one_path_twice_is_refused(self, catalogue: Catalogue) -> None:
        with pytest.raises(WrongUse), catalogue.begin() as transaction:
            transaction.record_version(a_version(1, 1, files=[a_file("a"), a_file("b"), a_file("a")]))
        assert catalogue.aip(urn(1)) is None

    def test_names_are_kept_to_the_byte_and_ordered_by_code_point(self, catalogue: Catalogue) -> None:
        names = [
            "Z", "a", "\u00e9", "e\u0301", "Hồ sơ/Ảnh 1.pdf", "line\nbreak", "tab\t", "back\\slash\\N", "\\.", "\ufffdFF",
            "\ufffdEF\ufffdBF\ufffdBD", "quote'\"", " lead", "trail ", "\x01\x7f\x1b", "😀", "Ａ", "%s ? :x", "n" * 255,
        ]  # fmt: skip
        with catalogue.begin() as transaction:
            transaction.record_version(a_version(1, files=[a_file(name) for name in names]))

        assert [file.logical_path for file in catalogue.files(urn(1))] == sorted(names)
        assert [file.original_path for file in catalogue.files(urn(1))] == sorted(names)

    def test_descriptions_that_no_database_can_keep_are_kept_with_replacements(self, catalogue: Catalogue) -> None:
        with catalogue.begin() as transaction:
            transaction.record_version(a_version(1, title="a\x00b", dublin_core=(("title", "lone \ud800 half"),)))

        summary = catalogue.aip(urn(1))
        assert summary is not None
        assert summary.title == "a\ufffdb"
        assert catalogue.dublin_core(urn(1)) == [("title", "lone \ufffd half")]

    def test_a_time_stamp_beyond_any_calendar_is_not_known(self, catalogue: Catalogue) -> None:
        with catalogue.begin() as transaction:
            transaction.record_version(a_version(1, files=[replace(a_file("a"), modified=10**30)]))

        assert [file.modified for file in catalogue.files(urn(1))] == [None]

    def test_aips_are_paged_by_id_and_found_by_collection(self, catalogue: Catalogue) -> None:
        with catalogue.begin() as transaction:
            for number in (3, 1, 5, 2, 4):
                transaction.record_version(a_version(number, collection=900 + number % 2))

        assert [aip.id for aip in catalogue.aips(limit=2)] == [urn(1), urn(2)]
        assert [aip.id for aip in catalogue.aips(after=urn(2), limit=2)] == [urn(3), urn(4)]
        assert [aip.id for aip in catalogue.aips(collection=urn(901))] == [urn(1), urn(3), urn(5)]
        assert [aip.id for aip in catalogue.aips(collection=urn(901), after=urn(3))] == [urn(5)]

    def test_twenty_thousand_files_are_recorded_and_streamed(self, catalogue: Catalogue) -> None:
        def state() -> Iterator[StoredFile]:
            return (a_file(f"data/{number % 97:02}/{number:05}") for number in range(20_000))

        first = replace(a_version(1, 1), files=state())
        second = replace(a_version(1, 2), files=(file for file in state() if not file.logical_path.endswith("7")))
        with catalogue.begin() as transaction:
            transaction.record_version(first)
        with catalogue.begin() as transaction:
            transaction.record_version(second)

        stream = catalogue.files(urn(1), 1)
        assert next(stream).logical_path == "data/00/00000"
        paths = [file.logical_path for file in stream]
        assert len(paths) == 19_999
        assert paths == sorted(paths)
        assert sum(1 for _file in catalogue.files(urn(1))) == 18_000
