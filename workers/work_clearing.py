"""What is past its time goes: ended jobs, expired exports, ended sessions, remembered answers, what crashes left behind."""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import structlog

from preservation.adapters.export_archive import clear_folder
from preservation.bootstrap import Repository
from preservation.bootstrap.migrations import clear_migrations
from preservation.domain.events import Json
from preservation.errors import PreservationError, Unavailable
from workers.errands import Errand

log = structlog.get_logger()

# The events of a job are the truth and stay; its row is for whoever asks how it went.
JOBS_KEPT = timedelta(days=30)
EXPORTS_KEPT = timedelta(days=7)
ANSWERS_KEPT = timedelta(days=2)
# An archive is unpacked here while it is taken in; nothing takes that long.
STAGING_KEPT = timedelta(days=3)

_FORGOTTEN_AT_ONCE = 10_000


def clean_up(errand: Errand) -> Mapping[str, Json]:
    """Each kind in its turn; the counts of what went. Unavailable, after all the others, where one could not be seen to."""
    repository = errand.repository
    errand.progress.begin("clean up", None)
    kinds: Mapping[str, Callable[[], Mapping[str, Json]]] = {
        "answers": lambda: {"answers": _forget_answers(repository)},
        "deposits": lambda: _clear_deposits(errand),
        "sessions": lambda: {
            "sessions": repository.catalogue.account_table().end_sessions(before=repository.clock.now())
        },
        "exports": lambda: {"exports": _clear_exports(errand)},
        "staging": lambda: {"staging": _clear_staging(repository.home.staging)},
        "jobs": lambda: {"jobs": _forget_jobs(repository)},
        "migrations": lambda: {"migrations": clear_migrations(repository)},
        "recovered": lambda: {"recovered": len(repository.recovery().recover())},
    }
    counts: dict[str, Json] = {}
    problems: list[str] = []
    for kind, clear in kinds.items():
        errand.progress.advance(0)
        try:
            counts |= clear()
        except (PreservationError, OSError) as error:
            log.warning("not_cleared", what=kind, error=type(error).__name__, reason=str(error))
            problems.append(f"{kind}: {error}")
    errand.progress.end()
    if problems:
        raise Unavailable("; ".join(problems))
    return counts


def _forget_answers(repository: Repository) -> int:
    with repository.catalogue.begin() as tx:
        return tx.forget_answers(before=repository.clock.now() - ANSWERS_KEPT)


def _clear_deposits(errand: Errand) -> Mapping[str, Json]:
    repository = errand.repository
    uploads, packages = repository.deposit_clearing().clear(repository.clock.now(), errand.progress)
    return {"uploads": uploads, "deposits": packages}


def _forget_jobs(repository: Repository) -> int:
    table, before, forgotten = repository.catalogue.job_table(), repository.clock.now() - JOBS_KEPT, 0
    while count := table.forget(ended_before=before, limit=_FORGOTTEN_AT_ONCE):
        forgotten += count
    return forgotten


def _clear_exports(errand: Errand) -> int:
    """Those whose jobs ended long ago, or are forgotten."""
    repository, count = errand.repository, 0
    table, before = repository.catalogue.job_table(), repository.clock.now() - EXPORTS_KEPT
    for folder in _folders(repository.home.exports):
        errand.progress.advance(0)
        job = table.job(f"urn:uuid:{folder.name}")
        if job is None or (job.finished is not None and job.finished < before):
            clear_folder(folder)
            count += 1
    return count


def _clear_staging(staging: Path) -> int:
    """Folders that no living process can still be at, by their age on this file system."""
    count, before = 0, time.time() - STAGING_KEPT.total_seconds()
    for folder in _folders(staging):
        if folder.stat().st_mtime < before:
            clear_folder(folder)
            count += 1
    return count


def _folders(parent: Path) -> Iterator[Path]:
    try:
        yield from sorted(Path(one.path) for one in os.scandir(parent) if one.is_dir(follow_symlinks=False))
    except OSError as error:
        raise Unavailable(f"{parent} cannot be read: {error.strerror}") from error
