"""What every catalogue must tell of AIPs that an agent has not dealt with yet."""

from preservation.domain.events import Event, EventOutcome, EventType, LinkedAgent, LinkedObject
from preservation.domain.identifiers import version_id
from preservation.domain.ledger import EncodedEvent
from preservation.ports import Catalogue
from tests.contracts.catalogue_builders import a_file, a_version, later, urn


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
