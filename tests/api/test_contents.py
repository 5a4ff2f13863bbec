"""The bytes of a file over HTTP: whole, in parts, under conditions, verified while they are read."""

import base64
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import httpx
import pytest

from preservation.domain.jobs import JobKind
from preservation.domain.ledger import EventFilter
from preservation.domain.people import Role
from tests.api.api_server import LARGE, NAMES, OWN, SMALL, ApiServer, make_holdings, serve

WHOLE = LARGE + b"A"


def content(api: ApiServer, name: str) -> str:
    return f"/api/v1/aips/{api.aip}/files/{api.file(name)['number']}/content"


def reader(api: ApiServer, **headers: str) -> httpx.Client:
    return api.client(Role.ARCHIVIST, OWN, **headers)


def test_a_file_comes_as_it_was_received_with_its_digests(api: ApiServer) -> None:
    for name, size in (("small.txt", len(SMALL)), ("large.bin", len(WHOLE)), ("empty", 0)):
        answer = reader(api).get(content(api, name))
        digest = base64.b64encode(hashlib.sha256(answer.content).digest()).decode()

        assert answer.status_code == 200
        assert len(answer.content) == size
        assert f"sha-256=:{digest}:" in answer.headers["Repr-Digest"]
        assert answer.headers["Content-Digest"] == answer.headers["Repr-Digest"]
        assert answer.headers["ETag"] == f'"sha256-{hashlib.sha256(answer.content).hexdigest()}"'
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert int(answer.headers["Content-Length"]) == size


def test_the_head_of_a_file_is_its_headers_alone(api: ApiServer) -> None:
    answer = reader(api).head(content(api, "large.bin"))

    assert answer.status_code == 200
    assert answer.content == b""
    assert int(answer.headers["Content-Length"]) == len(WHOLE)
    assert answer.headers["Accept-Ranges"] == "bytes"


def test_any_name_is_safe_in_the_header_and_can_be_read_from_it(api: ApiServer) -> None:
    name = next(one for one in NAMES if "/" in one)
    shown = reader(api).get(content(api, name)).headers["Content-Disposition"]
    plain, exact = re.fullmatch(r"attachment; filename=\"([A-Za-z0-9._-]+)\"; filename\*=UTF-8''(\S+)", shown).groups()  # type: ignore[union-attr]

    assert '"' not in plain
    assert unquote(exact).startswith('bản "đồ"')


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=5-", 5, None),
        ("bytes=-7", -7, None),
        ("bytes=10-99999999999", 10, None),
        ("bytes=3-9", 3, 9),
    ],
)
def test_one_part_of_a_file_is_given(api: ApiServer, asked: str, first: int, last: int | None) -> None:
    answer = reader(api).get(content(api, "large.bin"), headers={"Range": asked})

    wanted = WHOLE[first:] if last is None else WHOLE[first : last + 1]
    assert answer.status_code == 206
    assert answer.content == wanted
    at = first if first >= 0 else len(WHOLE) + first
    assert answer.headers["Content-Range"] == f"bytes {at}-{at + len(wanted) - 1}/{len(WHOLE)}"


@pytest.mark.parametrize("asked", ["bytes=99999999-", "bytes=-0"])
def test_a_part_that_is_not_there_is_refused_with_the_size(api: ApiServer, asked: str) -> None:
    answer = reader(api).get(content(api, "large.bin"), headers={"Range": asked})

    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == f"bytes */{len(WHOLE)}"
    assert answer.json()["type"] == "/problems/bad-range"


@pytest.mark.parametrize("asked", ["bytes=9-3", "bytes=-", "lines=1-2", "bytes=0-1,5-6", "bytes=" + "9" * 40 + "-"])
def test_what_is_no_single_range_gives_the_whole(api: ApiServer, asked: str) -> None:
    answer = reader(api).get(content(api, "small.txt"), headers={"Range": asked})

    assert (answer.status_code, answer.content) == (200, SMALL)


