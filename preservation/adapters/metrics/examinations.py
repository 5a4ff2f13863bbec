"""What was found out about files, as metrics."""

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from preservation.domain.filed_examinations import ExaminationFigures

_PREFIX = "preservation_"


def examination_metrics(seen: ExaminationFigures) -> Iterator[Metric]:
    """Content files of newest versions, as they were counted last."""
    yield _single("content_files", "Content files of head versions.", seen.files)
    yield _single("files_unexamined", "Content files that were not examined yet.", seen.unexamined)
    yield _single("files_invalid", "Content files that are invalid by their newest examination.", seen.invalid)
    yield _single(
        "files_worsened", "Invalid files that had been sound, by an examination of the last weeks.", seen.worsened
    )
    yield _single("files_infected", "Content files in which the newest scan found malware.", seen.infected)
    yield _single("aips_unscanned", "AIPs whose head nobody has scanned for malware.", seen.unscanned_aips)


def _single(name: str, told: str, value: int) -> GaugeMetricFamily:
    return GaugeMetricFamily(_PREFIX + name, told, value=value)
