"""A pytest plugin that turns every skip into a failure, with the reason given.

A test that is skipped where everything should be at hand looks like one that passed. An expected failure (`xfail`) is
left alone: it did run.
"""

from collections.abc import Generator

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped where nothing may be skipped: {_reason(report.longrepr)}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    if report.skipped:
        report.outcome = "failed"
        report.longrepr = f"skipped where nothing may be skipped: {_reason(report.longrepr)}"
    return report


def _reason(longrepr: object) -> str:
    """Pytest keeps a skip as (path, line, reason)."""
    match longrepr:
        case (path, line, reason):
            return f"{reason} ({path}:{line})"
        case _:
            return str(longrepr)
