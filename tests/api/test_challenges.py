"""Another archive asks about our copies over HTTP: by an account that may do nothing else, answered by a job."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from preservation.adapters.peer_http import HttpPeer
from preservation.domain.challenges import ChallengeAnswer
from preservation.domain.jobs import JobKind, JobProblem, Queue
from preservation.domain.people import Role
from preservation.errors import NotHere, Unavailable
from preservation.services.challenge_answers import read_object
from tests.api.api_server import EVERYWHERE, OTHER, OWN, ApiServer, make_holdings, serve
from tests.homes import Quiet
from workers.engines import Engines
from workers.errands import Errand
from workers.kinds import KINDS

NONCE = "5a" * 32


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    with serve(make_holdings(tmp_path_factory.mktemp("challenged"))) as running:
        yield running


def work(api: ApiServer) -> None:
    """What a worker does with challenges that wait."""
    repository = api.repository
    table, now = repository.catalogue.job_table(), repository.clock.now()
    while (job := table.lease({Queue.ACCESS}, "w", now=now, until=now + timedelta(minutes=1))) is not None:
        try:
            result = KINDS[job.kind](Errand(repository, job, Quiet(), Engines()))
        except NotHere as error:
            problem = JobProblem(type(error).__name__, str(error))
            table.fail(job.id, job.token, now=now, problem=problem, retry_at=None)
        else:
            table.succeed(job.id, job.token, now=now, result=result)


def ask(api: ApiServer, folder: Path, aip: str, version: int = 1, place: str = EVERYWHERE) -> ChallengeAnswer | None:
    """As another archive asks, while a worker works here."""
    token = folder / "token"
    token.write_text(f"{Role.PEER.value}-{place}\n")
    url = f"{api.url}/api/v1/challenges"
    with closing(HttpPeer(url, str(token), patience=30, sleep=lambda _seconds: work(api))) as peer:
        return peer.ask(aip, version, NONCE)


def test_the_answer_is_the_one_that_reading_the_object_gives(own: ApiServer, tmp_path: Path) -> None:
    repository = own.repository
    aip = own.holdings.aips[OWN]

    answer = ask(own, tmp_path, aip)

    assert isinstance(answer, ChallengeAnswer)
    store = next(iter(repository.replicas.stores.values()))
    versions = repository.catalogue.versions(aip)
    expected = read_object(
        store,
        repository.locations.object_root(aip),
        versions,
        bytes.fromhex(NONCE),
        bytes.fromhex(answer.nonce),
        Quiet(),
    )
    assert (expected.is_intact, answer.digest) == (True, expected.digest)


def test_what_is_not_held_or_not_within_reach_is_not_here(own: ApiServer, tmp_path: Path) -> None:
    assert ask(own, tmp_path, "urn:uuid:01930000-0000-7000-8000-00000000ffff") is None
    assert ask(own, tmp_path, own.holdings.aips[OWN], 7) is None
    assert ask(own, tmp_path, own.holdings.aips[OWN], place=OTHER) is None


def test_a_peer_may_ask_challenges_and_nothing_else(own: ApiServer) -> None:
    client = own.client(Role.PEER)
    body = {"aip": own.holdings.aips[OWN], "version": 1, "nonce": NONCE}

    assert client.post("/api/v1/challenges", json=body | {"nonce": "short"}).status_code == 422
    assert [client.get(f"/api/v1/{path}").status_code for path in ("aips", "copies", "events", "peers")] == [403] * 4
    assert own.client(Role.ADMINISTRATOR).post("/api/v1/challenges", json=body).status_code == 403


def test_one_who_asks_without_end_is_told_to_wait(own: ApiServer) -> None:
    client = own.client(Role.PEER)
    body = {"aip": own.holdings.aips[OWN], "version": 1, "nonce": NONCE}

    statuses = [client.post("/api/v1/challenges", json=body).status_code for _ in range(10)]

    assert statuses == [202] * 8 + [429] * 2
    work(own)
    jobs = own.repository.catalogue.job_table().jobs(kind=JobKind.CHALLENGE)
    assert {len(str((one.result or {}).get("digest"))) for one in jobs} == {64}


def test_a_peer_without_token_or_that_is_not_there_gives_no_answer(own: ApiServer, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("nobody\n")

    for url, said in ((own.url, "401"), ("http://127.0.0.1:9", "did not answer")):
        with closing(HttpPeer(f"{url}/api/v1/challenges", str(token))) as peer, pytest.raises(Unavailable, match=said):
            peer.ask(own.holdings.aips[OWN], 1, NONCE)
    with pytest.raises(Unavailable, match="token"):
        HttpPeer(own.url, str(tmp_path / "none"))


def test_those_who_may_read_the_state_see_what_peers_answered(own: ApiServer) -> None:
    assert own.client(Role.AUDITOR).get("/api/v1/peers").json() == {"items": []}
