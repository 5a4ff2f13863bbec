"""What the routes work with: one value for the life of the process."""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Event as Flag

from starlette.requests import HTTPConnection

from preservation.api.actor_cache import ActorCache
from preservation.api.collection_trees import CollectionTrees
from preservation.api.freshness import FreshRepository
from preservation.api.stream_places import StreamPlaces
from preservation.bootstrap import Repository
from preservation.domain.people import Actor
from preservation.ports import JobBell, JobTable

# Who asks: None where the request shows nothing that holds. May query the database; called in a thread.
Authenticate = Callable[[HTTPConnection], Actor | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """`repository` is as it was opened, `fresh()` with replicas and policies as they are now.

    `stopping` is set when the process is asked to end.
    """

    repository: Repository
    jobs: JobTable
    actors: ActorCache
    trees: CollectionTrees
    fresh: FreshRepository
    streams: StreamPlaces
    bell: JobBell
    stopping: Flag
