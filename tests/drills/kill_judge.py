"""What must hold when the kill drill is over and everything has come to rest."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from preservation import bootstrap
from preservation.adapters.trees import FolderTree
from preservation.domain.events import Event, EventOutcome
from preservation.domain.holdings import TransferStatus
from preservation.domain.ledger import EventFilter
from preservation.ports import Catalogue
from preservation.services.ocfl_validation import validate_path
from preservation.settings import Settings
from preservation.standards.ledger_entry import decode
from tests.drills.kill_producer import Package
from tests.homes import Quiet

_PAGE = 1000
# How an act is told apart from others about the same transfer.
Act = tuple[str, str]


def judge(settings: Settings, acknowledged: Mapping[str, Package], reference: Mapping[bool, Counter[Act]]) -> list[str]:
    """What is wrong, in sentences. `reference` has the successful acts of a calm transfer, a good one and a bad one."""
    wrong: list[str] = []
    with bootstrap.writing(settings, Quiet()) as repository:
        catalogue = repository.catalogue
        acts = acts_of_transfers(catalogue, wrong)
        aips: dict[str, list[str]] = defaultdict(list)
        for summary in catalogue.aips(limit=100_000):
            for version in catalogue.versions(summary.id):
                aips[version.transfer or ""].append(summary.id)
        for transfer, package in acknowledged.items():
            wrong += _of_transfer(catalogue, transfer, package, aips[transfer], acts[transfer], reference)
        for transfer in set(aips) - set(acknowledged):
            known = catalogue.transfer(transfer)
            if known is None or known.collection != repository.identity.id:
                wrong.append(f"an AIP came of {transfer}, which nobody was told was accepted")
        open_jobs = [job for job in catalogue.job_table().jobs(limit=10_000) if not job.state.is_final]
        wrong += [f"the job {job.id} ({job.kind.value}) is still {job.state.value}" for job in open_jobs if job.subject]
        replicas = [Path(record.url.removeprefix("file://")) for record in catalogue.replicas()]
    for replica in replicas:
        for root in ("ocfl", "repository"):
            errors = [one for one in validate_path(FolderTree(replica / root)).findings if one.is_error]
            wrong += [f"{replica.name}/{root}: {one.code} {one.path}" for one in errors]
        left = list((replica / "work").iterdir()) if (replica / "work").exists() else []
        wrong += [f"{replica.name}/work holds {one.name}" for one in left]
    return wrong


def acts_of_transfers(catalogue: Catalogue, wrong: list[str]) -> dict[str, Counter[Act]]:
    """The successful acts about each transfer; an event that is there twice is told."""
    acts: dict[str, Counter[Act]] = defaultdict(Counter)
    ids: Counter[str] = Counter()
    for event in _events(catalogue):
        ids[event.id] += 1
        if event.outcome is not EventOutcome.SUCCESS:
            continue
        for one in event.objects:
            if one.kind == "transfer":
                acts[one.id][event.type.value, str(event.detail.get("act", ""))] += 1
    wrong += [f"the event {one} is there {count} times" for one, count in ids.items() if count > 1]
    return acts


def _events(catalogue: Catalogue) -> Sequence[Event]:
    found: list[Event] = []
    after = 0
    while page := catalogue.events(EventFilter(), after=after, limit=_PAGE):
        found += [decode(one.entry, one.private or b"", one.salt) for _, one in page]
        after = page[-1][0]
    return found


def _of_transfer(
    catalogue: Catalogue,
    id: str,
    package: Package,
    aips: Sequence[str],
    acts: Counter[Act],
    reference: Mapping[bool, Counter[Act]],
) -> list[str]:
    wrong: list[str] = []
    transfer, deposit = catalogue.transfer(id), catalogue.deposit(id)
    if transfer is None or deposit is None:
        return [f"{id} was acknowledged and is not there"]
    expected = TransferStatus.PRESERVED if package.is_good else TransferStatus.REJECTED
    if transfer.status is not expected:
        wrong.append(f"{id} is {transfer.status.value}, not {expected.value}: {deposit.reason}")
    report = deposit.report
    if not package.is_good and not (isinstance(report, dict) and report.get("findings")):
        wrong.append(f"{id} was rejected without its reason: {report}")
    if len(aips) != (1 if package.is_good else 0):
        wrong.append(f"{id} became {len(aips)} AIPs: {aips}")
    for act, count in reference[package.is_good].items():
        if acts[act] != count:
            wrong.append(f"{id}: {acts[act]} events of {act}, not {count}")
    return wrong
