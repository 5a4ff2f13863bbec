"""`formats.toml`: what it states, what a list adds to it, and what is refused by file and key."""

from pathlib import Path

import pytest

from preservation.adapters.policy_files import default_policy_files, read_policies
from preservation.domain.examinations import Kind
from preservation.domain.format_rules import AcceptFormat, Approval, FormatRule, MigrateWhen, MigrationTerms, Risk
from preservation.domain.policies import FormatPolicy
from preservation.errors import WrongUse


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, data in default_policy_files().items():
        (tmp_path / name).write_bytes(data)
    return tmp_path


def stated(folder: Path, text: str) -> FormatPolicy:
    (folder / "formats.toml").write_text(text, encoding="utf-8")
    return read_policies(folder).formats


def test_a_home_from_before_there_were_rules_has_none(folder: Path) -> None:
    (folder / "formats-vietnam.toml").unlink()

    found = stated(folder, 'first = "fido"\nsecond = "never"\n')

    assert (dict(found.rules.by_puid), found.migrations) == ({}, ())
    assert found.rules.rule_for("fmt/40") == FormatRule()
    assert found.rules.rule_for(None).accept is AcceptFormat.ACCEPT
    assert found.migration == MigrationTerms()


def test_a_formats_own_section_goes_before_its_family_and_keeps_what_it_does_not_state(folder: Path) -> None:
    rules = stated(
        folder,
        """
        accept_unknown = "refuse"
        accept_other = "review"
        [families.word]
        puids = ["fmt/39", "fmt/40"]
        risk = "high"
        accept = "accept"
        reasons = ["Old."]
        [formats."fmt/40"]
        risk = "medium"
        reasons = ["Still read."]
        [formats."fmt/41"]
        risk = "low"
        """,
    ).rules

    assert rules.rule_for("fmt/39") == FormatRule(AcceptFormat.ACCEPT, Risk.HIGH, ("Old.",))
    assert rules.rule_for("fmt/40") == FormatRule(AcceptFormat.ACCEPT, Risk.MEDIUM, ("Still read.",))
    assert rules.rule_for("fmt/41") == FormatRule(AcceptFormat.REVIEW, Risk.LOW)
    assert rules.rule_for("fmt/42").accept is AcceptFormat.REVIEW
    assert rules.rule_for(None).accept is AcceptFormat.REFUSE
    assert rules.families == {"word": frozenset({"fmt/39", "fmt/40"})}


def test_the_vietnamese_list_accepts_what_the_circular_names_and_has_the_rest_looked_at(folder: Path) -> None:
    rules = stated(folder, 'lists = ["vietnam"]\n[formats."fmt/110"]\naccept = "refuse"\n').rules

    accepted = {puid for puid, rule in rules.by_puid.items() if rule.accept is AcceptFormat.ACCEPT}
    assert {"fmt/95", "fmt/412", "fmt/353", "fmt/134", "x-fmt/111", "fmt/53"} <= accepted
    assert rules.rule_for("fmt/18").accept is AcceptFormat.REVIEW
    assert "Điều 8" in " ".join(rules.rule_for("fmt/18").reasons)
    assert rules.rule_for("fmt/110").accept is AcceptFormat.REFUSE
    assert rules.rule_for("fmt/9999").accept is AcceptFormat.REVIEW
    assert rules.rule_for(None).accept is AcceptFormat.REVIEW


def test_what_the_archive_states_itself_goes_before_a_list(folder: Path) -> None:
    rules = stated(
        folder, 'lists = ["vietnam"]\naccept_other = "accept"\n[formats."fmt/18"]\naccept = "accept"\n'
    ).rules

    assert rules.rule_for("fmt/18").accept is AcceptFormat.ACCEPT
    assert rules.rule_for("fmt/9999").accept is AcceptFormat.ACCEPT
    assert rules.rule_for(None).accept is AcceptFormat.REVIEW


def test_migrations_name_their_sources_by_puid_and_by_family(folder: Path) -> None:
    policy = stated(
        folder,
        """
        [families.word]
        puids = ["fmt/39", "fmt/40"]
        [migrations.word-to-pdfa]
        family = "word"
        sources = ["fmt/38"]
        target = "fmt/477"
        recipe = "office-to-pdfa-2b"
        when = "schedule"
        parameters = { dpi = 300, profile = "sRGB" }
        bounds = { text = "equal" }
        [migrations.word-near]
        family = "word"
        target = "fmt/291"
        recipe = "office-to-odf"
        collections = ["H49.64"]
        """,
    )

    general = policy.migration_for("fmt/38", ["H50"])
    assert general is not None
    assert (general.name, general.sources) == ("word-to-pdfa", frozenset({"fmt/38", "fmt/39", "fmt/40"}))
    assert (general.when, general.parameters, general.bounds) == (
        MigrateWhen.SCHEDULE,
        {"dpi": 300, "profile": "sRGB"},
        {"text": "equal"},
    )
    nearer = policy.migration_for("fmt/40", ["H49.64.1", "H49.64", "H49"])
    assert nearer is not None
    assert nearer.name == "word-near"
    farther = policy.migration_for("fmt/40", ["H49"])
    assert farther is general
    assert policy.migration_for("fmt/41", []) is None