def test_conditions_are_about_the_content_itself(api: ApiServer) -> None:
    client, path = reader(api), content(api, "small.txt")
    tag = client.head(path).headers["ETag"]

    assert client.get(path, headers={"If-None-Match": f'"x", {tag}'}).status_code == 304
    assert client.get(path, headers={"If-None-Match": '"x"'}).status_code == 200
    assert client.get(path, headers={"If-Match": '"x"'}).status_code == 412
    assert client.get(path, headers={"If-Match": tag}).status_code == 200
    assert client.get(path, headers={"If-Range": tag, "Range": "bytes=0-1"}).status_code == 206
    assert client.get(path, headers={"If-Range": '"x"', "Range": "bytes=0-1"}).status_code == 200


@pytest.fixture
def own(tmp_path: Path) -> Iterator[ApiServer]:
    """A server over a home that a test may damage."""
    with serve(make_holdings(tmp_path)) as running:
        yield running


def stored(api: ApiServer, name: str, replica: str) -> Path:
    folder = api.holdings.home.object(api.aip, replica) / "v1" / "content"
    return next(path for path in folder.rglob("*") if path.name == name)


def damage(path: Path) -> None:
    path.chmod(0o644)
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(bytes(data))


def test_wrong_bytes_are_never_given_out_whole_and_are_told_of(own: ApiServer) -> None:
    catalogue = own.repository.catalogue
    for replica in ("a", "b"):
        damage(stored(own, "small.txt", replica))
        damage(stored(own, "large.bin", replica))
    client, before = reader(own), len(catalogue.events(EventFilter(aip=own.aip), limit=1000))

    small = client.get(content(own, "small.txt"))
    with pytest.raises(httpx.RemoteProtocolError):
        client.get(content(own, "large.bin"))
    told = catalogue.events(EventFilter(aip=own.aip, type="fixity check", outcome="failure"), limit=1000)
    jobs = own.repository.catalogue.job_table().jobs(kind=JobKind.FIXITY)
    assert small.status_code == 503
    assert small.json()["type"] == "/problems/content-damaged"
    assert len(told) == 1
    assert len(catalogue.events(EventFilter(aip=own.aip), limit=1000)) == before + 1
    assert [(job.subject, job.collection) for job in jobs] == [(own.aip, own.holdings.collections[OWN])]


def test_a_small_file_comes_from_the_replica_that_has_it_right(own: ApiServer) -> None:
    damage(stored(own, "small.txt", "a"))
    stored(own, "large.bin", "a").unlink()

    assert reader(own).get(content(own, "small.txt")).content == SMALL
    assert reader(own).get(content(own, "large.bin")).content == WHOLE


def test_a_range_over_all_of_a_file_is_verified(own: ApiServer) -> None:
    """Players and download programs ask for `bytes=0-` of what they want whole."""
    client, all_of_it = reader(own), {"Range": "bytes=0-"}
    damage(stored(own, "small.txt", "a"))
    whole = client.get(content(own, "small.txt"), headers=all_of_it)
    damage(stored(own, "small.txt", "b"))
    wrong = client.get(content(own, "small.txt"), headers=all_of_it)
    assert (whole.status_code, whole.content) == (206, SMALL)
    assert (wrong.status_code, wrong.json()["type"]) == (503, "/problems/content-damaged")


def test_a_copy_that_ends_too_soon_is_told_of_by_whoever_asks_for_a_part_of_it(own: ApiServer) -> None:
    cut = stored(own, "large.bin", "a")
    cut.chmod(0o644)
    with cut.open("r+b") as stream:
        stream.truncate(100)

    answer = reader(own).get(content(own, "large.bin"), headers={"Range": "bytes=200-299"})

    assert (answer.status_code, answer.content) == (206, WHOLE[200:300])
    where = EventFilter(aip=own.aip, type="fixity check", outcome="failure")
    assert len(own.repository.catalogue.events(where, limit=10)) == 1
    assert [job.subject for job in own.repository.catalogue.job_table().jobs(kind=JobKind.FIXITY)] == [own.aip]
