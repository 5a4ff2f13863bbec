"""What watches a home that is open: health, figures, alarms, and the reconciler of jobs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from preservation.adapters.alarms.email import EmailChannel, SmtpSecurity, SmtpServer
from preservation.adapters.alarms.webhook import WebhookChannel
from preservation.adapters.disks import disk_spaces
from preservation.bootstrap.joining import Repository
from preservation.domain.alarms import AlarmMessage
from preservation.domain.holdings import ReplicaState
from preservation.domain.service_figures import DiskSpace
from preservation.errors import Unavailable, WrongUse
from preservation.ports import JobBell
from preservation.ports.watching import AlarmChannel
from preservation.services.alarms import Alarms
from preservation.services.health import Health
from preservation.services.job_reconciling import JobReconciler
from preservation.services.job_requests import JobRequests
from preservation.services.replica_set import open_replicas
from preservation.services.service_watch import ServiceWatch
from preservation.settings import Settings

_SQLITE = "sqlite:///"


def service_watch(repository: Repository) -> ServiceWatch:
    """The numbers; looks at replicas and disks each time it is asked."""
    return ServiceWatch(
        catalogue=repository.catalogue,
        clock=repository.clock,
        policies=repository.policies,
        disks=lambda: _disks(repository),
        away=lambda: _away(repository),
        repository=repository.identity.id,
    )


def health(repository: Repository) -> Health:
    """Whether the service is ready, and whole."""
    return Health(
        catalogue=repository.catalogue,
        clock=repository.clock,
        policies=repository.policies,
        away=lambda: _away(repository),
        disks=lambda: _disks(repository),
    )


def alarms(repository: Repository) -> Alarms:
    """Alarms, with the channels that the settings name."""
    return Alarms(
        catalogue=repository.catalogue,
        watch=service_watch(repository),
        channels=alarm_channels(repository.settings),
        clock=repository.clock,
        repository=repository.identity.id,
    )


def alarm_channels(settings: Settings) -> Mapping[str, AlarmChannel]:
    """The ways to tell somebody, by name; none where the settings name none."""
    channels: dict[str, AlarmChannel] = {}
    if settings.alarm_webhook_url:
        channels["webhook"] = _webhook(settings)
    if settings.alarm_email_to:
        server = SmtpServer(
            host=settings.smtp_host,
            port=settings.smtp_port,
            security=SmtpSecurity(settings.smtp_security),
            user=settings.smtp_user,
            password=settings.smtp_password,
        )
        recipients = [one.strip() for one in settings.alarm_email_to.split(",") if one.strip()]
        channels["email"] = EmailChannel(server, sender=settings.alarm_email_from, recipients=recipients)
    return channels


@dataclass(frozen=True, slots=True)
class _Unusable:
    """A channel whose settings make no sense: it says so each time, and the others are used."""

    reason: str

    def send(self, message: AlarmMessage) -> None:
        raise Unavailable(self.reason)


def _webhook(settings: Settings) -> AlarmChannel:
    try:
        return WebhookChannel(settings.alarm_webhook_url, settings.alarm_webhook_secret)
    except WrongUse as error:
        return _Unusable(str(error))


def job_reconciler(repository: Repository, bell: JobBell | None) -> JobReconciler:
    """`bell` is None where there is no broker."""
    return JobReconciler(
        catalogue=repository.catalogue,
        bell=bell,
        minter=repository.minter,
        clock=repository.clock,
        policies=repository.policies,
    )


def job_requests(repository: Repository) -> JobRequests:
    """What timers queue with."""
    return JobRequests(catalogue=repository.catalogue, minter=repository.minter, clock=repository.clock)


def _away(repository: Repository) -> Mapping[str, str]:
    return open_replicas(repository.catalogue, repository.opener).away


def _disks(repository: Repository) -> Sequence[DiskSpace]:
    places = {"home": repository.settings.home}
    url = repository.settings.database_url
    if url.startswith(_SQLITE):
        places["database"] = Path(url.removeprefix(_SQLITE)).absolute().parent
    for replica in repository.catalogue.replicas():
        if replica.state is not ReplicaState.RETIRED and replica.url.startswith("file://"):
            places[f"replica {replica.name}"] = Path(unquote(urlsplit(replica.url).path))
    return disk_spaces(places, float(repository.settings.folder_timeout_seconds))
