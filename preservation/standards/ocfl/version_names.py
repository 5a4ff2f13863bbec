"""Names of version folders: v1, v2, ... or with zeros in front (OCFL 1.1, 3.3)."""

import re
from collections.abc import Iterable
from itertools import pairwise

from preservation.standards.ocfl.report import Report

_VERSION = re.compile(r"v(0*)([1-9][0-9]{0,8})", re.ASCII)


def version_number(name: str) -> int | None:
    """The number in a version folder's name, None where it is none."""
    match = _VERSION.fullmatch(name)
    return int(match[2]) if match else None


def ordered_versions(names: Iterable[str], spec_version: str, report: Report) -> tuple[str, ...]:
    """The well-formed names by rising number. Reports names that are no version's, gaps, and mixed conventions."""
    numbers: dict[int, str] = {}
    for name in names:
        number = version_number(name)
        if number is None:
            report.add(_code_of_bad_name(name, spec_version), name)
        elif number in numbers:
            report.add("E012", name)
        else:
            numbers[number] = name
    ordered = tuple(numbers[number] for number in sorted(numbers))
    if not ordered:
        report.add("E008")
        return ordered
    _check_sequence(sorted(numbers), report)
    _check_convention(ordered, report)
    return ordered


def _code_of_bad_name(name: str, spec_version: str) -> str:
    if spec_version == "1.0":
        # 1.0 has no code of its own for names that are not "v" and a number.
        return "E011"
    return "E105" if name.startswith("v") else "E104"


def _check_sequence(numbers: list[int], report: Report) -> None:
    if numbers[0] != 1:
        report.add("E009", f"v{numbers[0]}")
    for before, after in pairwise(numbers):
        if after != before + 1:
            report.add("E010", f"v{before + 1}")


def _check_convention(ordered: tuple[str, ...], report: Report) -> None:
    first = ordered[0]
    if not first.startswith("v0"):
        for name in ordered[1:]:
            if name.startswith("v0"):
                report.add("E012", name)
        return
    report.add("W001", first)
    for name in ordered[1:]:
        if len(name) != len(first):
            report.add("E012", name)
        elif not name.startswith("v0"):
            report.add("E011", name)
