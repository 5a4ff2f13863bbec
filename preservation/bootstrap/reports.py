"""Reports over what is held, joined."""

from preservation.bootstrap.joining import Repository
from preservation.services.holdings_report import HoldingsReport


def holdings_report(repository: Repository) -> HoldingsReport:
    """By the policy in force, and the registry of formats that is installed here."""
    formats = repository.policies.formats
    return HoldingsReport(
        catalogue=repository.catalogue,
        repository=repository.identity.id,
        rules=formats.rules,
        registry=repository.registry,
    )
