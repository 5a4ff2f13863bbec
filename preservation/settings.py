"""How this installation runs: one frozen value, made by bootstrap and passed on.

What the archive has decided is not here; that is a policy. Each setting is taken from the environment, else from
`HOME/preservation.toml`, else it has its default:

    environment                  key in the file    default
    PRESERVATION_HOME            -                  none: a home has to be named
    PRESERVATION_DATABASE_URL    database_url       SQLite in the home
    PRESERVATION_LANG            language           Vietnamese where the locale is Vietnamese, else English
    PRESERVATION_LOG_LEVEL       log_level          warning
    PRESERVATION_LOG_FORMAT      log_format         console
    PRESERVATION_API_HOST        api_host           127.0.0.1
    PRESERVATION_API_PORT        api_port           8765
    PRESERVATION_API_ROOT_PATH   api_root_path      empty: the address is served from its root
    PRESERVATION_API_PROXIES     api_proxies        127.0.0.1: whose X-Forwarded headers are believed, with commas
    PRESERVATION_DEPOSIT_PATHS   deposit_paths      empty: folders below which packages on the server are taken from, with colons
    PRESERVATION_METRICS_TOKEN   metrics_token      empty: metrics are for those who may read the state
    PRESERVATION_BROKER_URL      broker_url         empty: no broker, workers take jobs straight from the database
    PRESERVATION_WORKER_SLOTS    worker_slots       3: how many jobs a worker runs at a time
    PRESERVATION_LEASE_SECONDS   lease_seconds      60: for how long a worker that is not heard of keeps its job
    PRESERVATION_BEAT_SECONDS    beat_seconds       10: how often a worker says that it still has its job
    PRESERVATION_GRACE_SECONDS   grace_seconds      30: how long a job may go on once its worker is to stop
    PRESERVATION_SESSION_IDLE_MINUTES   session_idle_minutes   60: a session that nobody uses ends
    PRESERVATION_SESSION_HOURS          session_hours          12: every session ends
    PRESERVATION_COOKIE_SECURE          cookie_secure          auto: as the request came; always, never
    PRESERVATION_OIDC_ISSUER            oidc_issuer            empty: nobody signs in by an identity provider
    PRESERVATION_OIDC_CLIENT_ID         oidc_client_id         what the provider calls this repository
    PRESERVATION_OIDC_CLIENT_SECRET     oidc_client_secret     empty: a public client, held by PKCE alone
    PRESERVATION_OIDC_REDIRECT_URL      oidc_redirect_url      this repository's /api/v1/session/oidc/callback, as browsers see it
    PRESERVATION_ALARM_WEBHOOK_URL      alarm_webhook_url      empty: no alarm is sent over HTTP
    PRESERVATION_ALARM_WEBHOOK_SECRET   alarm_webhook_secret   empty: such messages are not signed
    PRESERVATION_ALARM_EMAIL_TO         alarm_email_to         empty: no alarm is sent by e-mail; several with commas
    PRESERVATION_ALARM_EMAIL_FROM       alarm_email_from       whom such mail is from
    PRESERVATION_SMTP_HOST              smtp_host              the mail server; needed for alarms by e-mail
    PRESERVATION_SMTP_PORT              smtp_port              587
    PRESERVATION_SMTP_SECURITY          smtp_security          starttls: TLS is asked for; tls from the start; none
    PRESERVATION_SMTP_USER              smtp_user              empty: the mail server knows us without signing in
    PRESERVATION_SMTP_PASSWORD          smtp_password          empty
    PRESERVATION_OTLP_ENDPOINT          otlp_endpoint          empty: nothing is traced; else OTLP's URL, with /v1/traces
    PRESERVATION_FOLDER_TIMEOUT_SECONDS folder_timeout_seconds 30: for how long a look at a folder replica is waited for
    PRESERVATION_S3_CREDENTIALS_FILE    s3_credentials_file    empty: AWS_ACCESS_KEY_ID and so on; else a file
    PRESERVATION_S3_INSTANCE_ROLE       s3_instance_role       no; yes: the role of this machine, as its metadata service gives it
    PRESERVATION_S3_CA_FILE             s3_ca_file             empty: certificates that the system trusts; else a file of others
    PRESERVATION_S3_ENDPOINTS           s3_endpoints           empty: over HTTP no bucket may be named; URLs with commas
    PRESERVATION_S3_TIMEOUT_SECONDS     s3_timeout_seconds     60: for how long one answer of an S3 server is waited for
    PRESERVATION_S3_LANES               s3_lanes               8: how many requests to one bucket run at a time
    PRESERVATION_TOOL_FENCE             tool_fence             auto: namespaces where there are some; namespaces: those or nothing
    PRESERVATION_TOOL_FOLDERS           tool_folders           empty: further folders that fenced programs may read, with colons
    PRESERVATION_EXAMINATION_LANES      examination_lanes      2: how many processes look into files at a time
    PRESERVATION_EPUBCHECK_JAR          epubcheck_jar          empty: Debian's, where it is installed; else a jar of EPUBCheck
    PRESERVATION_VERAPDF                verapdf                empty: none; else veraPDF's start script
    PRESERVATION_CLAMAV_DATABASE        clamav_database        /var/lib/clamav: the folder with the virus signatures
    PRESERVATION_CLAMD_SOCKET           clamd_socket           empty: clamscan is run; else the socket of a clamd

Each text may be given with _FILE at the variable's end instead: then that names a file whose first line is the value.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

from preservation.errors import WrongUse
from preservation.given_settings import GivenSettings, read_file

SETTINGS_FILE = "preservation.toml"

_LANGUAGES = ("en", "vi")
_LOG_LEVELS = ("debug", "info", "warning", "error")
_LOG_FORMATS = ("console", "json")
_DATABASES = ("sqlite:///", "postgresql://", "postgresql+psycopg://")
_BROKERS = ("amqp://", "amqps://", "redis://", "rediss://")
# Without TLS only where nothing leaves the machine.
_PROVIDERS = ("https://", "http://127.0.0.1:", "http://localhost:")
_REDIRECTS = ("https://", "http://")
_TEXTS = ("metrics_token", "alarm_webhook_secret", "s3_credentials_file", "epubcheck_jar", "verapdf", "clamd_socket")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """`home` is absolute. `database_url` is SQLAlchemy's; it may hold a password, so it is not shown."""

    home: Path
    database_url: str = field(repr=False)
    language: str
    log_level: str
    log_format: str
    api_host: str = "127.0.0.1"
    api_port: int = 8765
    api_root_path: str = ""
    api_proxies: str = "127.0.0.1"
    deposit_paths: tuple[Path, ...] = ()
    metrics_token: str = field(default="", repr=False)
    broker_url: str = field(default="", repr=False)
    worker_slots: int = 3
    lease_seconds: int = 60
    beat_seconds: int = 10
    grace_seconds: int = 30
    session_idle_minutes: int = 60
    session_hours: int = 12
    cookie_secure: str = "auto"
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: str = field(default="", repr=False)
    oidc_redirect_url: str = ""
    alarm_webhook_url: str = field(default="", repr=False)
    alarm_webhook_secret: str = field(default="", repr=False)
    alarm_email_to: str = ""
    alarm_email_from: str = ""
    smtp_host: str = ""
    smtp_port: int = 587
    smtp_security: str = "starttls"
    smtp_user: str = ""
    smtp_password: str = field(default="", repr=False)
    otlp_endpoint: str = field(default="", repr=False)
    folder_timeout_seconds: int = 30
    s3_credentials_file: str = ""
    s3_instance_role: str = "no"
    s3_ca_file: str = ""
    s3_endpoints: tuple[str, ...] = ()
    s3_timeout_seconds: int = 60
    s3_lanes: int = 8
    tool_fence: str = "auto"
    tool_folders: tuple[Path, ...] = ()
    examination_lanes: int = 2
    epubcheck_jar: str = ""
    verapdf: str = ""
    clamav_database: Path = Path("/var/lib/clamav")
    clamd_socket: str = ""


