"""The one place where parts are joined. Commands, API and workers ask here for what they need.

joining           Repository: a home opened, and the services made from its parts
buckets           how replicas in buckets are reached
opening           for looking, for changing, for serving
initialising      a new home
locking           the locks that keep processes apart
replicas          replicas made known
fixity_runs       a whole fixity run, with what replicas hold beside AIPs
rebuilding        a home from one replica
policy_changes    a policy stated anew
tracing           spans of one process
watching          health, figures, alarms, the reconciler of jobs
format_engines    the engines that the policy names, and the jobs that ask them later
format_updates    signature files put in force
policy_problems   the rules for formats held against registry, recipes and tools
"""

from preservation.adapters.object_stores.opening import look_again, place_of
from preservation.bootstrap.format_engines import format_identifier, format_review
from preservation.bootstrap.initialising import initialise
from preservation.bootstrap.joining import SOFTWARE, Repository
from preservation.bootstrap.locking import REPLICAS, REPLICAS_SECONDS
from preservation.bootstrap.opening import publish, reading, serving, writing
from preservation.bootstrap.rebuilding import rebuild_home
from preservation.bootstrap.replicas import add_replica, allowed_bucket, known_replica, lacking, place_name, unsettled

__all__ = [
    "REPLICAS",
    "REPLICAS_SECONDS",
    "SOFTWARE",
    "Repository",
    "add_replica",
    "allowed_bucket",
    "format_identifier",
    "format_review",
    "initialise",
    "known_replica",
    "lacking",
    "look_again",
    "place_name",
    "place_of",
    "publish",
    "reading",
    "rebuild_home",
    "serving",
    "unsettled",
    "writing",
]
