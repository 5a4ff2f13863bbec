"""The lines of a batch of fixity checks as text: what `fixity/` keeps on every replica, and a batch's Merkle root is over."""

import json
from datetime import UTC, datetime

from preservation.domain.holdings import CopyState, FixityLine


def line_bytes(line: FixityLine) -> bytes:
    """One line, without its newline: a JSON array in a fixed order, times in UTC with microseconds."""
    values = [
        line.aip,
        line.version,
        line.replica,
        line.time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        line.outcome.value,
        line.digest,
        line.bytes,
    ]
    return json.dumps(values, separators=(",", ":")).encode()


def parse_line(data: bytes) -> FixityLine:
    """The inverse of `line_bytes`. ValueError for anything else."""
    values = json.loads(data)
    if not isinstance(values, list) or len(values) != 7:
        raise ValueError("not a line of a fixity batch")
    aip, version, replica, time, outcome, digest, size = values
    return FixityLine(
        aip=str(aip),
        version=int(version),
        replica=str(replica),
        time=datetime.strptime(time, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC),
        outcome=CopyState(outcome),
        digest=str(digest),
        bytes=int(size),
    )
