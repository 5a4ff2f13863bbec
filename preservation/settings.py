"""How this installation runs: one frozen value, made by bootstrap and passed on.

What the archive has decided is not here; that is a policy. Each setting is taken from the environment, else from
`HOME/preservation.toml`, else it has its default:

    environment                  key in the file    default
    PRESERVATION_HOME            -                  none: a home has to be named
    PRESERVATION_DATABASE_URL    database_url       SQLite in the home
    PRESERVATION_LANG            language           Vietnamese where the locale is Vietnamese, else English
    PRESERVATION_LOG_LEVEL       log_level          warning
    PRESERVATION_LOG_FORMAT      log_format         console
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from preservation.errors import Unavailable, WrongUse

SETTINGS_FILE = "preservation.toml"

_LANGUAGES = ("en", "vi")
_LOG_LEVELS = ("debug", "info", "warning", "error")
_LOG_FORMATS = ("console", "json")
_DATABASES = ("sqlite:///", "postgresql://", "postgresql+psycopg://")
_KEYS = ("database_url", "language", "log_level", "log_format")
_MAX_FILE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """`home` is absolute. `database_url` is SQLAlchemy's; it may hold a password, so it is not shown."""

    home: Path
    database_url: str = field(repr=False)
    language: str
    log_level: str
    log_format: str


def read_settings(home: Path | None, environment: Mapping[str, str]) -> Settings:
    """The settings of a home, which need not exist yet. `home` is what the command line says.

    Raises WrongUse for an unknown key or a value that is not allowed, Unavailable if the file cannot be read.
    """
    root = _home(home, environment)
    path = root / SETTINGS_FILE
    file = _read_file(path)

    def text(key: str, variable: str, default: str) -> tuple[str, str]:
        """The value, and where it comes from."""
        if environment.get(variable):
            return environment[variable], variable
        value = file.get(key, default)
        if not isinstance(value, str):
            raise WrongUse(f"{path}: {key} = {value!r} is not allowed; it must be a text")
        return value, f"{path}: {key}"

    def one_of(allowed: tuple[str, ...], chosen: tuple[str, str]) -> str:
        value, source = chosen
        if value not in allowed:
            raise WrongUse(f"{source} = {value!r} is not allowed; it must be one of {', '.join(allowed)}")
        return value

    database, source = text("database_url", "PRESERVATION_DATABASE_URL", f"sqlite:///{root / 'preservation.db'}")
    if not database.startswith(_DATABASES):
        # The value itself may hold a password.
        raise WrongUse(f"{source} is not allowed; it must begin with {', '.join(_DATABASES)}")
    return Settings(
        home=root,
        database_url=database,
        language=one_of(_LANGUAGES, text("language", "PRESERVATION_LANG", language_of(environment))),
        log_level=one_of(_LOG_LEVELS, text("log_level", "PRESERVATION_LOG_LEVEL", "warning")),
        log_format=one_of(_LOG_FORMATS, text("log_format", "PRESERVATION_LOG_FORMAT", "console")),
    )


def language_of(environment: Mapping[str, str]) -> str:
    """The language to speak where no home is needed: PRESERVATION_LANG, else the locale (POSIX order), else English."""
    for variable in ("PRESERVATION_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = environment.get(variable)
        if value:
            return "vi" if value.split(".")[0].split("_")[0] == "vi" else "en"
    return "en"


def _home(home: Path | None, environment: Mapping[str, str]) -> Path:
    if home is None:
        named = environment.get("PRESERVATION_HOME")
        if not named:
            raise WrongUse("no home is named: give --home DIR or set PRESERVATION_HOME")
        home = Path(named)
    return home.absolute()


def _read_file(path: Path) -> Mapping[str, object]:
    try:
        with path.open("rb") as stream:
            data = stream.read(_MAX_FILE_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise Unavailable(f"{path}: {error.strerror}") from error
    if len(data) > _MAX_FILE_BYTES:
        raise WrongUse(f"{path}: larger than {_MAX_FILE_BYTES} bytes")
    try:
        values = tomllib.loads(data.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise WrongUse(f"{path}: not a TOML document: {error}") from error
    for key in values:
        if key not in _KEYS:
            raise WrongUse(f"{path}: unknown key {key!r}; allowed are {', '.join(_KEYS)}")
    return values
