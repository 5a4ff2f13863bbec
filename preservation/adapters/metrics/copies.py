"""What Prometheus reads of copies and the replication policy."""

from collections import Counter
from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from preservation.domain.copies_seen import CopiesSeen

_PREFIX = "preservation_"


def copies_metrics(seen: CopiesSeen) -> Iterator[Metric]:
    """Families about what is short of the policy, and about replicas that need somebody."""
    below = GaugeMetricFamily(
        _PREFIX + "aips_below_policy",
        "AIPs that are short of what the replication policy demands, by collection and by what is short.",
        labels=["collection", "demand"],
    )
    counts: Counter[tuple[str, str]] = Counter()
    for one in seen.below:
        for demand in one.gap.named():
            counts[one.collection, demand] += one.aips
    for (collection, demand), count in sorted(counts.items()):
        below.add_metric([collection, demand], count)
    yield below
    short = GaugeMetricFamily(
        _PREFIX + "copies_below_policy", "Copies that lack to what the replication policy demands."
    )
    short.add_metric([], sum(one.aips * one.gap.copies for one in seen.below))
    yield short
    held = GaugeMetricFamily(
        _PREFIX + "replica_repairs_held", "1 for a replica on which repairs wait for a person.", labels=["replica"]
    )
    for name in seen.held:
        held.add_metric([name], 1)
    yield held
    disputed = GaugeMetricFamily(
        _PREFIX + "aips_disputed", "AIPs whose inventories are whole and not what the ledger says."
    )
    disputed.add_metric([], len(seen.disputed))
    yield disputed
    drift = GaugeMetricFamily(
        _PREFIX + "replica_drift",
        "Where a replica's listing and the catalogue disagree: unknown objects, and copies that are absent.",
        labels=["replica", "kind"],
    )
    for name, found in sorted(seen.drift.items()):
        drift.add_metric([name, "unknown"], found.unknown)
        drift.add_metric([name, "absent"], found.absent)
    yield drift
    peers = GaugeMetricFamily(
        _PREFIX + "peer_faults", "AIPs whose copies at a peer differ or are absent.", labels=["peer"]
    )
    for peer in seen.peers:
        peers.add_metric([peer.name], len(peer.faults))
    yield peers
    yield from _faults(seen)


def _faults(seen: CopiesSeen) -> Iterator[Metric]:
    count = GaugeMetricFamily(
        _PREFIX + "copy_faults", "Copies that were found damaged or missing so far, by the log.", labels=["replica"]
    )
    detect = GaugeMetricFamily(
        _PREFIX + "fault_detect_seconds", "Until a fault was found, at most, on average.", labels=["replica"]
    )
    mend = GaugeMetricFamily(
        _PREFIX + "fault_mend_seconds", "Until a fault was mended, on average.", labels=["replica"]
    )
    for name, one in sorted(seen.faults.items()):
        count.add_metric([name], one.faults)
        if one.detect is not None:
            detect.add_metric([name], one.detect)
        if one.mend is not None:
            mend.add_metric([name], one.mend)
    yield from (count, detect, mend)
