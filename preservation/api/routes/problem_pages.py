"""`/problems/<word>`: what each kind of problem means."""

from fastapi import APIRouter, Path
from starlette.responses import Response

from preservation.api import problem_types as kinds
from preservation.api.answers import json_answer
from preservation.api.dependencies import public
from preservation.api.documented import answers
from preservation.api.problems import Problem
from preservation.api.schemas.problem_page import ProblemPage, ProblemPages

router = APIRouter(tags=["problems"], dependencies=[public()])


@router.get(
    "/problems",
    operation_id="list_problem_types",
    summary="Every kind of problem",
    responses=answers(200, "All kinds.", ProblemPages),
    response_model=None,
)
def list_problem_types() -> Response:
    return json_answer({"items": [_page(kind) for kind in kinds.PROBLEM_TYPES.values()]})


@router.get(
    "/problems/{word}",
    operation_id="show_problem_type",
    summary="What a kind of problem means",
    responses=answers(200, "The kind.", ProblemPage, problems=[kinds.NOT_FOUND]),
    response_model=None,
)
def show_problem_type(word: str = Path(max_length=64, examples=["not-found"])) -> Response:
    kind = kinds.PROBLEM_TYPES.get(word)
    if kind is None:
        raise Problem(kinds.NOT_FOUND)
    return json_answer(_page(kind))


def _page(kind: kinds.ProblemType) -> dict[str, object]:
    return {"type": kind.uri, "title": kind.title, "status": kind.status, "meaning": kind.meaning}
