"""A transfer is preserved once enough replicas hold its version intact, whatever made the lacking copy right."""

from pathlib import Path

from preservation.domain.holdings import TransferStatus
from tests.homes import make_home


def test_a_transfer_that_waited_for_a_damaged_copy_is_preserved_when_fixity_has_repaired_it(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    package = tmp_path / "package"
    package.mkdir()
    (package / "page.txt").write_text("first")
    aip = home.preserved(package)
    page = next((home.object(aip, "b") / "v1" / "content").rglob("page.txt"))
    page.chmod(0o644)
    page.write_text("frist")
    home.replica("a").rename(tmp_path / "unplugged")
    home.run("fixity", "run", "--all")
    (tmp_path / "unplugged").rename(home.replica("a"))
    (package / "page-2.txt").write_text("second")
    (waiting,) = home.ingest(package, "--aip", aip)

    repaired = home.run("fixity", "run", "--all")

    assert waiting["status"] == TransferStatus.STORED
    assert repaired.status == 0
    newest = {transfer.id: transfer.status for transfer in home.transfers()}[waiting["transfer_id"]]
    assert newest is TransferStatus.PRESERVED
