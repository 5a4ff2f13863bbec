"""What looks into files, joined: at ingest, in what is held, and for malware."""

from collections.abc import Iterator
from contextlib import contextmanager

from preservation.adapters.scratch import Scratch
from preservation.bootstrap.examination import examiner, virus_scanner
from preservation.bootstrap.joining import Repository
from preservation.domain.examination_policy import VirusScan
from preservation.domain.policies import FormatPolicy
from preservation.ports.examination import Examiner, VirusScanner
from preservation.services.examination import HeldExamination
from preservation.services.virus_scanning import HeldVirusScan
from preservation.settings import Settings

EXAMINATION_LOCK = "examination"
VIRUS_LOCK = "virus-scan"


@contextmanager
def looks(settings: Settings, policy: FormatPolicy) -> Iterator[tuple[Examiner | None, VirusScanner | None]]:
    """What an ingest looks with, for `Repository.ingest`: each None where the policy does not ask for it."""
    scanner = virus_scanner(settings) if policy.viruses.scan is not VirusScan.OFF else None
    if not policy.examination.at_ingest:
        yield None, scanner
        return
    with examiner(settings) as tools:
        yield tools, scanner


@contextmanager
def held_examination(repository: Repository) -> Iterator[HeldExamination]:
    """The job that examines what is held. Whoever runs it holds `EXAMINATION_LOCK`: its copies lie in one folder."""
    scratch = Scratch(repository.home.staging, EXAMINATION_LOCK)
    with examiner(repository.settings) as tools:
        yield HeldExamination(
            catalogue=repository.catalogue,
            replicas=repository.replicas,
            locations=repository.locations,
            recorder=repository.recorder,
            clock=repository.clock,
            policies=repository.policies,
            examiner=tools,
            scratch=scratch,
        )


def held_virus_scan(repository: Repository) -> HeldVirusScan | None:
    """The job that scans what is held, by whoever holds `VIRUS_LOCK`; None where the policy switches scanning off."""
    if repository.policies.formats.viruses.scan is VirusScan.OFF:
        return None
    scanner = virus_scanner(repository.settings)
    if scanner is None:
        return None
    return HeldVirusScan(
        catalogue=repository.catalogue,
        replicas=repository.replicas,
        locations=repository.locations,
        recorder=repository.recorder,
        clock=repository.clock,
        policies=repository.policies,
        scanner=scanner,
        scratch=Scratch(repository.home.staging, VIRUS_LOCK),
    )
