"""Counts of what each AIP's head holds, kept with it, so that a report never goes through all files."""

# Only constants of this module are put into statements.
# ruff: noqa: S608

from preservation.adapters.database.wire import Wire

# Whoever made the package may have left no time, or one that is beyond any calendar.
_SECONDS = "(file.modified / 1000000000)"
_YEAR = {
    False: f"coalesce(CAST(strftime('%Y', {_SECONDS}, 'unixepoch') AS INTEGER), 0)",
    True: f"coalesce(CAST(extract(year FROM to_timestamp({_SECONDS}) AT TIME ZONE 'UTC') AS INTEGER), 0)",
}
# Metadata documents of our own making say what is held and are not that themselves.
_IS_CONTENT = "(file.original_path IS NOT NULL OR file.source IS NOT NULL)"
_COLUMNS = "aip_key, added, format_key, kind, validity, modified, files, bytes"


def _counting(where: str, *, postgresql: bool) -> str:
    """The query that counts heads, by the columns of the table."""
    return (
        "SELECT file.aip_key, file.added, coalesce(file.format_key, 0), coalesce(examination.kind, ''),"
        f" coalesce(examination.validity, ''), {_YEAR[postgresql]}, count(*), sum(file.size) FROM file"
        " LEFT JOIN examination ON examination.aip_key = file.aip_key AND examination.ordinal = file.ordinal"
        f" WHERE {where} AND file.removed IS NULL AND {_IS_CONTENT} GROUP BY 1, 2, 3, 4, 5, 6"
    )


def count(wire: Wire, aip_key: int, *, is_new: bool = False) -> None:
    """Count an AIP again, after its head, a format or an examination has changed."""
    if not is_new:
        wire.run("DELETE FROM aip_count WHERE aip_key = ?", aip_key)
    wire.run(f"INSERT INTO aip_count ({_COLUMNS}) {_counting('file.aip_key = ?', postgresql=wire.postgresql)}", aip_key)
