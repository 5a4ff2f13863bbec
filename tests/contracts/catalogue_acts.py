"""What every catalogue must tell of AIPs that an agent has not dealt with yet."""

from dataclasses import replace

import pytest

from preservation.domain.events import Event, EventOutcome, EventType, LinkedAgent, LinkedObject
from preservation.domain.formats import FormatIdentification
from preservation.domain.holdings import NewAIPVersion
from preservation.domain.identifiers import version_id
from preservation.domain.ledger import EncodedEvent
from preservation.errors import Conflict
from preservation.ports import Catalogue
from tests.contracts.catalogue_builders import PDF, UNKNOWN, a_file, a_version, later, urn


def an_act(number: int, aip: int, *, version: int = 1, agent: str = "engine 1") -> EncodedEvent:
    """An event by an agent, linked to one version of an AIP."""
    event = Event(
        id=urn(200_000 + number),
        type=EventType.FORMAT_IDENTIFICATION,
        time=later(number),
        outcome=EventOutcome.SUCCESS,
        agents=(LinkedAgent("preservation 0.1"), LinkedAgent(agent)),
        objects=(LinkedObject(urn(aip), "aip"), LinkedObject(version_id(urn(aip), version), "aip version")),
    )
    return EncodedEvent(event, f"act {number}".encode(), b"", b"")


def record(catalogue: Catalogue, *aips: int, version: int = 1) -> None:
    for aip in aips:
        with catalogue.begin() as transaction:
            transaction.record_version(a_version(aip, version, files=[a_file("a", version=version)]))


def append(catalogue: Catalogue, *events: EncodedEvent) -> None:
    with catalogue.begin() as transaction:
        transaction.append_events(events)


class ActsContract:
    def test_a_head_that_no_event_of_the_agent_is_linked_to_lacks_its_act(self, catalogue: Catalogue) -> None:
        record(catalogue, 1, 2, 3)
        append(catalogue, an_act(1, 2), an_act(2, 3, agent="engine 2"))

        assert catalogue.heads_without_act(["engine 1"]) == [(urn(1), 1), (urn(3), 1)]
        assert catalogue.heads_without_act(["engine 2"]) == [(urn(1), 1), (urn(2), 1)]
        assert catalogue.heads_without_act(["engine 1", "engine 2"]) == [(urn(1), 1)]
        assert catalogue.heads_without_act(["engine 3"]) == [(urn(1), 1), (urn(2), 1), (urn(3), 1)]

    def test_an_act_on_an_earlier_version_does_not_count_for_the_head(self, catalogue: Catalogue) -> None:
        record(catalogue, 1)
        append(catalogue, an_act(1, 1))
        record(catalogue, 1, version=2)

        assert catalogue.heads_without_act(["engine 1"]) == [(urn(1), 2)]
        append(catalogue, an_act(2, 1, version=2))
        assert catalogue.heads_without_act(["engine 1"]) == []

    def test_an_event_that_is_linked_to_the_aip_alone_does_not_count(self, catalogue: Catalogue) -> None:
        record(catalogue, 1, 11)
        append(catalogue, an_act(1, 11, version=11), an_act(2, 1, version=11))

        assert catalogue.heads_without_act(["engine 1"]) == [(urn(1), 1), (urn(11), 1)]

    def test_heads_are_paged_by_aip_and_one_can_be_asked_for(self, catalogue: Catalogue) -> None:
        record(catalogue, 5, 3, 4, 1)
        append(catalogue, an_act(1, 3))

        first = catalogue.heads_without_act(["engine 1"], limit=2)
        assert first == [(urn(1), 1), (urn(4), 1)]
        assert catalogue.heads_without_act(["engine 1"], after=urn(4), limit=2) == [(urn(5), 1)]
        assert catalogue.heads_without_act(["engine 1"], aip=urn(4)) == [(urn(4), 1)]
        assert catalogue.heads_without_act(["engine 1"], aip=urn(4), after=urn(4)) == []
        assert catalogue.heads_without_act(["engine 1"], aip=urn(3)) == []
        assert catalogue.heads_without_act(["engine 1"], aip=urn(9)) == []

    def test_heads_with_files_that_are_wanted_and_not_dealt_with_yet_are_walked(self, catalogue: Catalogue) -> None:
        def version(aip: int, *formats: FormatIdentification | None) -> NewAIPVersion:
            return a_version(aip, files=[a_file(f"{n}", format=one) for n, one in enumerate(formats)])

        for one in (version(1, PDF), version(2, UNKNOWN, PDF), version(3, None), version(4, UNKNOWN), version(5)):
            with catalogue.begin() as transaction:
                transaction.record_version(one)
        append(catalogue, an_act(1, 4))

        def is_unknown(one: FormatIdentification | None) -> bool:
            return one is None or one.puid is None

        assert catalogue.heads_holding(is_unknown, ["engine 1"]) == ([(urn(2), 1), (urn(3), 1)], None)
        assert catalogue.heads_holding(is_unknown, ["engine 2"])[0] == [(urn(2), 1), (urn(3), 1), (urn(4), 1)]
        assert catalogue.heads_holding(lambda one: one == PDF, [])[0] == [(urn(1), 1), (urn(2), 1)]
        assert catalogue.heads_holding(is_unknown, ["engine 1"], aip=urn(3)) == ([(urn(3), 1)], None)
        assert catalogue.heads_holding(is_unknown, ["engine 1"], aip=urn(4)) == ([], None)
        assert catalogue.heads_holding(lambda _: False, []) == ([], None)

    def test_a_long_walk_is_given_in_pages_that_go_on_where_the_last_ended(self, catalogue: Catalogue) -> None:
        formats = [replace(PDF, puid=f"fmt/{n}") for n in range(2600)]
        for aip in (1, 2, 3):
            with catalogue.begin() as transaction:
                files = [a_file(f"{n}", format=one) for n, one in enumerate(formats)]
                transaction.record_version(a_version(aip, files=files))

        first, after = catalogue.heads_holding(lambda one: one is not None, [], limit=1)
        assert (first, after is not None) == ([(urn(1), 1)], True)
        assert catalogue.heads_holding(lambda one: one is not None, [], after=after or 0) == (
            [(urn(2), 1), (urn(3), 1)],
            None,
        )

    def test_a_files_format_is_changed_in_the_head_and_counted_anew(self, catalogue: Catalogue) -> None:
        with catalogue.begin() as transaction:
            transaction.record_version(a_version(1, files=[a_file("a", format=None), a_file("b")]))
        numbers = {file.logical_path: number for number, file in catalogue.files_page(urn(1)).files}  # type: ignore[union-attr]

        with catalogue.begin() as transaction:
            transaction.change_formats(urn(1), 1, {numbers["a"]: PDF, numbers["b"]: UNKNOWN})

        assert {file.logical_path: file.format for file in catalogue.files(urn(1))} == {"a": PDF, "b": UNKNOWN}
        assert {one.puid: one.files for one in catalogue.format_holdings()} == {"fmt/95": 1, None: 1}
        with pytest.raises(Conflict), catalogue.begin() as transaction:
            transaction.change_formats(urn(1), 2, {numbers["a"]: UNKNOWN})
        with pytest.raises(Conflict), catalogue.begin() as transaction:
            transaction.change_formats(urn(9), 1, {1: UNKNOWN})
        assert {file.format for file in catalogue.files(urn(1))} == {PDF, UNKNOWN}
