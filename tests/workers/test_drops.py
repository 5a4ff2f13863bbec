"""The job that empties watched places, and what opening a deposited package trusts."""

from pathlib import Path

import pytest

from preservation.domain.deposits import Deposit, DepositSource
from preservation.domain.holdings import TransferStatus
from preservation.domain.jobs import JobKind, JobState
from preservation.errors import NotHere
from tests.contracts.catalogue_builders import NOON, urn
from tests.workers.kit import Processes, assert_settled, eventually
from workers.work_deposits import _open


def watch(service: Processes, folder: Path, **more: str) -> None:
    root = service.home.root
    (root / "policies" / "agreements").mkdir(exist_ok=True)
    (root / "policies" / "agreements" / "a-1.toml").write_text('title = "t"\ncollection = "unassigned"\n')
    lines = {"name": '"drop"', "agreement": '"a-1"', "folder": f'"{folder}"', "settle_seconds": "0", **more}
    (root / "drops.toml").write_text("[[drop]]\n" + "".join(f"{key} = {value}\n" for key, value in lines.items()))


def test_a_package_in_a_watched_folder_is_preserved_and_its_producer_told(service: Processes, tmp_path: Path) -> None:
    folder = tmp_path / "drop"
    folder.mkdir()
    (folder / "set").mkdir()
    (folder / "set" / "a.txt").write_text("a")
    (folder / "set.done").touch()
    watch(service, folder)
    service.start()

    (first,) = service.wait(*service.queue(JobKind.DROPS))
    assert first.result is not None
    taken = first.result["drop"]
    assert isinstance(taken, dict)
    ids = taken["taken"]
    assert isinstance(ids, list)
    with service.repository() as repository:

        def is_preserved() -> bool:
            found = repository.catalogue.transfer(str(ids[0]))
            return found is not None and found.status is TransferStatus.PRESERVED

        eventually(is_preserved, service.log.read_text())
    (second,) = service.wait(*service.queue(JobKind.DROPS))

    assert (first.state, second.state) == (JobState.SUCCEEDED, JobState.SUCCEEDED)
    assert [one.name for one in (folder / "_reports").iterdir()] == [f"set.{str(ids[0])[-8:]}.json"]
    assert '"preserved"' in next((folder / "_reports").iterdir()).read_text()
    assert list((service.home.root / "deposits").iterdir()) == []
    assert_settled(service)


def test_a_place_that_is_away_fails_the_job_after_the_others_were_served(service: Processes, tmp_path: Path) -> None:
    folder = tmp_path / "drop"
    folder.mkdir()
    (folder / "a.txt").write_text("a")
    (folder / "a.txt.done").touch()
    watch(service, folder)
    text = (service.home.root / "drops.toml").read_text()
    away = '[[drop]]\nname = "away"\nagreement = "a-1"\nfolder = "/no/such/folder"\n'
    (service.home.root / "drops.toml").write_text(away + text)
    service.start()
    (job,) = service.queue(JobKind.DROPS)

    tried = service.wait_until(job, lambda one: one.problem is not None)

    assert tried.problem is not None
    assert "/no/such/folder" in tried.problem.detail
    assert not (folder / "a.txt").exists()


def test_a_link_that_was_put_in_a_packages_place_since_is_not_followed(service: Processes, tmp_path: Path) -> None:
    package = tmp_path / "allowed"
    package.mkdir()
    deposit = Deposit(
        transfer=urn(1), account=None, agreement=None, source=DepositSource.PATH, created=NOON, place=str(package)
    )
    with service.repository() as repository:
        _open(repository, deposit).close()
        package.rename(tmp_path / "moved")
        package.symlink_to("/etc")

        with pytest.raises(NotHere, match="no longer"):
            _open(repository, deposit)
