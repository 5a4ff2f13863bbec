"""What a receipt that holds has proved, for one sentence to somebody who asked."""

from preservation.domain.events import LinkedObject
from preservation.domain.findings import Finding, Severity
from preservation.services.ledger_proofs import ProofReport

_OBJECTS_NAMED = 2
_DIGITS_SHOWN = 16


def proven(report: ProofReport) -> Finding:
    """The event, what it is about, its place and the ledger. ValueError for a report of a receipt that does not hold."""
    if report.event is None:
        raise ValueError("nothing was proved")
    linked = [_named(one) for one in report.event.objects]
    more = len(linked) - _OBJECTS_NAMED
    return Finding(
        "LEDGER-PROOF-HOLDS",
        Severity.INFO,
        "",
        {
            "type": report.event.type.value,
            "outcome": report.event.outcome.value,
            "time": report.event.time.isoformat(),
            "objects": ", ".join([*linked[:_OBJECTS_NAMED], *([f"… (+{more})"] if more > 0 else [])]) or "—",
            "index": str(report.index),
            "size": str(report.tree_size),
            "origin": report.origin,
        },
    )


def _named(linked: LinkedObject) -> str:
    """Kind, id, version and the beginning of the digest; the whole of it is in the entry."""
    algorithm, colon, value = (linked.digest or "").partition(":")
    parts = [linked.kind, linked.id, f"v{linked.version}" if linked.version is not None else ""]
    return " ".join(filter(None, [*parts, f"{algorithm}:{value[:_DIGITS_SHOWN]}…" if colon else ""]))
