"""Submission agreements as people write them."""

from pathlib import Path

import pytest

from preservation.adapters.policy_files import default_policy_files, parse_agreement, read_policies
from preservation.domain.agreements import Acceptance, FormatRule, SubmissionAgreement
from preservation.errors import WrongUse

FULL = """
title = "Sở Nội vụ: hồ sơ số hóa 2026"
collection = "H49"
submitters = ["so-noi-vu"]
package_types = ["bag"]
max_bytes = 1_000_000
max_files = 500
required_metadata = ["title", "date"]
acceptance = "reviewed"
access = "closed"
retention_years = 70
copies = 3

[formats]
"fmt/353" = "accept"
"x-fmt/111" = "refuse"
other = "review"
unknown = "refuse"
"""


def parsed(text: str, name: str = "so-noi-vu-2026.toml") -> SubmissionAgreement:
    return parse_agreement(Path(name), text.encode())


def test_every_rule_is_read() -> None:
    agreement = parsed(FULL)

    assert (agreement.id, agreement.collection, agreement.acceptance) == ("so-noi-vu-2026", "H49", Acceptance.REVIEWED)
    assert (agreement.max_bytes, agreement.max_files, agreement.max_file_bytes) == (1_000_000, 500, None)
    assert agreement.required_metadata == {"title", "date"}
    assert agreement.rule_for(["fmt/353"]) is FormatRule.ACCEPT
    assert agreement.rule_for(["fmt/1"]) is FormatRule.REVIEW
    assert agreement.rule_for([]) is FormatRule.REFUSE
    assert agreement.rule_for(["fmt/353", "x-fmt/111"]) is FormatRule.REFUSE


def test_what_is_left_out_restricts_nothing() -> None:
    agreement = parsed('title = "t"\ncollection = "c"\n')

    assert agreement.active
    assert agreement.acceptance is Acceptance.AUTOMATIC
    assert (agreement.submitters, agreement.package_types, agreement.copies) == (frozenset(), frozenset(), None)
    assert agreement.rule_for([]) is agreement.rule_for(["fmt/1"]) is FormatRule.ACCEPT


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('collection = "c"', "title"),
        ('title = "t"', "collection"),
        ('title = "t"\ncollection = "c"\nmax_file = 3', "max_file"),
        ('title = "t"\ncollection = "c"\nmax_files = 0', "max_files"),
        ('title = "t"\ncollection = "c"\nmax_files = true', "max_files"),
        ('title = "t\\nu"\ncollection = "c"', "title"),
        ('title = "t"\ncollection = "c"\nactive = "yes"', "active"),
        ('title = "t"\ncollection = "c"\npackage_types = ["box"]', "package_types"),
        ('title = "t"\ncollection = "c"\nrequired_metadata = ["color"]', "required_metadata"),
        ('title = "t"\ncollection = "c"\nacceptance = "maybe"', "acceptance"),
        ('title = "t"\ncollection = "c"\n[formats]\n"pdf" = "accept"', "formats.pdf"),
        ('title = "t"\ncollection = "c"\n[formats]\n"fmt/1" = "perhaps"', "formats.fmt/1"),
        ('title = "t"\ncollection = "c"\nformats = 3', "formats"),
        ("title = ", "not a TOML document"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(text: str, named: str) -> None:
    with pytest.raises(WrongUse, match=named):
        parsed(text)


@pytest.mark.parametrize("name", ["So.toml", "a b.toml", "-a.toml", f"{'a' * 101}.toml"])
def test_an_agreement_needs_a_plain_name(name: str) -> None:
    with pytest.raises(WrongUse, match="id"):
        parsed('title = "t"\ncollection = "c"\n', name)


def test_agreements_are_policies_with_versions_of_their_own(tmp_path: Path) -> None:
    for file, data in default_policy_files().items():
        (tmp_path / file).write_bytes(data)
    without = read_policies(tmp_path)
    (tmp_path / "agreements").mkdir()
    (tmp_path / "agreements" / "so-noi-vu-2026.toml").write_text(FULL, encoding="utf-8")

    policies = read_policies(tmp_path)

    assert without.agreements == {}
    assert list(policies.agreements) == ["so-noi-vu-2026"]
    assert set(policies.versions) - set(without.versions) == {"agreements/so-noi-vu-2026"}
