"""The application: routes, problems, OpenAPI, and what surrounds them."""

from collections.abc import Sequence
from threading import Event as Flag

from fastapi import APIRouter, FastAPI
from starlette.responses import Response

from preservation.api import openapi
from preservation.api.actor_cache import ActorCache
from preservation.api.authentication import authentication
from preservation.api.collection_trees import CollectionTrees
from preservation.api.documented import declare
from preservation.api.edge import Edge, Patience
from preservation.api.freshness import FreshRepository
from preservation.api.http_metrics import HttpMetrics
from preservation.api.people import people_here
from preservation.api.problems import add_handlers
from preservation.api.routes import (
    accounts,
    agreements,
    aips,
    challenges,
    collections,
    copies,
    events,
    exports,
    files,
    fixity,
    format_reports,
    formats,
    health,
    job_progress,
    jobs,
    ledger,
    metrics,
    migrations,
    policies,
    problem_pages,
    replicas,
    session,
    session_oidc,
    tokens,
    transfers,
    upload_discovery,
    uploads,
)
from preservation.api.service import Authenticate, Service
from preservation.api.stream_places import StreamPlaces
from preservation.bootstrap import SOFTWARE, Repository
from preservation.ports import JobBell
from preservation.ports.tracing import Tracer

# Every resource. A module of routes is served once it is named here.
ROUTERS: Sequence[APIRouter] = (
    aips.router,
    files.router,
    exports.router,
    transfers.router,
    upload_discovery.router,
    uploads.router,
    jobs.router,
    job_progress.router,
    events.router,
    ledger.router,
    fixity.router,
    replicas.router,
    copies.router,
    challenges.router,
    # Before the formats, among whose addresses are PUIDs.
    format_reports.router,
    formats.router,
    migrations.router,
    collections.router,
    policies.router,
    agreements.router,
    session.router,
    session_oidc.router,
    accounts.router,
    tokens.router,
    health.router,
    metrics.router,
    problem_pages.router,
    openapi.router,
)


def create_app(
    repository: Repository,
    *,
    bell: JobBell,
    authenticate: Authenticate | None = None,
    patience: Patience | None = None,
    stopping: Flag | None = None,
    tracer: Tracer | None = None,
) -> FastAPI:
    """The application over a repository that stays open as long as it runs.

    Without `authenticate` people come by session and machines by token. `stopping` is set when the process is to end. Raises
    TypeError if a route does not say which right it needs. No request of another origin is given leave (no CORS).
    """
    app = FastAPI(
        title="preservation",
        version=SOFTWARE.version,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        # Routes return ready answers of various kinds: none is JSON unless it says so.
        default_response_class=Response,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    people = people_here(repository)
    app.state.people = people
    app.state.http_metrics = HttpMetrics()
    app.state.service = Service(
        repository=repository,
        jobs=repository.catalogue.job_table(),
        actors=ActorCache(authenticate or authentication(people)),
        trees=CollectionTrees(repository.catalogue),
        fresh=FreshRepository(repository),
        streams=StreamPlaces(),
        bell=bell,
        stopping=stopping or Flag(),
    )
    for router in ROUTERS:
        app.include_router(declare(router))
    add_handlers(app, str(repository.home.root))
    app.add_middleware(Edge, observe=app.state.http_metrics.observe, patience=patience, tracer=tracer)
    return app
