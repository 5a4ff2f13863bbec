"""A folder replica on a file system that a program serves: the group flush does not reach the medium there."""

import json
import os
import re
import shutil
import sys
from pathlib import Path

import pytest

from preservation.adapters.object_stores.opening import is_below_fuse
from preservation.adapters.object_stores.posix import user_space
from tests.drills.hosts_network import Network
from tests.drills.hosts_servers import GLUSTER, export, mount

ROOT = Path(__file__).parents[2]
_WRITE_A_VERSION = """
import json, sys
from pathlib import Path
from preservation.adapters.object_stores.opening import is_below_fuse
from preservation.adapters.object_stores.posix import store as posix
from tests.adapters.posix_replicas import REPLICA
from tests.contracts.replica_store_builders import a_version, expected, write_version
place = Path(sys.argv[1]) / "replica"
store = posix.create(str(place), REPLICA, first_files=[], marker=json.dumps({"id": REPLICA}).encode())
write_version(store, a_version())
store.put([("ledger/tile/0/000", b"a tile")])
print(json.dumps([is_below_fuse(place.as_uri()), sorted(expected(a_version()))]))
"""


@pytest.mark.netns
@pytest.mark.strace
def test_on_a_file_system_in_user_space_every_file_of_a_version_is_flushed(tmp_path: Path) -> None:
    missing = [name for name in (GLUSTER, "ip", "strace") if shutil.which(name) is None]
    if missing or os.geteuid() != 0:
        pytest.skip(f"needs root and Debian's glusterfs-client, iproute2, strace; missing: {missing}")
    place, trace = tmp_path / "mounted", tmp_path / "trace"
    (logs := tmp_path / "logs").mkdir()
    with Network(logs) as network:
        server, client = network.add("server"), network.add("client")
        export(server, tmp_path / "exported")
        mount(client, server, place)

        flushes = ("strace", "--follow-forks", "--decode-fds=path", "--trace=fsync", f"--output={trace}")
        told = client.run(*flushes, sys.executable, "-c", _WRITE_A_VERSION, place, PYTHONPATH=str(ROOT))
    is_known, files = json.loads(told)
    flushed = set(re.findall(r"fsync\(\d+<(.*?)>\) += 0", trace.read_text()))
    names = {one.rpartition("/object/")[2] for one in flushed if "/object/" in one}
    object_root = os.path.commonpath([os.path.dirname(one) for one in files])

    assert is_known
    assert {_as_traced(one.removeprefix(f"{object_root}/")) for one in files} <= names
    assert any(one.endswith("/work") or "/put" in one for one in flushed)


def _as_traced(path: str) -> str:
    """As strace writes a name: what is not ASCII in octal."""
    return "".join(chr(byte) if 32 <= byte < 127 else f"\\{byte:o}" for byte in os.fsencode(path))


def test_a_folder_on_a_disk_is_not_taken_for_one(tmp_path: Path) -> None:
    assert not is_below_fuse(tmp_path.as_uri())
    assert not is_below_fuse((tmp_path / "not here").as_uri())
    assert not is_below_fuse("s3://bucket/prefix")


def test_flushing_each_file_passes_links_over_and_reaches_what_lies_deep(tmp_path: Path) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "a/b/file").write_bytes(b"x")
    (tmp_path / "a/link").symlink_to("nowhere")

    user_space.flush_each(str(tmp_path))
    user_space.flush_placed(str(tmp_path), ["a/b/file"])
