"""Checking a transfer reads everything, compares every promise, and keeps nothing."""

import os
from pathlib import Path
from threading import Lock

import pytest

from preservation.adapters.packages import open_package
from preservation.domain.packages import PackageLimits, PackageType
from preservation.errors import Unavailable
from preservation.services.transfer_check import TransferReport, check
from tests.package_builders import bag_files, errors, write_files

LIMITS = PackageLimits()


class Counted:
    """Progress that adds up."""

    def __init__(self) -> None:
        self.total: int | None = None
        self.done = 0
        self.ended = False
        self._lock = Lock()

    def begin(self, label: str, total: int | None) -> None:
        self.total = total

    def advance(self, amount: int) -> None:
        with self._lock:
            self.done += amount

    def end(self) -> None:
        self.ended = True


def checked(source: Path, progress: Counted | None = None) -> TransferReport:
    reader = open_package(source, source.parent / "work", LIMITS)
    try:
        return check(reader, limits=LIMITS, progress=progress)
    finally:
        reader.close()


def test_a_good_bag_is_valid_and_every_byte_of_it_was_read(tmp_path: Path) -> None:
    payload = {f"data/{number}": os.urandom(number * 1000) for number in range(30)} | {"data/big": bytes(3 << 20)}
    files = bag_files(payload, algorithms=("md5", "sha512"))
    progress = Counted()

    report = checked(write_files(tmp_path / "bag", files), progress)

    size = sum(len(data) for data in files.values())
    assert report.valid
    assert (report.package_type, report.files, report.bytes) == (PackageType.BAG, len(files), size)
    assert (progress.total, progress.done, progress.ended) == (size, size, True)
    assert sorted(found.name for found in tmp_path.iterdir()) == ["bag"]


def test_a_changed_byte_is_found_in_every_manifest(tmp_path: Path) -> None:
    bag = write_files(tmp_path / "bag", bag_files(algorithms=("md5", "sha512")))
    (bag / "data/a.txt").write_bytes(b"alphA")

    report = checked(bag)

    assert not report.valid
    assert [(finding.code, finding.path, finding.values["algorithm"]) for finding in report.findings] == [
        ("BAG-DIGEST-MISMATCH", "data/a.txt", "md5"),
        ("BAG-DIGEST-MISMATCH", "data/a.txt", "sha512"),
    ]


def test_a_changed_tag_file_is_found(tmp_path: Path) -> None:
    bag = write_files(tmp_path / "bag", bag_files())
    (bag / "bag-info.txt").write_bytes(b"Source-Organization: somebody else\n")

    assert errors(checked(bag).findings) == {"BAG-DIGEST-MISMATCH"}


def test_a_file_that_cannot_be_read_is_no_answer_about_the_package(tmp_path: Path) -> None:
    bag = write_files(tmp_path / "bag", bag_files())
    reader = open_package(bag, tmp_path / "work", LIMITS)
    (bag / "data/a.txt").unlink()

    with pytest.raises(Unavailable):
        check(reader, limits=LIMITS)
    reader.close()
