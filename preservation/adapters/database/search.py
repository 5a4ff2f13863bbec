"""AIPs found by the words of their titles and descriptions. All must be there; one that ends with * may go on in any way.

The rarest word leads: its AIPs are walked, newest first, and the other words are looked up for each. A page looks at no more than
`_WINDOW` of them, so that two frequent words that never meet cost no more than a page of hits; such a page may be short or empty
and still have a next one.
"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, exists, func, literal, select

from preservation.adapters.database.holdings import summaries, summary
from preservation.adapters.database.tables import table
from preservation.adapters.database.tables_service import SearchWordRow
from preservation.adapters.database.text import MAX_WORD, fold, words
from preservation.domain.holdings import AIPSummary
from preservation.errors import WrongUse

MAX_QUERY_WORDS = 16
_MAX_BEGINNINGS = 50
_WINDOW = 5000
_COUNTED = 1000
_LAST = "\U0010ffff"

_AIP = table("aip")
_WORD = SearchWordRow.metadata.tables["search_word"]


def search(
    connection: Connection, text: str, *, collections: Sequence[str] | None, before: int | None, limit: int
) -> tuple[Sequence[AIPSummary], int | None]:
    """A page of hits, and where the next one begins, None where nothing is left. WrongUse for a text that cannot be searched."""
    wanted = _alternatives(connection, text)
    if not all(wanted):
        return [], None
    lead, *others = sorted(wanted, key=lambda one: _frequency(connection, one))
    walked = select(_WORD.c.aip_key).where(_WORD.c.word.in_(lead)).distinct()
    if before is not None:
        walked = walked.where(_WORD.c.aip_key < before)
    window = walked.order_by(_WORD.c.aip_key.desc()).limit(_WINDOW).subquery()
    query = summaries().add_columns(_AIP.c.key).join(window, window.c.aip_key == _AIP.c.key)
    query = query.where(*_all(_AIP.c.key, others))
    if collections is not None:
        query = query.where(_AIP.c.collection.in_(collections))
    rows = connection.execute(query.order_by(_AIP.c.key.desc()).limit(limit)).all()
    if len(rows) == limit:
        return [summary(row) for row in rows], rows[-1].key
    count, last = connection.execute(select(func.count(), func.min(window.c.aip_key))).one()
    return [summary(row) for row in rows], last if count == _WINDOW else None


def _all(key: ColumnElement[int], wanted: Sequence[Sequence[str]]) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    for alternatives in wanted:
        word = _WORD.alias()
        found.append(exists(literal(1)).where(word.c.word.in_(alternatives), word.c.aip_key == key))
    return found


def _alternatives(connection: Connection, text: str) -> list[list[str]]:
    """For each word that was asked for, the words that satisfy it."""
    parts = fold(text).split()
    exact = words(" ".join(part for part in parts if not part.endswith("*")))
    beginnings = {one for part in parts if part.endswith("*") for one in words(part)}
    if not exact and not beginnings:
        raise WrongUse("there is no word in what was asked for")
    if len(exact) + len(beginnings) > MAX_QUERY_WORDS:
        raise WrongUse(f"more than {MAX_QUERY_WORDS} words were asked for")
    return [*([word] for word in sorted(exact)), *(_beginning_with(connection, one) for one in sorted(beginnings))]


def _beginning_with(connection: Connection, beginning: str) -> list[str]:
    """The words in use that begin so: each is the first one after the one before it."""
    found: list[str] = []
    last, end = beginning[:MAX_WORD], beginning[:MAX_WORD] + _LAST
    condition = _WORD.c.word >= last
    while (
        word := connection.execute(select(func.min(_WORD.c.word)).where(condition, _WORD.c.word < end)).scalar()
    ) is not None:
        found.append(word)
        if len(found) > _MAX_BEGINNINGS:
            raise WrongUse(
                f"more than {_MAX_BEGINNINGS} different words begin with {beginning}: ask for more of the word"
            )
        condition = _WORD.c.word > word
    return found


def _frequency(connection: Connection, alternatives: Sequence[str]) -> int:
    """In how many AIPs it is; counted no further than it takes to choose."""
    some = select(literal(1)).select_from(_WORD).where(_WORD.c.word.in_(alternatives)).limit(_COUNTED).subquery()
    return int(connection.execute(select(func.count()).select_from(some)).scalar_one())