def read_settings(home: Path | None, environment: Mapping[str, str]) -> Settings:
    """The settings of a home, which need not exist yet. `home` is what the command line says.

    Raises WrongUse for an unknown key or a value that is not allowed, Unavailable if the file cannot be read.
    """
    root = _home(home, environment)
    path = root / SETTINGS_FILE
    given = GivenSettings(
        path, read_file(path, [one.name for one in fields(Settings) if one.name != "home"]), environment
    )
    lease, beat = given.whole_number("lease_seconds", 60, 3600), given.whole_number("beat_seconds", 10, 3600)
    if 2 * beat > lease:
        raise WrongUse(f"beat_seconds = {beat} is not allowed; lease_seconds ({lease}) must hold two of them at least")
    return Settings(
        home=root,
        database_url=given.url("database_url", f"sqlite:///{root / 'preservation.db'}", _DATABASES),
        language=given.one_of("language", language_of(environment), _LANGUAGES, variable="PRESERVATION_LANG"),
        log_level=given.one_of("log_level", "warning", _LOG_LEVELS),
        log_format=given.one_of("log_format", "console", _LOG_FORMATS),
        api_host=given.text("api_host", "127.0.0.1"),
        api_port=given.whole_number("api_port", 8765, 65_535),
        api_root_path=_root_path(given.text("api_root_path", "")),
        api_proxies=given.text("api_proxies", "127.0.0.1"),
        deposit_paths=tuple(Path(one).absolute() for one in given.text("deposit_paths", "").split(":") if one),
        broker_url=given.url("broker_url", "", _BROKERS),
        worker_slots=given.whole_number("worker_slots", 3, 64),
        lease_seconds=lease,
        beat_seconds=beat,
        grace_seconds=given.whole_number("grace_seconds", 30, 3600),
        session_idle_minutes=given.whole_number("session_idle_minutes", 60, 24 * 60),
        session_hours=given.whole_number("session_hours", 12, 30 * 24),
        cookie_secure=given.one_of("cookie_secure", "auto", ("auto", "always", "never")),
        **{key: given.text(key, "") for key in _TEXTS},
        **_identity_provider(given),
        **_alarm_mail(given),
        alarm_webhook_url=given.url("alarm_webhook_url", "", _REDIRECTS),
        smtp_port=given.whole_number("smtp_port", 587, 65_535),
        smtp_security=given.one_of("smtp_security", "starttls", ("starttls", "tls", "none")),
        otlp_endpoint=given.url("otlp_endpoint", "", _REDIRECTS),
        folder_timeout_seconds=given.whole_number("folder_timeout_seconds", 30, 3600),
        s3_ca_file=given.text("s3_ca_file", ""),
        s3_instance_role=given.one_of("s3_instance_role", "no", ("no", "yes")),
        s3_endpoints=tuple(one.strip().rstrip("/") for one in given.text("s3_endpoints", "").split(",") if one.strip()),
        s3_timeout_seconds=given.whole_number("s3_timeout_seconds", 60, 3600),
        s3_lanes=given.whole_number("s3_lanes", 8, 64),
        tool_fence=given.one_of("tool_fence", "auto", ("auto", "namespaces")),
        tool_folders=tuple(Path(one).absolute() for one in given.text("tool_folders", "").split(":") if one),
        examination_lanes=given.whole_number("examination_lanes", 2, 64),
        clamav_database=Path(given.text("clamav_database", "/var/lib/clamav")).absolute(),
    )


