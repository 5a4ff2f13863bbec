"""Settings: the command line, then the environment, then the file, then the default."""

from pathlib import Path

import pytest

from preservation.errors import Unavailable, WrongUse
from preservation.settings import language_of, read_settings


def test_a_home_without_a_file_runs_on_defaults(tmp_path: Path) -> None:
    settings = read_settings(tmp_path / "home", {})

    assert settings.home == tmp_path / "home"
    assert settings.database_url == f"sqlite:///{tmp_path / 'home' / 'preservation.db'}"
    assert (settings.language, settings.log_level, settings.log_format) == ("en", "warning", "console")


def test_the_file_outranks_the_default_and_the_environment_outranks_the_file(tmp_path: Path) -> None:
    (tmp_path / "preservation.toml").write_text('language = "vi"\nlog_level = "debug"\n')

    settings = read_settings(tmp_path, {"PRESERVATION_LOG_LEVEL": "error", "LANG": "en_GB.UTF-8"})

    assert (settings.language, settings.log_level) == ("vi", "error")


def test_the_command_line_outranks_the_environment_for_the_home(tmp_path: Path) -> None:
    environment = {"PRESERVATION_HOME": str(tmp_path / "a")}

    assert read_settings(None, environment).home == tmp_path / "a"
    assert read_settings(tmp_path / "b", environment).home == tmp_path / "b"


def test_without_a_home_nothing_is_guessed() -> None:
    with pytest.raises(WrongUse, match="--home DIR or set PRESERVATION_HOME"):
        read_settings(None, {"PRESERVATION_HOME": ""})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("databse_url = 'x'", "unknown key 'databse_url'; allowed are database_url"),
        ("language = 'fr'", "language = 'fr' is not allowed; it must be one of en, vi"),
        ("log_level = 3", "log_level = 3 is not allowed; it must be a text"),
        ("log_format = 'xml'", "it must be one of console, json"),
        ("[language]", "is not allowed"),
        ("language", "not a TOML document"),
    ],
)
def test_a_file_that_is_not_understood_is_refused(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "preservation.toml").write_text(text)

    with pytest.raises(WrongUse) as refusal:
        read_settings(tmp_path, {})

    assert str(tmp_path / "preservation.toml") in str(refusal.value)
    assert said in str(refusal.value)


def test_a_file_that_cannot_be_read_is_not_an_absent_one(tmp_path: Path) -> None:
    (tmp_path / "preservation.toml").mkdir()

    with pytest.raises(Unavailable):
        read_settings(tmp_path, {})


def test_a_password_is_shown_neither_in_a_refusal_nor_in_the_settings(tmp_path: Path) -> None:
    with pytest.raises(WrongUse) as refusal:
        read_settings(tmp_path, {"PRESERVATION_DATABASE_URL": "mysql://u:hunter2@db/x"})
    settings = read_settings(tmp_path, {"PRESERVATION_DATABASE_URL": "postgresql://u:hunter2@db/x"})

    assert "hunter2" not in str(refusal.value)
    assert "hunter2" not in repr(settings)
    assert settings.database_url == "postgresql://u:hunter2@db/x"


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "vi_VN.UTF-8"}, "vi"),
        ({"LANG": "vi"}, "vi"),
        ({"LANG": "vi_VN.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "vibe"}, "en"),
        ({"LANG": "C", "PRESERVATION_LANG": "vi"}, "vi"),
    ],
)
def test_the_language_follows_the_locale(environment: dict[str, str], language: str) -> None:
    assert language_of(environment) == language
