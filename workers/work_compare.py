"""Replicas' listings held against the catalogue."""

from collections.abc import Mapping

from preservation.domain.events import Json
from preservation.errors import Unavailable
from preservation.services.replica_drift import look_for_drift
from workers.errands import Errand


def compare_replicas(errand: Errand) -> Mapping[str, Json]:
    """Every replica that is here. One that goes away meanwhile is named; nothing is said of it."""
    repository = errand.repository
    rows: dict[str, Json] = {}
    for replica, store in repository.replicas.stores.items():
        record = repository.replicas.records[replica]
        try:
            found = look_for_drift(
                repository.catalogue, repository.locations, repository.recorder, repository.clock, record, store
            )
        except Unavailable as error:
            rows[record.name] = {"reason": str(error)}
        else:
            rows[record.name] = {"objects": found.objects, "unknown": found.unknown, "absent": found.absent}
    return {"replicas": rows, "away": dict(repository.replicas.away)}
