"""Policies as files: what is written is what is decided, and nothing is guessed."""

import hashlib
import shutil
from datetime import date
from pathlib import Path

import pytest

from preservation.adapters.policy_files import FORMAT_LISTS, POLICY_NAMES, default_policy_files, read_policies
from preservation.domain.format_rules import AcceptFormat, MigrateWhen
from preservation.domain.policies import FormatEngine, Policies, SecondOpinion
from preservation.domain.replication_policy import Medium, Place, Presence, Rule
from preservation.errors import Unavailable, WrongUse


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, data in default_policy_files().items():
        (tmp_path / name).write_bytes(data)
    return tmp_path


def test_the_files_that_a_home_begins_with_state_the_defaults(folder: Path) -> None:
    policies = read_policies(folder)

    defaults = Policies()
    assert policies.replication == defaults.replication
    assert policies.ingest == defaults.ingest
    assert policies.fixity == defaults.fixity
    assert (policies.formats.first, policies.formats.second) == (defaults.formats.first, defaults.formats.second)
    assert policies.formats.examination == defaults.formats.examination
    assert policies.formats.viruses == defaults.formats.viruses
    assert policies.formats.migration == defaults.formats.migration
    assert {rule.when for rule in policies.formats.migrations} == {MigrateWhen.HAND}
    assert all(rule.accept is AcceptFormat.ACCEPT for rule in policies.formats.rules.by_puid.values())


def test_a_policys_version_is_the_digest_of_its_file(folder: Path) -> None:
    policies = read_policies(folder)

    assert set(policies.versions) == {*POLICY_NAMES, *FORMAT_LISTS}
    digest = hashlib.sha512((folder / "fixity.toml").read_bytes()).hexdigest()
    assert policies.versions["fixity"] == f"sha512:{digest}"


def test_a_replication_policy_says_what_places_are_like_and_what_differs_by_collection(folder: Path) -> None:
    (folder / "replication.toml").write_text(
        """
        copies = 3
        regions = 2
        [collections."H49.64"]
        offline_or_locked = 1
        [replicas."tape vault"]
        medium = "tape"
        region = "Đà Lạt"
        presence = "offline"
        media_from = 2026-11-01
        media_life_years = 12
        report_days = 60
        [replicas.c]
        locked = true
        rate_mib = 50
        quiet_hours = "01:00-11:00"
        [repair]
        most_per_day = 7
        [peers.university]
        challenge_url = "https://archive.example/api/v1/challenges"
        token_file = "/etc/preservation/university.token"
        """
    )

    policy = read_policies(folder).replication

    assert policy.rule == Rule(copies=3, regions=2)
    assert policy.collections == {"H49.64": {"offline_or_locked": 1}}
    tape = policy.place("tape vault")
    assert (tape.medium, tape.region, tape.presence, tape.media_from, tape.media_life_years, tape.report_days) == (
        Medium.TAPE,
        "Đà Lạt",
        Presence.OFFLINE,
        date(2026, 11, 1),
        12,
        60,
    )
    assert (policy.place("c").rate_mib, str(policy.place("c").quiet_hours)) == (50, "01:00-11:00")
    assert policy.place("c").is_out_of_reach
    assert policy.place("nobody") == Place()
    assert policy.repair.most_per_day == 7
    assert policy.peers["university"].every_days == 90


def test_what_is_written_is_what_is_decided(folder: Path) -> None:
    (folder / "replication.toml").write_text("copies = 3\n")
    (folder / "ingest.toml").write_text("max_files = 10\nmax_ratio = 5\n")
    (folder / "fixity.toml").write_text("window_days = 30\n")
    (folder / "formats.toml").write_text('first = "fido"\nsecond = "always"\n')

    policies = read_policies(folder)

    assert policies.replication.rule.copies == 3
    assert (policies.ingest.limits.max_files, policies.ingest.limits.max_ratio) == (10, 5)
    assert policies.ingest.limits.max_depth == Policies().ingest.limits.max_depth
    assert policies.fixity.window_days == 30
    assert policies.formats.first is FormatEngine.FIDO
    assert policies.formats.second is SecondOpinion.ALWAYS


