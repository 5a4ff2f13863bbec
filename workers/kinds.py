"""The kinds of jobs, each with its function: one service call, and its report as JSON."""

from collections.abc import Mapping
from types import MappingProxyType

from preservation.domain.jobs import JobKind
from workers.errands import Work
from workers.work_access import export
from workers.work_checks import plan_checks
from workers.work_clearing import clean_up
from workers.work_compare import compare_replicas
from workers.work_copies import check_fixity, sync_replicas
from workers.work_deposits import check_deposit, collect_drops, ingest_deposit
from workers.work_examination import examine_held, scan_held
from workers.work_formats import reidentify
from workers.work_migrations import migrate, plan_migration, propose_migrations, revert_migration
from workers.work_peers import answer_peer, ask_peers
from workers.work_upkeep import review_formats, save_record

KINDS: Mapping[JobKind, Work] = MappingProxyType(
    {
        JobKind.CHECK: check_deposit,
        JobKind.INGEST: ingest_deposit,
        JobKind.FIXITY: check_fixity,
        JobKind.PLAN_CHECKS: plan_checks,
        JobKind.SYNC: sync_replicas,
        JobKind.COMPARE: compare_replicas,
        JobKind.CHALLENGE: answer_peer,
        JobKind.ASK_PEERS: ask_peers,
        JobKind.EXPORT: export,
        JobKind.FORMAT_REVIEW: review_formats,
        JobKind.REIDENTIFY: reidentify,
        JobKind.EXAMINE: examine_held,
        JobKind.VIRUS_SCAN: scan_held,
        JobKind.PLAN_MIGRATION: plan_migration,
        JobKind.MIGRATE: migrate,
        JobKind.REVERT_MIGRATION: revert_migration,
        JobKind.PROPOSE_MIGRATIONS: propose_migrations,
        JobKind.DROPS: collect_drops,
        JobKind.RECORD: save_record,
        JobKind.CLEANUP: clean_up,
    }
)
