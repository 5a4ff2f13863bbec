"""The watched places of a home, and what empties them."""

from collections.abc import Mapping, Sequence

from preservation.adapters.deposit_folder import DepositFolder
from preservation.adapters.drops.configuration import open_place, read_drops
from preservation.bootstrap.joining import Repository
from preservation.domain.drops import Drop
from preservation.errors import PreservationError, Unavailable, WrongUse
from preservation.ports import Progress
from preservation.services.drops import Collected, Drops


def watched_drops(repository: Repository) -> Sequence[Drop]:
    """What `HOME/drops.toml` names. Raises WrongUse, Unavailable."""
    return read_drops(repository.home.drops_file)


def collect_drops(repository: Repository, environment: Mapping[str, str], progress: Progress) -> Sequence[Collected]:
    """Empty every watched place once. `environment` says who may open buckets.

    Once all were looked at: Unavailable if something did not answer, WrongUse if a place makes no sense as it is named.
    """
    service = Drops(
        catalogue=repository.catalogue,
        deposits=repository.deposits(),
        space=DepositFolder(repository.home.deposits),
        locks=repository.locks,
        limits=repository.policies.ingest.limits,
    )
    done = [_collect(service, one, repository, environment, progress) for one in watched_drops(repository)]
    problems = [(f"{one.drop} {name}".strip(), error) for one in done for name, error in one.problems.items()]
    if problems:
        kind = Unavailable if any(isinstance(error, Unavailable) for _, error in problems) else WrongUse
        raise kind("; ".join(f"{where}: {error}" for where, error in problems))
    return done


def _collect(
    service: Drops, drop: Drop, repository: Repository, environment: Mapping[str, str], progress: Progress
) -> Collected:
    try:
        place = open_place(drop, environment, repository.clock)
    except PreservationError as error:
        return Collected(drop.name, problems={"": error})
    return service.collect(drop, place, progress)
