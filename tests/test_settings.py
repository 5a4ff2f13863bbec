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


def test_a_text_may_come_from_a_file_that_a_variable_names(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("  hunter2  \nand nothing else\n")
    environment = {
        "PRESERVATION_METRICS_TOKEN_FILE": str(tmp_path / "secret"),
        "PRESERVATION_LOG_LEVEL": "error",
        "PRESERVATION_LOG_LEVEL_FILE": "/nowhere",
    }

    settings = read_settings(tmp_path, environment)

    assert (settings.metrics_token, settings.log_level) == ("hunter2", "error")
    with pytest.raises(Unavailable):
        read_settings(tmp_path, {"PRESERVATION_METRICS_TOKEN_FILE": str(tmp_path / "absent")})


def test_an_identity_provider_is_set_as_a_whole_and_over_tls(tmp_path: Path) -> None:
    whole = {
        "PRESERVATION_OIDC_ISSUER": "https://id.example",
        "PRESERVATION_OIDC_CLIENT_ID": "preservation",
        "PRESERVATION_OIDC_CLIENT_SECRET": "hunter2",
        "PRESERVATION_OIDC_REDIRECT_URL": "https://archive.example/api/v1/session/oidc/callback",
    }
    settings = read_settings(tmp_path, whole)
    assert settings.oidc_issuer == "https://id.example"
    assert "hunter2" not in repr(settings)

    for broken in (
        {**whole, "PRESERVATION_OIDC_CLIENT_ID": ""},
        {**whole, "PRESERVATION_OIDC_ISSUER": "http://id.example"},
        {**whole, "PRESERVATION_OIDC_REDIRECT_URL": "archive.example"},
        {"PRESERVATION_OIDC_CLIENT_SECRET": "hunter2"},
    ):
        with pytest.raises(WrongUse) as refusal:
            read_settings(tmp_path, broken)
        assert "hunter2" not in str(refusal.value)


@pytest.mark.parametrize(
    ("variable", "value"),
    [("SESSION_IDLE_MINUTES", "0"), ("SESSION_HOURS", "x"), ("SESSION_HOURS", "721"), ("COOKIE_SECURE", "maybe")],
)
def test_a_session_that_makes_no_sense_is_refused(tmp_path: Path, variable: str, value: str) -> None:
    with pytest.raises(WrongUse):
        read_settings(tmp_path, {f"PRESERVATION_{variable}": value})


def test_a_broker_and_how_workers_work_are_settings(tmp_path: Path) -> None:
    (tmp_path / "preservation.toml").write_text('broker_url = "amqp://archive@broker//"\nworker_slots = 8\n')

    settings = read_settings(tmp_path, {"PRESERVATION_LEASE_SECONDS": "30"})

    assert (settings.broker_url, settings.worker_slots) == ("amqp://archive@broker//", 8)
    assert (settings.lease_seconds, settings.beat_seconds, settings.grace_seconds) == (30, 10, 30)
    assert "archive" not in repr(settings)


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"PRESERVATION_BROKER_URL": "http://secret@broker"}, "it must begin with amqp://"),
        ({"PRESERVATION_WORKER_SLOTS": "0"}, "worker_slots = '0' is not allowed"),
        ({"PRESERVATION_BEAT_SECONDS": "40"}, "lease_seconds (60) must hold two of them"),
    ],
)
def test_a_broker_or_a_worker_that_makes_no_sense_is_refused(
    tmp_path: Path, environment: dict[str, str], said: str
) -> None:
    with pytest.raises(WrongUse) as refusal:
        read_settings(tmp_path, environment)

    assert said in str(refusal.value)
    assert "secret" not in str(refusal.value)
