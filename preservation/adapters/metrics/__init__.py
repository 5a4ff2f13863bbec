"""The service's figures as Prometheus reads them.

collector   the answer to a scrape: jobs, processes, disks, holdings
copies      what is short of the replication policy
checks      what fixity checks need and have
"""

from preservation.adapters.metrics.collector import CONTENT_TYPE, FiguresCollector, exposition

__all__ = ["CONTENT_TYPE", "FiguresCollector", "exposition"]
