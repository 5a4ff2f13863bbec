"""Challenges: those that peers ask us, and those that we ask them."""

import re
from collections.abc import Mapping
from contextlib import closing

from preservation.adapters.peer_http import HttpPeer
from preservation.domain.events import Json
from preservation.errors import Unavailable, WrongUse
from preservation.services.challenge_answers import answer_challenge
from preservation.services.peer_checks import PeerChecks
from workers.errands import Errand

_NONCE = re.compile(r"[0-9a-f]{64}", re.ASCII)


def answer_peer(errand: Errand) -> Mapping[str, Json]:
    """Read the AIP that the job is about, and answer the `nonce` of its parameters with one of our own, and the digest."""
    repository = errand.repository
    nonce, version = errand.text("nonce"), errand.number("version")
    if nonce is None or _NONCE.fullmatch(nonce) is None or version is None:
        raise WrongUse("a challenge names a version, and a nonce of 64 hexadecimal digits")
    answer = answer_challenge(
        repository.catalogue,
        repository.locations,
        list(repository.replicas.stores.values()),
        repository.minter,
        errand.progress,
        aip=errand.subject(),
        version=version,
        nonce=bytes.fromhex(nonce),
    )
    return {"nonce": answer.nonce, "digest": answer.digest}


def ask_peers(errand: Errand) -> Mapping[str, Json]:
    """Every peer that the policy names, about the AIPs whose day it is. A peer whose token cannot be read is named."""
    repository = errand.repository
    checks = PeerChecks(
        catalogue=repository.catalogue,
        locations=repository.locations,
        stores=list(repository.replicas.stores.values()),
        recorder=repository.recorder,
        minter=repository.minter,
        clock=repository.clock,
    )
    rows: dict[str, Json] = {}
    for peer in repository.policies.replication.peers.values():
        try:
            with closing(HttpPeer(peer.challenge_url, peer.token_file)) as client:
                found = checks.ask(peer, client, errand.progress)
        except Unavailable as error:
            rows[peer.name] = {"reason": str(error)}
        else:
            rows[peer.name] = {
                "agreed": found.agreed,
                "differs": found.differs,
                "absent": found.absent,
                "unanswered": found.unanswered,
                "own": found.own,
            }
    return {"peers": rows}
