"""What servers answer with when they are asked for lists: nothing of it is believed blindly."""

from typing import Any, cast

import pytest

from preservation.adapters.object_stores.s3.abilities import Abilities
from preservation.adapters.object_stores.s3.address import parse_address
from preservation.adapters.object_stores.s3.bucket import Bucket
from preservation.adapters.object_stores.s3.clearing import abandon_uploads
from preservation.adapters.object_stores.s3.listings import parse_page
from preservation.adapters.object_stores.s3.wire import Reply, Wire
from preservation.errors import Unavailable

LISTED = (
    "<ListBucketResult><EncodingType>url</EncodingType><Contents><Key>{key}</Key><Size>1</Size></Contents>"
    "</ListBucketResult>"
)


class Uploads:
    """A server that tells of uploads two at a time, and of those that are gone no more."""

    def __init__(self, keys: list[str]) -> None:
        self.address = parse_address("s3://archive/r")
        self.held = {f"u{number}": key for number, key in enumerate(keys)}

    def call(self, method: str, key: str | None, *, query: dict[str, str]) -> Reply:
        if method == "DELETE":
            assert self.held.pop(query["uploadId"]) == key
            return Reply(204, {}, b"")
        after = int(query.get("upload-id-marker", "u-1")[1:])
        rest = [(one, at) for one, at in self.held.items() if int(one[1:]) > after]
        listed = "".join(f"<Upload><Key>{at}</Key><UploadId>{one}</UploadId></Upload>" for one, at in rest[:2])
        more = len(rest) > 2
        if more:
            listed += (
                f"<NextKeyMarker>{rest[1][1]}</NextKeyMarker><NextUploadIdMarker>{rest[1][0]}</NextUploadIdMarker>"
            )
        body = f"<ListMultipartUploadsResult><IsTruncated>{str(more).lower()}</IsTruncated>{listed}"
        return Reply(200, {}, f"{body}</ListMultipartUploadsResult>".encode())


def test_a_key_that_is_no_utf_8_makes_a_listing_unavailable_and_no_failure_of_ours() -> None:
    assert parse_page(LISTED.format(key="r/h%E1%BB%93").encode()).entries == [("r/hồ", 1)]
    with pytest.raises(Unavailable, match="no UTF-8: r/%FF"):
        parse_page(LISTED.format(key="r/%FF").encode())


def test_every_upload_below_a_prefix_is_abandoned_however_many_there_are() -> None:
    server = Uploads([*(f"r/work/{number}" for number in range(5)), "r/ocfl/other", "r/work/last"])

    abandon_uploads(Bucket(cast("Wire", cast("Any", server)), Abilities()), "work/")

    assert list(server.held.values()) == ["r/ocfl/other"]
