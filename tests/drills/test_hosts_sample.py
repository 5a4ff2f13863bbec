"""The drill of several hosts in small; `make hosts-drill` is the whole of it."""

import os
import shutil

import pytest

from tests.broker_servers import RABBITMQ
from tests.drills.hosts import drill, new_place
from tests.drills.hosts_servers import GLUSTER

NEEDED = (str(RABBITMQ), GLUSTER, "ip", "tc", "nsenter", "unshare", "setpriv", "curl")


@pytest.mark.netns
@pytest.mark.broker
@pytest.mark.postgresql
@pytest.mark.slow
def test_a_worker_that_was_cut_off_in_an_ingest_comes_back_and_damages_nothing() -> None:
    missing = [name for name in NEEDED if shutil.which(name) is None]
    if missing or os.geteuid() != 0:
        pytest.skip(f"needs root and Debian's rabbitmq-server, glusterfs-client, iproute2, curl; missing: {missing}")
    with new_place() as place, drill(place, "network", 3, megabytes=16) as made:
        told = made.round(0, returns="after", moment=0.3)

    assert told.wrong == []
