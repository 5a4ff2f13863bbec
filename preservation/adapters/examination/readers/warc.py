"""WARC (ISO 28500) by warcio: every record read, digests compared where a record has them."""

import re
from collections import Counter
from importlib.metadata import version
from typing import Final

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecord

from preservation.adapters.examination.look import Look
from preservation.adapters.examination.readers.source import Source

MAX_RECORDS: Final = 10_000_000
_COMPARABLE: Final = re.compile(r"^block digest failed: sha1:[A-Z2-7]{32}$")
_REQUIRED: Final = ("WARC-Type", "WARC-Record-ID", "WARC-Date", "Content-Length")


def look_at_warc(source: Source, look: Look) -> None:
    look.used("warcio", version("warcio"))
    if source.size == 0:
        look.invalid("EMPTY-FILE")
        return
    kinds: Counter[str] = Counter()
    try:
        with open(source.path, "rb") as stream:
            archive = ArchiveIterator(stream, check_digests="record", no_record_parse=False)
            for record in archive:
                kinds[str(record.rec_type).strip().lower()] += 1
                _judge_header(record, look)
                while record.raw_stream.read(1 << 18):
                    pass
                _judge_digest(record, look)
                if sum(kinds.values()) >= MAX_RECORDS:
                    look.unsure("ARCHIVE-TOO-LARGE", f"more than {MAX_RECORDS} records")
                    return
    except (ArchiveLoadFailed, EOFError, OSError, ValueError, KeyError, AttributeError, TypeError) as problem:
        look.invalid("WARC-DAMAGED", str(problem))
        return
    look.add("records", sum(kinds.values()))
    for kind in ("warcinfo", "request", "response", "resource", "metadata", "revisit", "conversion"):
        look.add(f"records-{kind}", kinds.get(kind))
    if not kinds:
        look.invalid("WARC-DAMAGED", "no records")
    if archive.err_count:
        look.invalid("WARC-LENGTH", f"{archive.err_count} records are not followed by an empty line")
    look.well_formed()


def _judge_header(record: ArcWarcRecord, look: Look) -> None:
    """ISO 28500:2017, 5.2 to 5.5: four fields are mandatory, and none of them may be repeated."""
    headers = record.rec_headers
    if not str(headers.protocol).startswith("WARC/"):
        look.invalid("WARC-HEADER", "a record does not begin with its version")
        return
    fields = [(name.lower(), value.strip()) for name, value in headers.headers]
    for required in _REQUIRED:
        count = sum(name == required.lower() and bool(value) for name, value in fields)
        if count != 1:
            look.invalid("WARC-HEADER", f"{required} occurs {count} times")


def _judge_digest(record: ArcWarcRecord, look: Look) -> None:
    """A block's digest covers the bytes that were read, so that a wrong one is firm. warcio compares SHA-1 in Base32 alone;
    what a payload is (chunked, packed) is seen differently by different writers. Either leaves us unsure.
    """
    checker = record.digest_checker
    for said in [] if checker is None else checker.problems[:2]:
        if _COMPARABLE.search(str(said)):
            look.invalid("WARC-DIGEST", str(said))
        else:
            look.unsure("WARC-DIGEST-NOT-COMPARED", str(said))
