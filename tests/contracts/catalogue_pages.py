"""Claims about the pages that requests read: bounded, complete, the same on every database."""

import pytest

from preservation.domain.holdings import FoundFile, StoredFile
from preservation.errors import WrongUse
from preservation.ports import Catalogue
from tests.contracts.catalogue_builders import PDF, UNKNOWN, a_copy, a_file, a_version, urn


def kept(catalogue: Catalogue, aip: int, *, title: str, collection: int = 900, **given: object) -> None:
    with catalogue.begin() as tx:
        tx.record_version(a_version(aip, title=title, collection=collection, **given))  # type: ignore[arg-type]


class PagesContract:
    """Part of `CatalogueContract`."""

    def test_search_passes_over_case_marks_and_the_stroke_of_d(self, catalogue: Catalogue) -> None:
        kept(catalogue, 1, title="Hồ sơ Địa chính phường Phúc Xá")
        kept(catalogue, 2, title="Bản đồ phường", dublin_core=(("dc:subject", "địa chính"),))
        kept(catalogue, 3, title="Công văn")

        for asked in ("dia chinh", "ĐỊA CHÍNH", "địa chính", "chinh dia"):
            assert [one.id for one in catalogue.search(asked)[0]] == [urn(2), urn(1)]
        assert catalogue.search("địa chính công")[0] == []

    def test_search_finds_words_and_their_beginnings_only_if_asked(self, catalogue: Catalogue) -> None:
        kept(catalogue, 1, title="archive")
        kept(catalogue, 2, title="archivist 100%_done")

        assert [one.id for one in catalogue.search("archiv")[0]] == []
        assert [one.id for one in catalogue.search("archiv*")[0]] == [urn(2), urn(1)]
        assert [one.id for one in catalogue.search("archiv* done")[0]] == [urn(2)]

    def test_search_forgets_what_a_new_version_no_longer_says(self, catalogue: Catalogue) -> None:
        kept(catalogue, 1, title="old name")
        kept(catalogue, 1, title="new name", number=2)

        assert catalogue.search("old") == ([], None)
        assert [one.id for one in catalogue.search("new name")[0]] == [urn(1)]

    def test_search_keeps_to_collections_and_pages_without_gaps(self, catalogue: Catalogue) -> None:
        for number in range(1, 8):
            kept(catalogue, number, title=f"hồ sơ {number}", collection=900 + number % 2)

        seen: list[str] = []
        before: int | None = None
        while True:
            page, before = catalogue.search("ho so", collections=[urn(901)], before=before, limit=2)
            seen += [one.id for one in page]
            if before is None:
                break
        assert seen == [urn(7), urn(5), urn(3), urn(1)]

    @pytest.mark.parametrize("text", ["", "  ", "%%%", "*", "_ - !", " ".join(f"w{number}" for number in range(17))])
    def test_search_refuses_what_has_no_words_or_too_many(self, catalogue: Catalogue, text: str) -> None:
        with pytest.raises(WrongUse):
            catalogue.search(text)

    def test_aips_of_some_collections_come_by_id_whatever_their_number(self, catalogue: Catalogue) -> None:
        for number in range(1, 10):
            kept(catalogue, number, title="x", collection=900 + number % 3)
        few, many = [urn(900), urn(901)], [urn(900), urn(901), *(urn(5000 + number) for number in range(100))]
        wanted = [urn(number) for number in (1, 3, 4, 6, 7, 9)]

        for chosen in (few, many):
            first = catalogue.aips_within(chosen, limit=4)
            rest = catalogue.aips_within(chosen, after=first[-1].id, limit=4)
            assert [one.id for one in (*first, *rest)] == wanted
        assert catalogue.aips_within([]) == []
        assert len(catalogue.aips_within(None)) == 9

    def test_the_pages_of_a_version_hold_each_of_its_files_once(self, catalogue: Catalogue) -> None:
        first = [a_file(f"{number}.pdf") for number in range(5)]
        second: list[StoredFile] = [*first[1:], a_file("new.pdf", b"new", version=2)]
        kept(catalogue, 1, title="x", files=first)
        kept(catalogue, 1, title="x", number=2, files=second)

        for version, state in ((1, first), (2, second), (None, second)):
            seen: list[StoredFile] = []
            after = 0
            while (page := catalogue.files_page(urn(1), version=version, after=after, limit=2)) and page.files:
                assert (page.version, page.collection) == (version or 2, urn(900))
                seen += [file for _, file in page.files]
                after = page.files[-1][0]
            assert sorted(seen, key=lambda one: one.logical_path) == sorted(state, key=lambda one: one.logical_path)
        beyond = catalogue.files_page(urn(1), version=3)
        assert beyond is not None
        assert (beyond.version, beyond.files) == (None, ())
        assert catalogue.files_page(urn(2)) is None

    def test_a_file_is_found_by_number_and_by_path(self, catalogue: Catalogue) -> None:
        kept(catalogue, 1, title="x", files=[a_file("a"), a_file("b%_")])
        page = catalogue.files_page(urn(1), path="b%_")
        assert page is not None
        ((number, file),) = page.files

        assert catalogue.file(urn(1), number) == FoundFile(urn(900), 1, file)
        assert catalogue.file(urn(1), 99) == FoundFile(urn(900), 1, None)
        assert catalogue.file(urn(9), 1) is None
        other = catalogue.files_page(urn(1), path="b")
        assert other is not None
        assert other.files == []

    def test_a_file_tells_in_which_versions_it_is(self, catalogue: Catalogue) -> None:
        kept(catalogue, 1, title="x", files=[a_file("a"), a_file("b")])
        kept(catalogue, 1, title="x", number=2, files=[a_file("a")])
        first = catalogue.files_page(urn(1), version=1)
        assert first is not None
        found = {file.logical_path: catalogue.file(urn(1), number) for number, file in first.files}

        assert [(one.first, one.last, one.head) for one in found.values() if one] == [(1, None, 2), (1, 1, 2)]

    def test_representations_are_counted_by_folder(self, catalogue: Catalogue) -> None:
        paths = [
            "METS.xml",
            "representations/rep1/data/a",
            "representations/rep1/data/b/c",
            "representations/rep2/METS.xml",
        ]
        kept(catalogue, 1, title="x", files=[a_file(path, b"12345") for path in paths])

        found = [(one.name, one.files, one.bytes) for one in catalogue.representations(urn(1))]
        assert found == [("rep1", 2, 10), ("rep2", 1, 5)]
        assert catalogue.representations(urn(9)) == []

    def test_formats_are_counted_over_heads_and_within_collections(self, catalogue: Catalogue) -> None:
        kept(
            catalogue,
            1,
            title="x",
            files=[a_file("a"), a_file("b"), a_file("c", format=UNKNOWN), a_file("d", format=None)],
        )
        kept(catalogue, 2, title="x", collection=901, files=[a_file("a")])
        kept(catalogue, 1, title="x", number=2, files=[a_file("a"), a_file("c", format=UNKNOWN)])

        everywhere = [(one.puid, one.aips, one.files, one.bytes) for one in catalogue.format_holdings()]
        here = [(one.puid, one.aips, one.files) for one in catalogue.format_holdings([urn(901)])]
        assert everywhere == [(PDF.puid, 2, 2, 14), (None, 1, 1, 7)]
        assert here == [(PDF.puid, 1, 1)]

    def test_a_view_is_what_its_parts_say(self, catalogue: Catalogue) -> None:
        kept(catalogue, 1, title="x", files=[a_file("a")], dublin_core=(("dc:title", "x"),))
        with catalogue.begin() as tx:
            tx.save_copies([a_copy(1, 1), a_copy(1, 2)])

        view = catalogue.aip_view(urn(1))
        assert view is not None
        assert view.summary == catalogue.aip(urn(1))
        assert view.versions == catalogue.versions(urn(1))
        assert view.copies == catalogue.copies(urn(1))
        assert view.dublin_core == catalogue.dublin_core(urn(1))
        assert catalogue.aip_view(urn(2)) is None

    def test_the_collection_of_aips_is_told_and_of_nothing_else(self, catalogue: Catalogue) -> None:
        kept(catalogue, 1, title="x", collection=901)

        assert catalogue.collections_of([urn(1), urn(2), "preservation/0.1"]) == {urn(1): urn(901)}
