"""Policies as files: what is written is what is decided, and nothing is guessed."""

import hashlib
import shutil
from pathlib import Path

import pytest

from preservation.adapters.policy_files import POLICY_NAMES, default_policy_files, read_policies
from preservation.domain.policies import FormatEngine, Policies, SecondOpinion
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
    assert policies.formats == defaults.formats


def test_a_policys_version_is_the_digest_of_its_file(folder: Path) -> None:
    policies = read_policies(folder)

    assert set(policies.versions) == set(POLICY_NAMES)
    digest = hashlib.sha512((folder / "fixity.toml").read_bytes()).hexdigest()
    assert policies.versions["fixity"] == f"sha512:{digest}"


def test_what_is_written_is_what_is_decided(folder: Path) -> None:
    (folder / "replication.toml").write_text("copies = 3\n")
    (folder / "ingest.toml").write_text("max_files = 10\nmax_ratio = 5\n")
    (folder / "fixity.toml").write_text("window_days = 30\n")
    (folder / "formats.toml").write_text('first = "fido"\nsecond = "always"\n')

    policies = read_policies(folder)

    assert policies.replication.copies == 3
    assert (policies.ingest.limits.max_files, policies.ingest.limits.max_ratio) == (10, 5)
    assert policies.ingest.limits.max_depth == Policies().ingest.limits.max_depth
    assert policies.fixity.window_days == 30
    assert policies.formats.first is FormatEngine.FIDO
    assert policies.formats.second is SecondOpinion.ALWAYS


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("replication", "copies = 0", "copies = 0 is not allowed; it must be a whole number from 1"),
        ("replication", "copies = true", "copies = True is not allowed"),
        ("replication", 'copies = "2"', "copies = '2' is not allowed"),
        ("replication", "copies = 2.0", "copies = 2.0 is not allowed"),
        ("replication", "copys = 2", "unknown key 'copys'; allowed are copies"),
        ("ingest", "max_files = -1", "max_files = -1 is not allowed"),
        ("ingest", "[max_files]\na = 1", "max_files = {'a': 1} is not allowed"),
        ("fixity", "window_days = 0", "window_days = 0 is not allowed"),
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
