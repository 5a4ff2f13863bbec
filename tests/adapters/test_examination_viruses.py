"""ClamAV with signatures of the test's own: Debian's package brings none."""

import hashlib
import shutil
import subprocess
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from preservation.adapters.examination.clamav import ClamScanner
from preservation.adapters.fence.system import SystemFence
from preservation.domain.virus_names import is_unscanned
from preservation.errors import Unavailable

pytestmark = pytest.mark.tools

# Never whole in one place, so that no scanner takes this file for what it tests.
EICAR = b"".join((b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$", b"EICAR-STANDARD-", b"ANTIVIRUS-TEST-", b"FILE!$H+H*"))
FOUND = "Own.Eicar.UNOFFICIAL"


@pytest.fixture(scope="module")
def signatures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("signatures")
    digest = hashlib.md5(EICAR, usedforsecurity=False).hexdigest()
    (folder / "own.hdb").write_text(f"{digest}:{len(EICAR)}:Own.Eicar\n")
    for one in (folder, folder.parent):
        one.chmod(0o755)
    return folder


@pytest.fixture
def scanner(signatures: Path) -> ClamScanner:
    if shutil.which("clamscan") is None:
        pytest.skip("clamscan is not installed")
    return ClamScanner(SystemFence(shows=[signatures]), database=signatures)


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """Clean, infected, infected within an archive, empty, and an archive with a password."""
    (tmp_path / "sạch.txt").write_text("clean")
    (tmp_path / "bad.com").write_bytes(EICAR)
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as archive:
        archive.writestr("inside", EICAR)
    (tmp_path / "empty").write_bytes(b"")
    locked = bytearray((tmp_path / "bad.zip").read_bytes())
    locked[6] |= 1
    locked[locked.index(b"PK\1\2") + 8] |= 1
    (tmp_path / "locked.zip").write_bytes(locked)
    return [str(tmp_path / name) for name in ("sạch.txt", "bad.com", "bad.zip", "empty", "locked.zip")]


def test_each_file_gets_its_own_verdict(scanner: ClamScanner, files: list[str]) -> None:
    found = scanner.scan(files)

    assert list(found[:4]) == [None, FOUND, FOUND, None]


def test_what_has_a_password_is_not_called_clean(scanner: ClamScanner, files: list[str]) -> None:
    found = scanner.scan(files)[4]

    assert found is not None
    assert is_unscanned(found)
    assert not is_unscanned(FOUND)


def test_the_scanner_tells_its_version_and_the_date_of_its_signatures(scanner: ClamScanner) -> None:
    said = scanner.describe()

    assert said.startswith("ClamAV 1.")
    assert ", signatures of 20" in said


def test_without_signatures_nothing_is_called_clean(files: list[str], tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    scanner = ClamScanner(SystemFence(), database=tmp_path / "none")

    with pytest.raises(Unavailable, match="no virus signatures"):
        scanner.scan(files)
    with pytest.raises(Unavailable):
        scanner.describe()


def test_signatures_that_cannot_be_read_are_no_clean_bill(files: list[str], tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "main.cvd").write_bytes(b"nothing of the kind")
    scanner = ClamScanner(SystemFence(shows=[tmp_path / "broken"]), database=tmp_path / "broken")

    with pytest.raises(Unavailable):
        scanner.scan(files)


def test_a_file_that_is_not_there_is_no_clean_file(scanner: ClamScanner, tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        scanner.scan([str(tmp_path / "missing")])


@pytest.fixture
def socket(request: pytest.FixtureRequest, signatures: Path, tmp_path: Path) -> Iterator[str]:
    """Of a clamd with the options of the parameter."""
    program = shutil.which("clamd") or shutil.which("clamd", path="/usr/sbin")
    if program is None:
        pytest.skip("clamd is not installed")
    place = tmp_path / "s"
    lines = [f"DatabaseDirectory {signatures}", f"LocalSocket {place}", "Foreground yes", *request.param]
    (tmp_path / "clamd.conf").write_text("\n".join(lines) + "\n")
    process = subprocess.Popen([program, "-c", str(tmp_path / "clamd.conf")], stdout=subprocess.DEVNULL)
    try:
        while not place.exists():
            assert process.poll() is None, "clamd does not start"
            time.sleep(0.05)
        yield str(place)
    finally:
        process.terminate()
        process.wait()


@pytest.mark.parametrize("socket", [("AlertEncrypted yes", "AlertExceedsMax yes")], indirect=True)
def test_a_running_clamd_says_the_same(socket: str, signatures: Path, files: list[str]) -> None:
    scanner = ClamScanner(SystemFence(), database=signatures, clamd=socket)

    found = scanner.scan(files)

    assert list(found[:4]) == [None, FOUND, FOUND, None]
    assert is_unscanned(found[4] or "")
    assert scanner.describe().startswith("ClamAV 1.")


@pytest.mark.parametrize("socket", [("AlertEncrypted yes",), ("AlertExceedsMax yes",)], indirect=True)
def test_a_clamd_that_calls_clean_what_it_did_not_look_into_is_not_used(
    socket: str, signatures: Path, files: list[str]
) -> None:
    scanner = ClamScanner(SystemFence(), database=signatures, clamd=socket)

    with pytest.raises(Unavailable, match=r"clamd\.conf"):
        scanner.scan(files)


def test_a_clamd_that_is_not_there_is_unavailable(signatures: Path, files: list[str], tmp_path: Path) -> None:
    scanner = ClamScanner(SystemFence(), database=signatures, clamd=str(tmp_path / "nobody"))

    with pytest.raises(Unavailable):
        scanner.scan(files)
    with pytest.raises(Unavailable):
        scanner.describe()
