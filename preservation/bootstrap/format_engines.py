"""The format identification engines that a policy names, as long as they are needed."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from preservation.adapters.format_identification.fido import fido_identifier
from preservation.adapters.format_identification.siegfried import siegfried_identifier
from preservation.adapters.scratch import Scratch
from preservation.bootstrap.joining import Repository
from preservation.domain.policies import FormatEngine, FormatPolicy
from preservation.ports import DescribedIdentifier, FormatIdentifier
from preservation.services.format_review import FormatReview


@contextmanager
def format_identifier(policy: FormatPolicy, scratch: Path | None = None) -> Iterator[FormatIdentifier | None]:
    """The engine that the policy asks first; None where identification is switched off."""
    if policy.first is FormatEngine.NONE:
        yield None
        return
    identifier = _engine(policy.first, scratch)
    try:
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
    first, second = _engine(policy.first, None), _engine(policy.other, None)
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


def _engine(engine: FormatEngine, scratch: Path | None) -> DescribedIdentifier:
    """Siegfried and FIDO, each with two processes: they are what an ingest or a review waits for."""
    if engine is FormatEngine.FIDO:
        return fido_identifier(processes=2, scratch=scratch)
    return siegfried_identifier(scratch=scratch)
