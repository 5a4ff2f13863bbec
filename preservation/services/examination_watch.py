"""What is counted of examinations and virus scans for whoever watches the service: counted by a timer, kept in a row."""

from dataclasses import asdict
from datetime import datetime, timedelta

from preservation.domain.examination_alarms import TOLD_FOR
from preservation.domain.filed_examinations import ExaminationFigures
from preservation.ports import Catalogue

_NAME, _KEY = "examinations", "figures"


def count_examinations(catalogue: Catalogue, repository: str, now: datetime, told_for: timedelta = TOLD_FOR) -> None:
    """Count, and keep it. `repository` is the repository's own AIP, of which nothing is examined."""
    figures = catalogue.examination_table().figures(repository=repository, since=now - told_for)
    catalogue.note_table().note(_NAME, _KEY, asdict(figures), now=now)


def kept_examinations(catalogue: Catalogue) -> ExaminationFigures | None:
    """What was counted last; None where nothing was yet."""
    kept = catalogue.note_table().noted(_NAME).get(_KEY)
    if not isinstance(kept, dict):
        return None
    return ExaminationFigures(**{name: value for name, value in kept.items() if isinstance(value, int)})
