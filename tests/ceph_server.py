"""A real S3 server for tests: Ceph's RADOS gateway over one monitor and one OSD that keeps everything in memory."""

import json
import os
import shutil
import subprocess
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.free_ports import free_ports

ACCESS_KEY, SECRET_KEY = "AKIAREPLICASFORTESTS", "anotherveryverylongsecretkeyfortests"
PROGRAMS = ("radosgw", "radosgw-admin", "ceph-mon", "ceph-osd", "ceph", "ceph-authtool", "monmaptool")
_SECONDS = 180.0

_CONFIGURATION = """[global]
fsid = {fsid}
mon host = [v2:127.0.0.1:{msgr2},v1:127.0.0.1:{msgr1}]
public network = 127.0.0.0/8
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 8
osd pool default pgp num = 8
osd crush chooseleaf type = 0
mon allow pool size one = true
mon osd allow pg remap = true
mon max pg per osd = 1000
run dir = {folder}/run
log file = {folder}/log/$name.log
admin socket = {folder}/run/$name.asok
pid file = {folder}/run/$name.pid
mon data = {folder}/mon
osd data = {folder}/osd
mgr data = {folder}/mgr
rgw data = {folder}/rgw
keyring = {folder}/keyring
osd objectstore = {store}
memstore device bytes = 12884901888
bluestore block size = 10737418240
bluestore block create = true
osd memory target = 939524096
rgw frontends = beast endpoint=127.0.0.1:{port}
rgw crypt require ssl = false
setuser match path = {folder}
ms bind ipv6 = false
mon data avail crit = 1
mon data avail warn = 2
"""


def is_installed() -> bool:
    return all(shutil.which(program) for program in PROGRAMS)


@contextmanager
def ceph(folder: Path, store: str = "memstore") -> Iterator[str]:
    """A running gateway; its endpoint. `store` is the OSD's: `memstore`, or `bluestore` for a file."""
    for name in ("mon", "osd", "mgr", "rgw", "run", "log"):
        (folder / name).mkdir(parents=True)
    msgr1, msgr2, port = free_ports(3)
    configuration = folder / "ceph.conf"
    fsid = str(uuid.uuid4())
    configuration.write_text(
        _CONFIGURATION.format(fsid=fsid, msgr1=msgr1, msgr2=msgr2, port=port, folder=folder, store=store)
    )
    keyring, monmap = str(folder / "keyring"), str(folder / "monmap")
    daemons: list[subprocess.Popen[bytes]] = []
    try:
        _run("ceph-authtool", "--create-keyring", keyring, "--gen-key", "-n", "mon.", "--cap", "mon", "allow *")
        caps = [word for one in ("mon", "osd", "mds", "mgr") for word in ("--cap", one, "allow *")]
        _run("ceph-authtool", keyring, "--gen-key", "-n", "client.admin", *caps)
        addresses = f"[v2:127.0.0.1:{msgr2},v1:127.0.0.1:{msgr1}]"
        _run("monmaptool", "--create", "--fsid", fsid, "--addv", "a", addresses, monmap)
        command = ["-c", str(configuration)]
        _run("ceph-mon", *command, "-i", "a", "--mkfs", "--monmap", monmap, "--keyring", keyring)
        daemons.append(_start(["ceph-mon", *command, "-f", "-i", "a"], folder))
        osd, secret = str(uuid.uuid4()), _run("ceph-authtool", "--gen-print-key").strip()
        _run(
            "ceph",
            *command,
            "osd",
            "new",
            osd,
            "-i",
            "-",
            given=json.dumps({"cephx_secret": secret}),
        )
        _run("ceph-authtool", keyring, "-n", "osd.0", "--add-key", secret)
        _run("ceph-osd", *command, "-i", "0", "--mkfs", "--osd-uuid", osd)
        _run("ceph", *command, "osd", "crush", "add", "osd.0", "1.0", "root=default", "host=h")
        daemons.append(_start(["ceph-osd", *command, "-f", "-i", "0"], folder))
        user = ["--uid=t", "--display-name=t", f"--access-key={ACCESS_KEY}", f"--secret-key={SECRET_KEY}"]
        _run("radosgw-admin", *command, "user", "create", *user)
        daemons.append(_start(["radosgw", *command, "-f", "-n", "client.admin"], folder))
        endpoint = f"http://127.0.0.1:{port}"
        _wait(endpoint, daemons)
        yield endpoint
    finally:
        for daemon in reversed(daemons):
            daemon.kill()
            daemon.wait()


def _run(*command: str, given: str = "") -> str:
    done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=_SECONDS, check=False)
    assert done.returncode == 0, f"{command}: {done.stderr}"
    return done.stdout


def _start(command: Sequence[str], folder: Path) -> "subprocess.Popen[bytes]":
    with (folder / "log" / f"{command[0]}.out").open("wb") as log:
        return subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, "HOME": str(folder)})


def _wait(endpoint: str, daemons: "Sequence[subprocess.Popen[bytes]]") -> None:
    while True:
        assert all(daemon.poll() is None for daemon in daemons), "a part of Ceph ended"
        try:
            urllib.request.urlopen(endpoint, timeout=5).close()  # noqa: S310 - ours
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
        else:
            return
