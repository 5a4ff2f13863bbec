"""A Python client generated from the OpenAPI document, used against the running server: the document can be relied on."""

import importlib
import json
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from openapi_python_client import generate
from openapi_python_client.config import Config, ConfigFile, MetaType

from preservation.domain.people import Role
from tests.api.api_server import LARGE, OTHER, OWN, ApiServer
from tests.api.test_openapi import operations

PACKAGE = "generated_preservation_client"


@pytest.fixture(scope="module")
def generated(api: ApiServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The package, made in a temporary folder."""
    place = tmp_path_factory.mktemp("client")
    document = place / "openapi.json"
    document.write_text(json.dumps(api.client().get("/api/v1/openapi.json").json()))
    options = ConfigFile(
        package_name_override=PACKAGE,
        project_name_override=PACKAGE,
        post_hooks=[],
        content_type_overrides={
            "application/offset+octet-stream": "application/octet-stream",
            "application/toml": "application/octet-stream",
        },
    )
    config = Config.from_sources(
        options, MetaType.NONE, document, file_encoding="utf-8", overwrite=True, output_path=place / PACKAGE
    )
    assert generate(config=config) == []
    sys.path.insert(0, str(place))
    try:
        yield importlib.import_module(PACKAGE)
    finally:
        sys.path.remove(str(place))
        for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
            del sys.modules[name]


@pytest.fixture
def signed_in(generated: ModuleType, api: ApiServer) -> Iterator[Any]:
    client = importlib.import_module(f"{PACKAGE}.client")
    assert generated.__name__ == PACKAGE
    with client.AuthenticatedClient(base_url=api.url, token=f"{Role.ARCHIVIST.value}-{OWN}", timeout=60) as opened:
        yield opened


def operation(tag: str, name: str) -> Any:
    return importlib.import_module(f"{PACKAGE}.api.{tag}.{name}")


def model(name: str) -> Any:
    return getattr(importlib.import_module(f"{PACKAGE}.models"), name)


def test_every_operation_is_a_function_of_the_client(generated: ModuleType, api: ApiServer) -> None:
    document = api.client().get("/api/v1/openapi.json").json()

    for _, _, one in operations(document):
        assert callable(operation(one["tags"][0], one["operationId"]).sync_detailed)


def test_the_client_lists_shows_and_pages(signed_in: Any, api: ApiServer) -> None:
    page = operation("aips", "list_aips").sync(client=signed_in, limit=1)
    rest = operation("aips", "list_aips").sync(client=signed_in, cursor=page.next_)
    shown = operation("aips", "show_aip").sync(api.aip, client=signed_in)

    assert {one.id for one in (*page.items, *rest.items)} == {api.aip, api.holdings.aip_below}
    assert shown.title == "Hồ sơ địa chính phường Phúc Xá"
    assert [one.state.value for one in shown.copies_of_it] == ["intact", "intact"]
    assert shown.created.tzinfo is not None


def test_the_client_reads_files_and_events(signed_in: Any, api: ApiServer) -> None:
    files = operation("files", "list_files").sync(api.aip, client=signed_in, limit=1000)
    large = next(one for one in files.items if one.original_name == "large.bin")
    content = operation("files", "download_file").sync(api.aip, large.number, client=signed_in)
    events = operation("events", "list_events").sync(client=signed_in, aip=api.aip)

    assert content.payload.read() == LARGE + b"A"
    assert {one.type_.value for one in events.items} >= {"ingestion", "replication"}


def test_the_client_queues_an_export_once_and_reads_the_job(signed_in: Any, api: ApiServer) -> None:
    wanted = model("ExportRequest").from_dict({"form": "eark"})
    export = operation("exports", "export_aip")
    first, again = (
        export.sync_detailed(api.aip, client=signed_in, body=wanted, idempotency_key="generated") for _ in range(2)
    )

    assert first.status_code == 202
    assert again.parsed == first.parsed
    assert operation("jobs", "show_job").sync(first.parsed.id, client=signed_in).state.value == "queued"


def test_the_client_tells_of_problems_as_values(signed_in: Any, api: ApiServer) -> None:
    answer = operation("aips", "show_aip").sync_detailed(api.holdings.aips[OTHER], client=signed_in)
    invalid = operation("aips", "list_aips").sync_detailed(client=signed_in, limit=0)

    assert (answer.status_code, answer.parsed.type_) == (404, "/problems/not-found")
    assert invalid.parsed.errors[0].where == "query.limit"
