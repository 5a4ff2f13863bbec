"""Other people's packages: every verdict in the collections is ours as well.

Not scored here: bag profiles (`bagit-profile`, `dir+profile`: they judge more than BagIt), the JHOVE files among the
transfers (they judge formats), naughty strings, and file names of which the collection keeps only the names.
"""

import csv
import io
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from preservation.adapters.packages import open_package
from preservation.domain.finding_log import FindingLog
from preservation.domain.messages import LANGUAGES, render
from preservation.domain.packages import PackageLimits
from preservation.services.transfer_check import TransferReport, check
from preservation.standards.bagit.bag_info import read_bag_info
from preservation.standards.bagit.fetch import read_fetch
from preservation.standards.bagit.manifests import ManifestName, read_manifest
from preservation.standards.bagit.paths import read_path
from preservation.standards.bagit.tag_text import lines

pytestmark = pytest.mark.corpora

LIMITS = PackageLimits()
ACCEPTED = ("valid", "valid-with-warning")
REJECTED = ("invalid", "invalid-on-windows")


def rows(suite: Path) -> Iterator[dict[str, str]]:
    with (suite / "manifest.csv").open(newline="") as stream:
        yield from csv.DictReader(stream)


def judged(source: Path, work: Path) -> TransferReport:
    reader = open_package(source, work, LIMITS)
    try:
        report = check(reader, limits=LIMITS)
    finally:
        reader.close()
    for finding in report.findings:
        for language in LANGUAGES:
            assert not render(finding, language).startswith(finding.code)
    return report


def wrong_verdict(row: dict[str, str], report: TransferReport) -> str | None:
    wanted = row["expected"] in ACCEPTED
    return None if report.valid is wanted else f"{row['case_id']}: {[finding.code for finding in report.findings]}"


def test_every_bag_is_judged_as_its_suite_says(corpora: Path, tmp_path: Path) -> None:
    cases = [row for row in rows(corpora / "bagit") if row["kind"] in ("dir", "archive")]
    scored = [row for row in cases if row["expected"] in ACCEPTED + REJECTED]

    wrong = [wrong_verdict(row, judged(corpora / "bagit" / row["path"], tmp_path / "work")) for row in scored]

    assert len(scored) == len(cases) >= 50
    assert [case for case in wrong if case is not None] == []


def test_a_case_that_deserves_a_warning_gets_one(corpora: Path, tmp_path: Path) -> None:
    # Two of the suite's warnings are for a profile's wishes, which are not BagIt's.
    cases = [
        row
        for row in rows(corpora / "bagit")
        if row["expected"] == "valid-with-warning" and row["kind"] == "dir" and "profile" not in row["notes"]
    ]

    silent = [
        row["case_id"] for row in cases if not judged(corpora / "bagit" / row["path"], tmp_path / "work").findings
    ]

    assert len(cases) >= 4
    assert silent == []


def fragment_is_good(kind: str, data: bytes) -> bool:
    notes = FindingLog()
    numbered = lines(io.BytesIO(data), "utf-8", kind, notes)  # type: ignore[arg-type]
    if kind == "bag-info.txt":
        read_bag_info(numbered, kind, is_rfc=False, notes=notes)
    elif kind == "fetch.txt":
        list(read_fetch(numbered, is_rfc=False, notes=notes))
    else:
        manifest = ManifestName("manifest-md5.txt", "md5", of_tags=False)
        for _, _, written in read_manifest(numbered, manifest, notes):
            if read_path(written, is_rfc=False).fault is not None:
                return False
    return not notes.has_errors


def test_every_fragment_is_judged_as_its_suite_says(corpora: Path) -> None:
    cases = [row for row in rows(corpora / "bagit") if row["kind"] in ("fetch.txt", "manifest-*.txt", "bag-info.txt")]

    wrong = [
        row["case_id"]
        for row in cases
        if fragment_is_good(row["kind"], (corpora / "bagit" / row["path"]).read_bytes())
        is not (row["expected"] in ACCEPTED)
    ]

    assert len(cases) >= 14
    assert wrong == []


def test_a_manifest_in_place_of_a_bags_own_is_judged_as_its_suite_says(corpora: Path, tmp_path: Path) -> None:
    cases = [row for row in rows(corpora / "bagit") if row["kind"].startswith("manifest for ")]
    wrong = []
    for number, row in enumerate(cases):
        bag = tmp_path / f"bag{number}"
        shutil.copytree(
            corpora / "bagit" / row["kind"].removeprefix("manifest for "), bag, copy_function=shutil.copyfile
        )
        bag.chmod(0o755)
        target = bag / "manifest-sha256.txt"
        target.unlink()
        target.write_bytes((corpora / "bagit" / row["path"]).read_bytes())
        wrong.append(wrong_verdict(row, judged(bag, tmp_path / "work")))

    assert len(cases) >= 3
    assert [case for case in wrong if case is not None] == []


def test_every_transfer_gets_the_verdict_that_it_should(corpora: Path, tmp_path: Path) -> None:
    cases = [row for row in rows(corpora / "transfers") if "JHOVE" not in row["kind"]]
    wrong = []
    for row in cases:
        report = judged(corpora / "transfers" / row["path"], tmp_path / "work")
        # Whatever is not called an invalid bag is a transfer to take in; archives within it are not unpacked.
        if report.valid is not (row["expected"] != "bag-invalid"):
            wrong.append((row["case_id"], [finding.code for finding in report.findings]))
        if row["expected"].startswith("bag-") and report.package_type.value != "bag":
            wrong.append((row["case_id"], [report.package_type.value]))

    assert len(cases) >= 25
    assert wrong == []


def test_broken_archives_are_refused_cleanly_when_they_come_alone(corpora: Path, tmp_path: Path) -> None:
    folder = corpora / "transfers/archivematica-sampledata/TestTransfers/broken_package_format_types"
    archives = [path for path in folder.rglob("*") if path.suffix in (".zip", ".tar")]

    reports = [judged(path, tmp_path / "work") for path in archives]

    assert len(archives) >= 2
    assert not any(report.valid for report in reports)


def test_archives_that_reach_out_are_refused_and_single_files_are_taken(corpora: Path, tmp_path: Path) -> None:
    suite = corpora / "hostile-input"
    cases = [row for row in rows(suite) if row["kind"] in ("archive path traversal", "minimal file")]

    wrong = [
        row["case_id"]
        for row in cases
        if judged(suite / row["path"], tmp_path / "work").valid is (row["expected"] == "refuse")
    ]

    assert len(cases) >= 40
    assert wrong == []
    assert list((tmp_path / "work").iterdir()) == []


def test_awkward_names_of_the_collection_are_taken_as_they_are(corpora: Path, tmp_path: Path) -> None:
    suite = corpora / "hostile-input" / "filesys-trials"

    report = judged(suite, tmp_path / "work")

    assert report.valid
    assert report.files >= 30
