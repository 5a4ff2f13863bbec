"""A commit into a bucket that meets what seldom happens: wrong bytes, long waits, others who are faster, leftovers."""

import gc
import json
import time
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest

from preservation.adapters.object_stores.s3 import intent, placing, standing
from preservation.adapters.object_stores.s3.address import S3Address
from preservation.adapters.object_stores.s3.bucket import Bucket
from preservation.adapters.object_stores.s3.intent import CLAIMS, INVENTORY, SIDECAR, read_intent
from preservation.adapters.object_stores.s3.probe import KEPT
from preservation.adapters.object_stores.s3.store import S3Store
from preservation.adapters.object_stores.s3.version_writer import S3VersionWriter
from preservation.adapters.object_stores.s3.wire import Reply, Source, Wire
from preservation.errors import Unavailable
from preservation.ports import VersionWriter
from tests.adapters.posix_replicas import REPLICA
from tests.adapters.test_s3_store import PROVIDER, a_bucket, a_store, abilities, address, server, store
from tests.contracts.replica_store_builders import AVersion, a_version, begin, contents, expected, stage, write_version
from tests.s3_servers import QUICK, Servers, s3_servers

__all__ = ["abilities", "address", "s3_servers", "server", "store"]

pytestmark = [pytest.mark.s3, pytest.mark.slow]

FIRST = a_version()
SECOND = a_version(2, base=FIRST)
ROOT = FIRST.object_root


def sealed(store: S3Store, version: AVersion, base: AVersion | None = None, tx: str = "tx-1") -> VersionWriter:
    writer = stage(begin(store, version, base, tx), version)
    writer.seal()
    return writer


def another(address: S3Address) -> S3Store:
    """The store of another process."""
    return S3Store(address, REPLICA, PROVIDER, QUICK)


def let_die(address: S3Address) -> None:
    """Make whoever has a transaction look like a process of this machine that has ended."""
    bucket = a_bucket(address)
    for page in bucket.list("work/tx/"):
        for key, _ in page:
            if key.endswith("/intent.json") and b"owner" in (data := bucket.get(key)[0]):
                values = json.loads(data)
                boot, space, _, _, word = values["owner"].split(" ")
                bucket.put(key, json.dumps({**values, "owner": f"{boot} {space} 4194304 0 {word}"}).encode())


def left(store: S3Store) -> list[str]:
    return [key for key, _ in store.list("work") if key != KEPT]


def flipped(body: bytes | memoryview | Source) -> bytes | Source:
    if isinstance(body, Source):
        with body.open() as stream:
            data = stream.read()
        return replace(body, open=lambda: BytesIO(flipped(data)))  # type: ignore[arg-type]
    return bytes([body[0] ^ 1]) + bytes(body[1:])