def _identity_provider(given: GivenSettings) -> dict[str, str]:
    found = {
        "oidc_issuer": given.url("oidc_issuer", "", _PROVIDERS),
        "oidc_client_id": given.text("oidc_client_id", ""),
        "oidc_client_secret": given.text("oidc_client_secret", ""),
        "oidc_redirect_url": given.url("oidc_redirect_url", "", _REDIRECTS),
    }
    needed = ("oidc_issuer", "oidc_client_id", "oidc_redirect_url")
    if any(found.values()) and not all(found[key] for key in needed):
        raise WrongUse(f"an identity provider needs {', '.join(needed)}: all of them, or none")
    return found


def _alarm_mail(given: GivenSettings) -> dict[str, str]:
    keys = ("alarm_email_to", "alarm_email_from", "smtp_host", "smtp_user", "smtp_password")
    found = {key: given.text(key, "") for key in keys}
    if found["alarm_email_to"] and not (found["alarm_email_from"] and found["smtp_host"]):
        raise WrongUse("alarm_email_to needs alarm_email_from and smtp_host")
    return found


def _root_path(value: str) -> str:
    if value and (not value.startswith("/") or value.endswith("/")):
        raise WrongUse(f"api_root_path = {value!r} is not allowed; it begins with a slash and does not end with one")
    return value


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
