"""The OpenAPI document: valid, complete, with examples that are what they claim to be."""

from typing import Any

import jsonschema
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from preservation.api.openapi import description
from preservation.api.problem_types import PROBLEM_TYPES
from tests.api.api_server import ApiServer

METHODS = ("get", "head", "post", "put", "patch", "delete", "options")


@pytest.fixture(scope="module")
def document(api: ApiServer) -> dict[str, Any]:
    found: dict[str, Any] = api.client().get("/api/v1/openapi.json").json()
    return found


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method in METHODS
    ]


def test_the_document_is_valid_openapi(document: dict[str, Any]) -> None:
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []


def test_what_is_served_is_the_document_of_the_application(api: ApiServer, document: dict[str, Any]) -> None:
    assert description(api.app) == document


def test_every_operation_has_a_name_a_summary_a_tag_and_a_right(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, _, operation in operations(document)]

    assert len(names) == len(set(names))
    for path, method, operation in operations(document):
        assert operation["summary"], (method, path)
        assert operation["tags"], (method, path)
        needed = operation["x-requires"]
        assert "right" in needed or needed["scope"] in ("public", "signed-in"), (method, path)
        described = {tag["name"] for tag in document["tags"] if tag["description"]}
        assert set(operation["tags"]) <= described, (method, path)


def test_every_bound_is_told_in_words_of_json_schema(document: dict[str, Any]) -> None:
    waiting: list[Any] = [document["paths"], document["components"]["schemas"]]
    seen = 0
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            assert not {"ge", "gt", "le", "lt"} & one.keys(), one
            seen += "minimum" in one
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)
    assert seen >= 10


def test_every_answer_is_described_and_every_problem_named(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        for status, answer in operation["responses"].items():
            assert answer["description"], (method, path, status)
            if int(status) >= 400 and "model" not in answer:
                content = answer["content"]
                examples = content.get("application/problem+json", {}).get("examples", {})
                assert examples or "application/json" in content, (method, path, status)
                for word, example in examples.items():
                    assert PROBLEM_TYPES[word].status == int(status) == example["value"]["status"]


def test_every_kind_of_problem_is_explained_at_its_address(api: ApiServer) -> None:
    client = api.client()

    for kind in PROBLEM_TYPES.values():
        page = client.get(kind.uri).json()
        assert (page["type"], page["status"], page["title"]) == (kind.uri, kind.status, kind.title)
        assert page["meaning"]


def test_every_example_is_what_its_schema_says(document: dict[str, Any]) -> None:
    checked = 0
    for name, schema in document["components"]["schemas"].items():
        for example in schema.get("examples", []):
            jsonschema.validate(example, {**document, "$ref": f"#/components/schemas/{name}"})
            checked += 1
    for path, method, operation in operations(document):
        for status, answer in operation["responses"].items():
            for media, content in answer.get("content", {}).items():
                for example in content.get("examples", {}).values():
                    jsonschema.validate(example["value"], {**document, **content["schema"]})
                    checked += 1
                if "json" in media and int(status) < 400 and path != "/api/v1/openapi.json":
                    assert "$ref" in content["schema"], (method, path, status)
                    referred = content["schema"]["$ref"].rpartition("/")[2]
                    assert has_example(document, referred), (method, path, referred)
    assert checked > 100


def has_example(document: dict[str, Any], name: str) -> bool:
    """A page has one where its items have."""
    schema = document["components"]["schemas"][name]
    items = schema.get("properties", {}).get("items", {}).get("items", {}).get("$ref", "")
    return bool(schema.get("examples")) or (bool(items) and has_example(document, items.rpartition("/")[2]))


def test_every_request_body_has_an_example(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        for media, content in operation.get("requestBody", {}).get("content", {}).items():
            if media == "application/json":
                name = content["schema"]["$ref"].rpartition("/")[2]
                assert has_example(document, name), (method, path, name)