def test_an_empty_list_of_kinds_is_not_taken_for_every_kind(folder: Path) -> None:
    with pytest.raises(WrongUse, match="kinds"):
        stated(folder, "[examination]\nkinds = []\n")


def test_the_terms_of_migration_and_examination_are_as_they_are_written(folder: Path) -> None:
    policy = stated(
        folder,
        """
        [examination]
        at_ingest = true
        kinds = ["pdf", "image"]
        invalid = "review"
        [viruses]
        scan = "clamav"
        found = "review"
        unavailable = "accept"
        again_days = 7
        [migration]
        approval = "one"
        error_rate_percent = 0
        files_per_day = 1000
        hours = "22:00-06:00"
        """,
    )

    assert policy.examination.at_ingest
    assert policy.examination.kinds == {Kind.PDF, Kind.IMAGE}
    assert policy.examination.invalid is AcceptFormat.REVIEW
    assert (policy.viruses.scan, policy.viruses.found, policy.viruses.again_days) == ("clamav", "review", 7)
    assert (policy.migration.approval, policy.migration.error_rate_percent) == (Approval.ONE, 0)
    assert policy.migration.files_per_day == 1000
    assert policy.migration.hours is not None


CIRCLE = """
[migrations.a]
sources = ["fmt/1"]
target = "fmt/2"
recipe = "x"
[migrations.b]
sources = ["fmt/2", "fmt/3"]
target = "fmt/1"
recipe = "y"
"""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('lists = ["atlantis"]', "formats-atlantis.toml"),
        ('[formats."pdf"]\naccept = "accept"', 'formats."pdf"'),
        ('[formats."fmt/1"]\naccept = "maybe"', "formats.fmt/1.accept"),
        ('[formats."fmt/1"]\nrisks = "low"', "risks"),
        ('[families.a]\npuids = ["40"]', "families.a.puids"),
        ('[families."A b"]\npuids = []', "families.A b"),
        ('[families.a]\npuids=["fmt/1"]\nrisk="low"\n[families.b]\npuids=["fmt/1"]\nrisk="high"', "families.b.risk"),
        ('[migrations.a]\nsources = ["fmt/1"]\ntarget = "pdf"\nrecipe = "x"', "migrations.a.target"),
        ('[migrations.a]\nfamily = "none"\ntarget = "fmt/2"\nrecipe = "x"', "migrations.a.family"),
        ('[migrations.a]\ntarget = "fmt/2"\nrecipe = "x"', "migrations.a.sources"),
        ('[migrations.a]\nsources = ["fmt/1"]\ntarget = "fmt/2"\nrecipe = "x"\nbounds = { a = [1] }', "bounds"),
        (CIRCLE, "fmt/1 -> fmt/2 -> fmt/1"),
        ('[migrations.a]\nsources = ["fmt/1"]\ntarget = "fmt/1"\nrecipe = "x"', "fmt/1 -> fmt/1"),
        ('[viruses]\nfound = "accept"', "viruses.found"),
        ('[migration]\nhours = "late"', "migration.hours"),
        ('[formats."fmt/1"]\nreasons = ["a\\nb"]', "formats.fmt/1.reasons"),
    ],
)
def test_what_is_not_understood_is_refused_by_file_and_key(folder: Path, text: str, said: str) -> None:
    with pytest.raises(WrongUse) as refused:
        stated(folder, text)

    assert str(refused.value).startswith(str(folder / "formats.toml"))
    assert said in str(refused.value)


def test_a_fault_in_a_list_is_told_with_the_lists_own_name(folder: Path) -> None:
    (folder / "formats-mine.toml").write_text('[formats."fmt/1"]\naccept = "maybe"\n')

    with pytest.raises(WrongUse, match="formats-mine"):
        stated(folder, 'lists = ["mine"]')
    assert stated(folder, "lists = []").rules.by_puid == {}


def test_a_list_has_a_version_of_its_own(folder: Path) -> None:
    before = read_policies(folder).versions
    (folder / "formats-vietnam.toml").write_text("accept_other = 'refuse'\n")

    after = read_policies(folder).versions

    assert before["formats"] == after["formats"]
    assert before["formats-vietnam"] != after["formats-vietnam"]
