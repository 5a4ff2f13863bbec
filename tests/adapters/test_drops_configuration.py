"""`drops.toml`: what is not understood is refused by name, and no secret is ever in it."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from preservation.adapters.clock import SystemClock
from preservation.adapters.drops.bucket import BucketPlace
from preservation.adapters.drops.configuration import open_place, read_drops
from preservation.adapters.drops.folder import FolderPlace
from preservation.domain.drops import BucketDrop, FolderDrop
from preservation.errors import Unavailable, WrongUse

FOLDER = '[[drop]]\nname = "so-noi-vu"\nagreement = "a-1"\nfolder = "/srv/drops/so-noi-vu"\n'
BUCKET = '[[drop]]\nname = "so-xay-dung"\nagreement = "a-2"\nendpoint = "s3.example.org:9000"\nbucket = "drops"\n'
KEY, SECRET = "PRESERVATION_DROP_SO_XAY_DUNG_ACCESS_KEY", "PRESERVATION_DROP_SO_XAY_DUNG_SECRET_KEY"


def written(folder: Path, text: str) -> Path:
    path = folder / "drops.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_folders_and_buckets_are_read_with_their_defaults(tmp_path: Path) -> None:
    more = 'prefix = "x/y/"\nregion = "vn-1"\nsecure = false\nsettle_seconds = 5\n'

    assert read_drops(written(tmp_path, FOLDER + BUCKET + more)) == [
        FolderDrop(name="so-noi-vu", agreement="a-1", folder="/srv/drops/so-noi-vu", settle=timedelta(seconds=60)),
        BucketDrop(
            name="so-xay-dung",
            agreement="a-2",
            endpoint="s3.example.org:9000",
            bucket="drops",
            prefix="x/y/",
            region="vn-1",
            secure=False,
            settle=timedelta(seconds=5),
        ),
    ]


def test_without_the_file_nothing_is_watched(tmp_path: Path) -> None:
    assert read_drops(tmp_path / "drops.toml") == ()
    assert read_drops(written(tmp_path, "")) == []


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("drop = 3", r"\[\[drop\]\]"),
        ("other = 1", r"\[\[drop\]\]"),
        ("[[drop]", "TOML"),
        ('[[drop]]\nname = "a"\nfolder = "/a"\n', "agreement"),
        (FOLDER.replace("/srv", "srv"), "absolute"),
        (FOLDER.replace("so-noi-vu", "Sở"), "name"),
        (FOLDER + 'endpoint = "x"\n', "endpoint"),
        (FOLDER + 'secret_key = "x"\n', "secret_key"),
        (BUCKET + 'access_key = "x"\n', "access_key"),
        (FOLDER + "settle_seconds = -1\n", "settle_seconds"),
        (FOLDER + "settle_seconds = true\n", "settle_seconds"),
        (BUCKET.replace("s3.example.org:9000", "https://s3.example.org"), "endpoint"),
        (BUCKET.replace('"drops"', '"UP/../x"'), "bucket"),
        (BUCKET + 'prefix = "x"\n', "prefix"),
        (BUCKET + 'prefix = "../"\n', "prefix"),
        (BUCKET + 'secure = "no"\n', "secure"),
        (FOLDER + FOLDER, "same name"),
        (FOLDER + FOLDER.replace('"so-noi-vu"', '"b"'), "share a place"),
        (FOLDER + FOLDER.replace('"so-noi-vu"', '"b"').replace("/so-noi-vu", "/so-noi-vu/deeper"), "share a place"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(WrongUse, match=named):
        read_drops(written(tmp_path, text))


@pytest.mark.parametrize("way", ["variables", "files"])
def test_who_may_open_a_bucket_comes_from_the_environment(tmp_path: Path, way: str) -> None:
    folder, bucket = read_drops(written(tmp_path, FOLDER + BUCKET))
    environment: Mapping[str, str] = {KEY: "access", SECRET: "hush"}
    if way == "files":
        for name, value in environment.items():
            (tmp_path / name).write_text(f"{value}\nmore\n")
        environment = {f"{name}_FILE": str(tmp_path / name) for name in environment}

    assert isinstance(open_place(folder, {}, SystemClock()), FolderPlace)
    assert isinstance(open_place(bucket, environment, SystemClock()), BucketPlace)


def test_a_bucket_that_nobody_may_open_says_what_is_missing(tmp_path: Path) -> None:
    (bucket,) = read_drops(written(tmp_path, BUCKET))

    with pytest.raises(WrongUse, match=SECRET):
        open_place(bucket, {KEY: "access"}, SystemClock())
    with pytest.raises(Unavailable, match="no-such-file"):
        open_place(bucket, {f"{KEY}_FILE": "/no-such-file"}, SystemClock())
