"""Requests that nobody thought of, made from the OpenAPI document by schemathesis: good ones and bad ones, as each role.

No answer is a server error, none is undocumented, each is as its schema says; what breaks the schema is refused, and nothing that
keeps it is refused for its form. PRESERVATION_SCHEMATHESIS_EXAMPLES says how many requests are made of each kind for each route.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.core.result import Ok

from preservation.domain.people import Role
from tests.api.api_server import ApiServer, make_holdings, serve

EXAMPLES = int(os.environ.get("PRESERVATION_SCHEMATHESIS_EXAMPLES", "2"))

# Instead of the check for good requests that are refused: see `refused_for_its_form`.
REPLACED = ("positive_data_acceptance",)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    """A server that any request may be sent to."""
    with serve(make_holdings(tmp_path_factory.mktemp("schemathesis"))) as running:
        yield running


def refused_for_its_form(case: Case[Any], answer: Any) -> str:
    """Why a request that keeps the schema was refused for its form, "" if it was not. A cursor means nothing to a schema."""
    if answer.status_code != 422 or case.meta is None or not case.meta.generation.mode.is_positive:
        return ""
    document = answer.json()
    errors = document.get("errors", []) if document["type"] == "/problems/invalid-request" else []
    return "; ".join(str(one) for one in errors if one["where"] != "query.cursor")


def is_text_again(case: Case[Any], failure: Exception) -> bool:
    """A body that is to be a text, and was made of something else: on its way it becomes a text, and may be a good one."""
    return (
        case.media_type == "application/toml"
        and not isinstance(case.body, str)
        and "Schema-violating request accepted" in str(failure)
    )


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("role", [*Role, None])
def test_any_request_gets_a_documented_answer(own: ApiServer, role: Role | None) -> None:
    load_all_checks()
    for media_type in ("application/offset+octet-stream", "application/toml"):
        schemathesis.serializer.alias(media_type, "application/octet-stream")
    checks = [CHECKS.get_one(name) for name in CHECKS.get_all_names() if name not in REPLACED]
    headers = {} if role is None else {"Authorization": f"Bearer {role.value}-everywhere"}
    schema = schemathesis.openapi.from_url(f"{own.url}/api/v1/openapi.json")
    schema.config.update(base_url=own.url)
    failures: list[str] = []

    for result in schema.get_all_operations():
        assert isinstance(result, Ok)
        operation = result.ok()
        for mode in GenerationMode:
            # A route without parameters has no request that breaks its schema.
            with contextlib.suppress(Unsatisfiable):
                failures += ask(operation, mode, headers, checks)
    assert not failures, "\n\n".join(failures)


def ask(operation: Any, mode: GenerationMode, headers: dict[str, str], checks: list[Any]) -> list[str]:
    found: list[str] = []

    @seed(20261122)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        verbosity=Verbosity.quiet,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def one(case: Case[Any]) -> None:
        try:
            answer = case.call_and_validate(headers=headers, checks=checks, timeout=60)
        except (FailureGroup, Failure) as error:
            told = error.exceptions if isinstance(error, FailureGroup) else [error]
            wrong = [each for each in told if not is_text_again(case, each)]
            found.extend(f"{operation.label} ({mode.value}): {each}\n{case.as_curl_command()}" for each in wrong)
            return
        if reason := refused_for_its_form(case, answer):
            found.append(f"{operation.label}: {case.as_curl_command()}: {reason}")

    one()
    return found[:3]


def test_the_home_is_as_sound_as_before(own: ApiServer, tmp_path: Path) -> None:
    assert own.holdings.home.run("audit", "verify").status == 0
    assert own.client(Role.AUDITOR).get(f"/api/v1/aips/{own.aip}").status_code == 200
