"""The ledger as auditors' own tools read it (C2SP tlog-tiles): below `/api/v1/ledger/` as below any log's prefix."""

import base64
from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from preservation.api import problem_types as kinds
from preservation.api.answers import json_answer
from preservation.api.contents import OCTETS
from preservation.api.dependencies import Allowed, requires
from preservation.api.documented import answers
from preservation.api.problems import Problem
from preservation.api.schemas import events as shapes
from preservation.bootstrap import Repository
from preservation.domain.people import Right
from preservation.errors import NotHere, Unavailable
from preservation.services.ledger import SignedCheckpoint, catalogue_checkpoint
from preservation.services.ledger_files import tile_key
from preservation.standards.merkle import HASH_SIZE
from preservation.standards.tiles import TileName, decode_bundle, encode_bundle, parse_path, width_of

router = APIRouter(prefix="/api/v1/ledger", tags=["ledger"])

Reader = Annotated[Allowed, requires(Right.READ_EVENTS)]

TEXT = "text/plain"
_KEPT = {"Cache-Control": "private, max-age=31536000, immutable"}


@router.get(
    "",
    operation_id="show_ledger",
    summary="The newest signed checkpoint and its key",
    responses=answers(200, "What was signed last.", shapes.Ledger),
    response_model=None,
)
def show_ledger(allowed: Reader) -> Response:
    repository = allowed.service.repository
    signed = _signed(repository)
    return json_answer(
        {
            "origin": repository.identity.origin,
            "size": signed.size,
            "root": base64.b64encode(signed.root).decode(),
            "checkpoint": signed.note,
            "vkey": repository.identity.vkeys[-1],
            "vkeys": repository.identity.vkeys,
        }
    )


@router.get(
    "/checkpoint",
    operation_id="show_checkpoint",
    summary="The newest signed checkpoint",
    responses=answers(200, "A signed note (C2SP tlog-checkpoint).", content={TEXT: {"type": "string"}}),
    response_model=None,
)
def show_checkpoint(allowed: Reader) -> Response:
    return Response(_signed(allowed.service.repository).note, media_type=TEXT)


@router.get(
    "/tile/{path:path}",
    operation_id="show_tile",
    summary="A tile, or a bundle of entries",
    description="`<L>/<N>`, `<L>/<N>.p/<W>` or `entries/<N>`, as far as the signed checkpoint goes.",
    responses=answers(
        200,
        "Hashes of 32 bytes each, or entries with their lengths.",
        problems=[kinds.NOT_FOUND],
        content={OCTETS: {"type": "string", "format": "binary"}},
    ),
    response_model=None,
)
def show_tile(
    allowed: Reader, path: Annotated[str, Path(max_length=100, description="Which one.", examples=["0/000"])]
) -> Response:
    name = parse_path(f"tile/{path}")
    repository = allowed.service.fresh()
    size = _signed(repository).size
    if name is None or name.width > width_of(name, size):
        raise Problem(kinds.NOT_FOUND)
    return Response(_tile(repository, name, size), media_type=OCTETS, headers=_KEPT)


def _signed(repository: Repository) -> SignedCheckpoint:
    signed = catalogue_checkpoint(repository.catalogue, repository.trust)
    if signed is None:
        raise Unavailable("nothing has been signed yet")
    return signed


def _tile(repository: Repository, name: TileName, size: int) -> bytes:
    """From the first replica that has it; a partial one may be cut from what has grown since."""
    grown = TileName(name.level, name.index, width_of(name, size))
    for store in repository.replicas.stores.values():
        for held in dict.fromkeys((name, grown, TileName(name.level, name.index))):
            try:
                data = store.read(tile_key(held))
                return data if held.width == name.width else _cut(name, data)
            except (NotHere, ValueError):
                continue
            except Unavailable:
                break
    raise Unavailable(f"no replica gives {name.path} now")


def _cut(name: TileName, data: bytes) -> bytes:
    if name.level is None:
        return encode_bundle(decode_bundle(data)[: name.width])
    return data[: name.width * HASH_SIZE]
