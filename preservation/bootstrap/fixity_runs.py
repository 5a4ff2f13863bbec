"""A whole fixity run, as a command or a job asks for it: markers given back, what replicas hold beside AIPs, then the copies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from preservation.bootstrap.joining import Repository
from preservation.ports import Progress
from preservation.services.fixity import FixityReport, Selection
from preservation.services.replica_upkeep import Mended


@dataclass(frozen=True, slots=True)
class FixityRun:
    """What came of it. `mended` are files beside AIPs that were not right; `away` says by name why a replica was left out."""

    report: FixityReport
    mended: Sequence[Mended]
    away: Mapping[str, str]


def run_fixity(
    opened: Repository, selection: Selection, progress: Progress, *, replica: str | None, aip: str | None
) -> FixityRun:
    """Check and repair. `replica` is an id; with an `aip` only its copies are looked at. Raises what `Fixity.run` raises."""
    repository, mended = _with_markers(opened)
    if aip is None:
        for one, store in repository.replicas.stores.items():
            if replica in (None, one):
                mended += repository.upkeep().check(repository.replicas.records[one], store)
    report = repository.fixity().run(selection, progress, replica=replica, aip=aip)
    gone = report.away if replica else {**repository.replicas.away, **report.away}
    return FixityRun(report, mended, {repository.replicas.name(one): reason for one, reason in gone.items()})


def _with_markers(repository: Repository) -> tuple[Repository, list[Mended]]:
    """A replica that lost its marker alone is not away: it gets the marker back and takes part."""
    records = [repository.replicas.records[one] for one in repository.replicas.away]
    restored = [one for record in records if (one := repository.upkeep().restore_marker(record)) is not None]
    return (repository.with_replicas() if restored else repository), restored
