"""The format identification engines that a policy names, as long as they are needed, and the jobs that ask them later."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from preservation.adapters.format_identification.fido import fido_identifier
from preservation.adapters.format_identification.pool import ProcessIdentifier
from preservation.adapters.format_identification.siegfried import siegfried_identifier
from preservation.adapters.format_registry.pronom import PronomRegistry
from preservation.adapters.scratch import Scratch
from preservation.bootstrap.joining import Repository
from preservation.domain.policies import FormatEngine, FormatPolicy
from preservation.domain.signature_files import SignatureFile, SignatureKind
from preservation.errors import Unavailable
from preservation.ports import FormatIdentifier
from preservation.ports.format_registry import FormatRegistry
from preservation.services.format_review import FormatReview
from preservation.services.reidentification import Reidentification


def format_registry(policy: FormatPolicy) -> FormatRegistry:
    """What is known of formats. It is read when it is first asked, which takes a second: keep it."""
    return PronomRegistry(policy.signatures)


@contextmanager
def format_identifier(policy: FormatPolicy, scratch: Path | None = None) -> Iterator[FormatIdentifier | None]:
    """The engine that the policy asks first, already starting; None where identification is switched off."""
    if policy.first is FormatEngine.NONE:
        yield None
        return
    identifier = engine(policy, policy.first, scratch)
    try:
        identifier.start()
        yield identifier
    finally:
        identifier.close()


@contextmanager
def format_review(repository: Repository) -> Iterator[FormatReview | None]:
    """The job of second opinions, with both engines in the policy's order; None where the policy wants no second opinion.

    Engines start when they are first asked. The repository must be open for writing.
    """
    policy = repository.policies.formats
    if policy.other is FormatEngine.NONE:
        yield None
        return
    scratch = Scratch(repository.home.staging)
    first, second = engine(policy, policy.first, None), engine(policy, policy.other, None)
    try:
        yield FormatReview(
            catalogue=repository.catalogue,
            replicas=repository.replicas,
            locations=repository.locations,
            recorder=repository.recorder,
            policies=repository.policies,
            first=first,
            second=second,
            scratch=scratch,
        )
    finally:
        first.close()
        second.close()
        scratch.clear()


@contextmanager
def reidentification(repository: Repository, name: FormatEngine) -> Iterator[Reidentification]:
    """The job of identifying again by an engine, which is not NONE. The repository must be open for writing."""
    asked = engine(repository.policies.formats, name, None)
    scratch = tuple(Scratch(repository.home.staging, f"identified-again-{turn}") for turn in ("a", "b"))
    try:
        yield Reidentification(
            catalogue=repository.catalogue,
            replicas=repository.replicas,
            locations=repository.locations,
            recorder=repository.recorder,
            engine=asked,
            scratch=(scratch[0], scratch[1]),
        )
    finally:
        asked.close()


def engine(policy: FormatPolicy, name: FormatEngine, scratch: Path | None) -> ProcessIdentifier:
    """Siegfried or FIDO, with two processes: they are what an ingest or a job waits for. With the signatures that are installed.

    Unavailable if an installed file is not what was installed.
    """
    if name is FormatEngine.FIDO:
        droid, containers = _installed(policy, SignatureKind.DROID), _installed(policy, SignatureKind.CONTAINERS)
        named = (
            f"{droid.release if droid is not None else 'formats of its own'}, {containers.release}"
            if containers
            else ""
        )
        return fido_identifier(
            processes=2,
            scratch=scratch,
            droid=Path(droid.path) if droid is not None else None,
            containers=Path(containers.path) if containers is not None else None,
            signatures=named,
        )
    database = _installed(policy, SignatureKind.SIEGFRIED)
    return siegfried_identifier(scratch=scratch, signature=Path(database.path) if database is not None else None)


def _installed(policy: FormatPolicy, kind: SignatureKind) -> SignatureFile | None:
    known = policy.signatures.get(kind)
    if known is None:
        return None
    try:
        data = Path(known.path).read_bytes()
    except OSError as error:
        raise Unavailable(f"{known.path} cannot be read: {error.strerror}") from error
    if hashlib.sha512(data).hexdigest() != known.sha512:
        raise Unavailable(f"{known.path} is not the signature file that was installed")
    return known