def test_windows_and_limits_of_checks_are_stated_for_all_and_for_single_replicas_and_collections(folder: Path) -> None:
    (folder / "fixity.toml").write_text(
        "first_check_hours = 0\nsecond_check_days = 7\nslice_minutes = 5\nrate_mib = 100\nrequests_per_second = 20\n"
        'quiet_hours = ["13:00-15:00", "01:00-04:30"]\n'
        "[replicas.tape]\nwindow_days = 365\nquiet_hours = []\n"
        '[collections."H49"]\nwindow_days = 30\n[collections.empty]\n'
    )

    policy = read_policies(folder).fixity

    assert (policy.window_days, policy.first_check_hours, policy.second_check_days, policy.slice_minutes) == (
        90,
        0,
        7,
        5,
    )
    assert (policy.pace.rate_mib, policy.pace.requests_per_second) == (100, 20)
    assert [str(one) for one in policy.pace.quiet] == ["01:00-04:30", "13:00-15:00"]
    assert policy.replicas["tape"].window_days == 365
    assert policy.pace_of("tape").quiet == ()
    assert dict(policy.collections) == {"H49": 30}


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("replication", "copies = 0", "copies = 0 is not allowed; it must be a whole number from 1"),
        ("replication", "copies = true", "copies = True is not allowed"),
        ("replication", 'copies = "2"', "copies = '2' is not allowed"),
        ("replication", "copies = 2.0", "copies = 2.0 is not allowed"),
        ("replication", "copys = 2", "unknown key 'copys'; allowed are copies"),
        ("replication", "regions = 0", "regions = 0 is not allowed; it must be a whole number from 1"),
        ("replication", "offline_or_locked = -1", "must be a whole number from 0"),
        ("replication", '[replicas.b]\nmedium = "paper"', "replicas.b.medium = 'paper' is not allowed"),
        ("replication", "[replicas.b]\nplace = 3", "unknown key 'replicas.b.place'; allowed are medium, region"),
        ("replication", '[replicas.b]\nmedia_from = "2026"', "it must be a date such as"),
        ("replication", '[replicas.b]\nquiet_hours = "25:00-26:00"', "hours of the day in UTC"),
        ("replication", '[collections."H49"]\nregion = 2', "unknown key 'collections.H49.region'"),
        ("replication", "[repair]\nmost_share_percent = 101", "repair.most_share_percent = 101 is not allowed"),
        ("replication", '[peers.x]\nchallenge_url = "http://a"\ntoken_file = "f"', "https://"),
        ("replication", '[peers.x]\nchallenge_url = "https://a"', "peers.x.token_file = None is not allowed"),
        ("ingest", "max_files = -1", "max_files = -1 is not allowed"),
        ("ingest", "[max_files]\na = 1", "max_files = {'a': 1} is not allowed"),
        ("fixity", "window_days = 0", "window_days = 0 is not allowed"),
        (
            "fixity",
            "first_check_hours = 169",
            "first_check_hours = 169 is not allowed; it must be a whole number from 0",
        ),
        ("fixity", "rate_mib = 0", "rate_mib = 0 is not allowed"),
        ("fixity", "windowdays = 9", "unknown key 'windowdays'; allowed are window_days"),
        ("fixity", 'quiet_hours = ["8-17"]', "quiet_hours = ['8-17'] is not allowed"),
        ("fixity", 'quiet_hours = ["08:00-08:00"]', "hours of the day in UTC"),
        ("fixity", 'quiet_hours = "08:00-09:00"', "quiet_hours = '08:00-09:00' is not allowed"),
        ("fixity", "[replicas.b]\nwindow = 9", "unknown key 'replicas.b.window'; allowed are window_days"),
        ("fixity", "[replicas]\nb = 9", "replicas.b = 9 is not allowed; it must be a table"),
        ("fixity", '[collections."H49"]\nrate_mib = 9', "unknown key 'collections.H49.rate_mib'"),
        ("fixity", '[collections."H49"]\nwindow_days = 0', "collections.H49.window_days = 0 is not allowed"),
        ("formats", 'first = "droid"', 'it must be one of "siegfried", "fido", "none"'),
        ("formats", "second = 1", 'it must be one of "never", "doubtful", "always"'),
        ("formats", "first = ", "not a TOML document"),
    ],
)
def test_what_is_not_understood_is_refused_by_file_and_key(folder: Path, name: str, text: str, said: str) -> None:
    (folder / f"{name}.toml").write_text(text)

    with pytest.raises(WrongUse) as refusal:
        read_policies(folder)

    assert str(folder / f"{name}.toml") in str(refusal.value)
    assert said in str(refusal.value)


def test_a_file_that_is_not_utf8_is_refused(folder: Path) -> None:
    (folder / "fixity.toml").write_bytes(b"# \xff\n")

    with pytest.raises(WrongUse, match=r"fixity\.toml: not a TOML document"):
        read_policies(folder)


def test_a_file_that_is_too_large_to_be_a_policy_is_refused(folder: Path) -> None:
    (folder / "fixity.toml").write_bytes(b"#" * ((1 << 20) + 1))

    with pytest.raises(WrongUse, match="larger than"):
        read_policies(folder)


@pytest.mark.parametrize("name", POLICY_NAMES)
def test_a_missing_policy_is_refused(folder: Path, name: str) -> None:
    (folder / f"{name}.toml").unlink()

    with pytest.raises(WrongUse, match=rf"{name}\.toml: this policy file is missing"):
        read_policies(folder)


def test_a_policy_of_an_unknown_name_is_refused(folder: Path) -> None:
    shutil.copy(folder / "fixity.toml", folder / "fixety.toml")

    with pytest.raises(WrongUse, match=r"fixety\.toml: no policy has this name; allowed are replication\.toml"):
        read_policies(folder)


def test_a_policy_that_cannot_be_read_is_not_a_missing_one(folder: Path) -> None:
    (folder / "fixity.toml").unlink()
    (folder / "fixity.toml").mkdir()

    with pytest.raises(Unavailable, match=r"fixity\.toml"):
        read_policies(folder)