class Harm:
    """The first writing of a key arrives with one bit changed. `then` is what follows each request after it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, key: str, then: Callable[[], None] = lambda: None) -> None:
        self.is_done = False
        send = Wire._send

        def harmed(wire: Wire, method: str, asked: str | None, query: Any, headers: Any, body: Any) -> Any:
            if self.is_done:
                then()
            if method == "PUT" and asked is not None and asked.endswith(key) and not self.is_done:
                self.is_done, body = True, flipped(body)
            return send(wire, method, asked, query, headers, body)

        monkeypatch.setattr(Wire, "_send", harmed)


@pytest.mark.parametrize("kind", ["ceph", "moto"])
@pytest.mark.parametrize("held", [True, False], ids=["small", "large"])
def test_every_locked_write_says_what_must_arrive(
    s3_servers: Servers, monkeypatch: pytest.MonkeyPatch, kind: str, held: bool
) -> None:
    """S3 refuses a locked one without Content-MD5; the servers of these tests do not."""
    running, bucket = s3_servers.server(kind), f"t-{uuid4()}"
    running.make_bucket(bucket, object_lock=True)
    store = a_store(running.address(bucket, more="&lock=governance:1"))
    sign, locked = Wire._send.__globals__["sign_v4_s3"], list[bool]()

    def seen(*, method: str, headers: dict[str, str], **rest: Any) -> dict[str, str]:
        if method == "PUT" and "x-amz-object-lock-mode" in headers:
            locked.append("Content-MD5" in headers)
        return sign(method=method, headers=headers, **rest)  # type: ignore[no-any-return]

    monkeypatch.setitem(Wire._send.__globals__, "sign_v4_s3", seen)
    if not held:
        monkeypatch.setattr(placing, "HELD_BYTES", 100)
    write_version(store, FIRST)
    write_version(store, SECOND, FIRST, tx="tx-2")

    assert len(locked) >= len(FIRST.files) + len(SECOND.files)
    assert all(locked)
    assert contents(store) == expected(FIRST, SECOND)


@pytest.mark.parametrize("held", [True, False], ids=["small", "large"])
def test_a_root_inventory_that_arrives_wrong_does_not_stay(
    store: S3Store, monkeypatch: pytest.MonkeyPatch, held: bool
) -> None:
    write_version(store, FIRST)
    writer = sealed(store, SECOND, FIRST, tx="tx-2")
    if not held:
        monkeypatch.setattr(placing, "HELD_BYTES", 100)
    harm = Harm(monkeypatch, f"{ROOT}/{INVENTORY}")
    try:
        writer.commit()
    except Unavailable:
        # Refused by a server that compares.
        writer.abort()

    assert harm.is_done
    assert contents(store) == expected(FIRST, SECOND)
    assert left(store) == []


def test_a_root_inventory_that_arrived_wrong_before_its_writer_died_is_put_right(
    store: S3Store, address: S3Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_version(store, FIRST)
    writer = sealed(store, SECOND, FIRST, tx="tx-2")

    def die() -> None:
        raise OSError

    with monkeypatch.context() as patch:
        patch.setattr("preservation.adapters.object_stores.s3.wire._MOST_PAUSE", 0.0)
        Harm(patch, f"{ROOT}/{INVENTORY}", die)
        with pytest.raises(Unavailable):
            writer.commit()
    harmed = store.read(f"{ROOT}/{INVENTORY}")
    let_die(address)
    settled = another(address).recover()

    assert harmed not in (FIRST.files[INVENTORY], SECOND.files[INVENTORY])
    assert settled == [(ROOT, "finished")]
    assert contents(store) == expected(FIRST, SECOND)


def test_what_was_staged_and_has_changed_since_is_not_committed(store: S3Store, address: S3Address) -> None:
    write_version(store, FIRST)
    writer = sealed(store, SECOND, FIRST, tx="tx-2")
    assert isinstance(writer, S3VersionWriter)
    bucket, staged = a_bucket(address), writer._intent.staged
    bucket.put(staged + INVENTORY, flipped(SECOND.files[INVENTORY]))
    bucket.put(f"{staged}v2/{INVENTORY}", flipped(SECOND.files[INVENTORY]))
    with pytest.raises(Unavailable, match="sealed"):
        writer.commit()
    before = store.read(f"{ROOT}/{INVENTORY}")
    bucket.put(f"{staged}v2/{INVENTORY}", SECOND.files[INVENTORY])
    writer.abort()

    assert before == FIRST.files[INVENTORY]
    assert contents(store) == expected(FIRST, SECOND)


def test_one_that_was_overtaken_after_its_commit_leaves_the_newer_sidecar(
    store: S3Store, address: S3Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer, put, done = sealed(store, FIRST), Bucket.put, list[str]()

    def late(bucket: Bucket, key: str, data: Any, **rest: Any) -> str | None:
        if key == f"{ROOT}/{SIDECAR}" and not done:
            done.append(key)
            write_version(another(address), SECOND, FIRST, tx="tx-2")
        return put(bucket, key, data, **rest)

    monkeypatch.setattr(Bucket, "put", late)
    writer.commit()

    assert done
    assert contents(store) == expected(FIRST, SECOND)
    assert left(store) == []


def test_one_that_reads_back_for_longer_than_a_lease_is_not_undone(
    store: S3Store, address: S3Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intent, "LEASE_SECONDS", 5.0)
    monkeypatch.setattr(standing, "BEAT_SECONDS", 0.3)
    writer = sealed(store, FIRST)
    with writer.open_sealed(next(path for path in FIRST.files if path.endswith("large.bin"))) as stream:
        for _ in range(14):
            stream.read(1000)
            time.sleep(0.5)
    settled = another(address).recover()
    writer.commit()

    assert settled == []
    assert contents(store) == expected(FIRST)
    assert left(store) == []


def test_a_writer_that_was_forgotten_gives_no_sign_of_life(
    store: S3Store, address: S3Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standing, "BEAT_SECONDS", 0.1)
    writer: VersionWriter | None = sealed(store, FIRST)
    seen = _nonces(address, 0.5)
    writer = None
    gc.collect()
    time.sleep(1)

    assert writer is None
    assert len(seen) > 1
    assert len(_nonces(address, 0.5)) == 1


@pytest.mark.parametrize("fault", ["not answered", "answered with another ETag"])
def test_a_sign_of_life_that_is_lost_on_its_way_is_not_the_end(
    store: S3Store, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    writer = sealed(store, FIRST)
    assert isinstance(writer, S3VersionWriter)
    call = Wire.call

    def struck(wire: Wire, method: str, key: str | None, **rest: Any) -> Reply:
        reply = call(wire, method, key, **rest)
        if method == "PUT":
            if fault == "not answered":
                raise Unavailable("no answer")
            return replace(reply, headers={**reply.headers, "etag": '"0"'})
        return reply

    with monkeypatch.context() as patch:
        patch.setattr(Wire, "call", struck)
        writer._standing.beat()
    writer.commit()

    assert contents(store) == expected(FIRST)


def test_a_transaction_that_nobody_can_read_holds_up_no_other(store: S3Store, address: S3Address) -> None:
    other = a_version(of=2)
    sealed(store, other, tx="tx-2")
    bucket = a_bucket(address)
    bucket.put("work/tx/a/intent.json", b"{")
    bucket.put(f"{CLAIMS}/ocfl/a", b"")
    bucket.put(f"{CLAIMS}/ocfl/b", b"tx-gone")
    let_die(address)
    before = store.leftovers()
    with pytest.raises(Unavailable, match="a person must look"):
        another(address).recover()

    assert len(before) == 3
    assert "tx-2 was broken off (sealed)" in before[1]
    assert [told for told in before if "a person must look" in told] == store.leftovers()
    assert left(store) == [f"{CLAIMS}/ocfl/a", "work/tx/a/intent.json"]
    assert contents(store) == {}


def test_a_large_file_that_was_staged_aside_is_placed_in_parts(store: S3Store, monkeypatch: pytest.MonkeyPatch) -> None:
    call, largest = Wire.call, [0]

    def seen(wire: Wire, method: str, key: str | None, **rest: Any) -> Reply:
        body = rest.get("body", b"")
        largest[0] = max(largest[0], body.size if isinstance(body, Source) else len(body))
        return call(wire, method, key, **rest)

    early, large = begin(store, FIRST, tx="tx-early"), bytes(range(256)) * (72 << 10)
    monkeypatch.setattr(Wire, "call", seen)
    late = stage(begin(store, FIRST, tx="tx-late"), FIRST)
    sink = late.create("v1/content/larger.bin")
    sink.write(large)
    sink.close()
    late.seal()
    late.commit()
    early.abort()

    assert store.read(f"{ROOT}/v1/content/larger.bin") == large
    assert largest[0] == 8 << 20


def _nonces(address: S3Address, seconds: float) -> set[str]:
    """What the intent had for nonces in this time."""
    seen: set[str] = set()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = read_intent(a_bucket(address), "tx-1")
        assert found is not None
        seen.add(found[0].nonce)
        time.sleep(0.02)
    return seen
