"""The OpenAPI document, made once and served as it is."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel, TypeAdapter
from pydantic_core import to_json
from starlette.responses import Response

from preservation.api.answers import JSON
from preservation.api.dependencies import public
from preservation.api.documented import answers
from preservation.api.schemas.problem import Problem
from preservation.api.schemas.shape import Request as RequestShape
from preservation.api.schemas.shape import Shape

router = APIRouter(tags=["about"], dependencies=[public()])

_DESCRIPTION = """\
A long-term preservation repository (OAIS). Work that takes long is a job: the answer is 202 with its address.

* **Problems** are RFC 9457 documents; their `type` is documented at its own address.
* **Lists** come in pages: give `cursor` the value of `next`.
* **POSTs that create** take `Idempotency-Key`: the same request with the same key is carried out once.
* **Rights** are roles within collections; `x-requires` names the right. What you may not see is not there (404).
"""
_TAGS = {
    "accounts": "People and machines, and their roles.",
    "session": "Signing in and out, and one's own password.",
    "tokens": "What machines show instead of a password.",
    "transfers": "What is being handed over, from its beginning until it is preserved, refused or withdrawn.",
    "uploads": "The bytes of a transfer, resumable (tus 1.0).",
    "agreements": "Submission agreements: what producer and archive settled.",
    "aips": "What is kept.",
    "files": "The files of an AIP, and their bytes.",
    "exports": "DIPs, made by a job and fetched until they expire.",
    "jobs": "Work that goes on by itself.",
    "events": "What happened, to what, by whom, with what outcome; and the proof of it.",
    "ledger": "The append-only log of all events, as auditors' own tools read it.",
    "fixity": "Whether the copies are what they should be.",
    "migrations": "Format migrations: plans, approvals, runs, and taking back.",
    "replicas": "Storage locations.",
    "formats": "What is held, by format.",
    "collections": "The tree of fonds.",
    "policies": "What the archive has decided.",
    "health": "Whether the service is alive, ready and whole.",
    "about": "This description.",
    "problems": "What went wrong, explained.",
}


def description(app: Any) -> dict[str, Any]:
    """The document of an application, with what FastAPI cannot know."""
    found = get_openapi(title=app.title, version=app.version, description=_DESCRIPTION, routes=app.routes)
    components = found.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    problem = TypeAdapter(Problem).json_schema(ref_template="#/components/schemas/{model}", mode="serialization")
    schemas.update(problem.pop("$defs", {}))
    schemas["Problem"] = problem
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    _restore_examples(schemas)
    components["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "description": "A token that was made for an account."},
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": "preservation_session",
            "description": "A session in a browser; over TLS its name begins with `__Host-`.",
        },
    }
    used = sorted({tag for path in found["paths"].values() for one in path.values() for tag in one.get("tags", ())})
    found["tags"] = [{"name": tag, "description": _TAGS.get(tag, "")} for tag in used]
    return found


def _restore_examples(schemas: dict[str, Any]) -> None:
    """Examples as they were written: on its way into the document each member that is null is lost."""
    waiting: list[type[BaseModel]] = [Shape, RequestShape]
    while waiting:
        shape = waiting.pop()
        waiting.extend(shape.__subclasses__())
        extra = shape.model_config.get("json_schema_extra")
        if shape.__name__ in schemas and isinstance(extra, dict) and "examples" in extra:
            schemas[shape.__name__]["examples"] = extra["examples"]


@router.get(
    "/api/v1/openapi.json",
    operation_id="show_openapi",
    summary="This description",
    responses=answers(200, "An OpenAPI document.", content={JSON: {"type": "object"}}),
    response_model=None,
)
def show_openapi(request: Request) -> Response:
    state = request.app.state
    if getattr(state, "openapi_document", None) is None:
        state.openapi_document = to_json(description(request.app))
    return Response(state.openapi_document, media_type=JSON)
