"""Identifiers: minted by a port, checked here, opaque everywhere else."""

import re

_URN = re.compile(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z")

REPOSITORY_RECORD_KIND = "repository-record"


def is_urn_uuid(text: str) -> bool:
    """Whether the text is a lower-case `urn:uuid:` (RFC 9562)."""
    return _URN.match(text) is not None


VERSION_MARK = "/v"


def version_id(aip: str, number: int) -> str:
    """How an event links one version of an AIP, so that what was done to that very version can be looked up."""
    return f"{aip}{VERSION_MARK}{number}"
