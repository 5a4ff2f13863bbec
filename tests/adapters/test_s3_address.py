"""Addresses of buckets: one way of writing each, nothing secret in any."""

import pytest

from preservation.adapters.object_stores.s3.address import Lock, parse_address
from preservation.errors import WrongUse


def test_an_address_is_read_and_written_in_one_way() -> None:
    address = parse_address("s3://kho-luu/h%E1%BB%93%20s%C6%A1/a/?region=hn-1&endpoint=https://s3.example:7480/")

    assert (address.bucket, address.prefix) == ("kho-luu", "hồ sơ/a/")
    assert address.url == "s3://kho-luu/h%E1%BB%93%20s%C6%A1/a?endpoint=https://s3.example:7480&region=hn-1"
    assert parse_address(address.url) == address
    assert address.device == "s3:https://s3.example:7480/kho-luu"


def test_without_a_server_it_is_amazons() -> None:
    address = parse_address("s3://archive")

    assert (address.endpoint, address.region, address.prefix) == ("https://s3.amazonaws.com", "us-east-1", "")


def test_a_lock_has_a_mode_and_days() -> None:
    assert parse_address("s3://archive/x?lock=compliance:3650").lock == Lock("COMPLIANCE", 3650)


@pytest.mark.parametrize(
    "url",
    [
        "s3://user:secret@archive/x",
        "s3://archive/x?secret_key=hush",
        "s3://archive/x?access_key_id=hush",
        "s3://archive/x?endpoint=https://user:hush@host",
        "s3://archive/x?endpoint=ftp://host",
        "s3://archive/x?endpoint=https://host/path",
        "s3://archive/../x",
        "s3://archive/a//b",
        "s3://archive/a%2Fb",
        "s3://archive/a%00b",
        "s3://archive/x?lock=forever",
        "s3://archive/x?lock=governance:0",
        "s3://archive/x?other=1",
        "s3://archive/x?region=..",
        "s3://ARCHIVE/x",
        "s3://a/x",
        "s3://a..b/x",
        "s3:///x",
        "file:///x",
        "s3://archive/" + "x" * 400,
    ],
)
def test_what_is_no_address_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(WrongUse) as refusal:
        parse_address(url)
    assert "hush" not in str(refusal.value)
    assert "user:secret" not in str(refusal.value)
