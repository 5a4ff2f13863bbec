"""What is past its time goes: ended jobs, expired exports, ended sessions, remembered answers, what crashes left behind."""

import os
import time
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

from preservation.adapters.export_archive import clear_folder
from preservation.bootstrap import Repository
from preservation.bootstrap.migrations import clear_migrations
from preservation.domain.events import Json
from preservation.errors import Unavailable
from workers.errands import Errand

# The events of a job are the truth and stay; its row is for whoever asks how it went.
JOBS_KEPT = timedelta(days=30)
EXPORTS_KEPT = timedelta(days=7)
ANSWERS_KEPT = timedelta(days=2)
# An archive is unpacked here while it is taken in; nothing takes that long.
STAGING_KEPT = timedelta(days=3)

_FORGOTTEN_AT_ONCE = 10_000


def clean_up(errand: Errand) -> Mapping[str, Json]:
    """Each kind in its turn; the counts of what went."""
    repository = errand.repository
    errand.progress.begin("clean up", None)
    now = repository.clock.now()
    with repository.catalogue.begin() as tx:
        answers = tx.forget_answers(before=now - ANSWERS_KEPT)
    errand.progress.advance(0)
    uploads, packages = repository.deposit_clearing().clear(now, errand.progress)
    counts: dict[str, Json] = {
        "uploads": uploads,
        "deposits": packages,
        "answers": answers,
        "sessions": repository.catalogue.account_table().end_sessions(before=now),
        "exports": _clear_exports(errand),
        "staging": _clear_staging(repository.home.staging),
        "jobs": _forget_jobs(repository),
        "migrations": clear_migrations(repository),
        "recovered": len(repository.recovery().recover()),
    }
    errand.progress.end()
    return counts


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
