"""Plans of format migrations."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from preservation.api.schemas.shape import EXAMPLE_TIME, EXAMPLE_URN, NEXT, URN, Request, Shape, Size, example, whole
from preservation.domain.examinations import Validity
from preservation.domain.format_rules import MigrateWhen, Risk
from preservation.domain.migration_plans import ItemState, PlanState
from preservation.domain.quiet_hours import quiet_hours

_WANTED: dict[str, Any] = {"rule": "word-to-pdfa", "collection": None, "sample": 5}
_AMOUNT: dict[str, Any] = {"files": 3, "bytes": 70_000}
_SAMPLED: dict[str, Any] = {
    "aip": EXAMPLE_URN,
    "path": "representations/rep1/data/a.bmp",
    "size": 12_342,
    "result_size": 402,
    "milliseconds": 310,
    "code": "",
    "detail": "",
    "tools": ["vips 8.14.1"],
}
_PLAN: dict[str, Any] = {
    "id": EXAMPLE_URN,
    "state": "proposed",
    "reason": "",
    "rule": "bmp-to-tiff",
    "sources": ["fmt/116"],
    "target": "fmt/353",
    "recipe": "image-to-tiff",
    "when": "hand",
    "parameters": {},
    "bounds": {},
    "collections": None,
    "risk": None,
    "validity": None,
    "aip": None,
    "files_per_day": None,
    "bytes_per_day": None,
    "hours": "20:00-06:00",
    "error_percent": 5,
    "error_files": 20,
    "lanes": 2,
    "created": EXAMPLE_TIME,
    "made_by": "lan",
    "approved": None,
    "approved_by": None,
    "standing": False,
    "by_policy": False,
    "ended": None,
    "aips": 12,
    "files": 240,
    "bytes": 3_000_000,
    "untouched": {"already-migrated": _AMOUNT},
    "sample": [_SAMPLED],
    "expected_bytes": 98_000,
    "expected_seconds": 75,
    "done": {"aips": 0, "files": 0, "failed": 0, "left": 0, "bytes": 0, "result_bytes": 0},
}
_ITEM: dict[str, Any] = {
    "number": 1,
    "aip": EXAMPLE_URN,
    "state": "migrated",
    "files": 20,
    "bytes": 250_000,
    "base": 1,
    "version": 2,
    "representation": "rep2",
    "attempts": 1,
    "migrated": 19,
    "failed": 0,
    "left": 1,
    "result_bytes": 8_000,
    "reasons": {"SOURCE-ENCRYPTED": 1},
    "ended": EXAMPLE_TIME,
    "waits_until": None,
    "waits_for": None,
}
_HOURS = r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$"
_PUID = r"^(x-)?fmt/\d{1,6}$"


def _some_time(text: str) -> str:
    if quiet_hours(text) is None:
        raise ValueError("these hours name no time at all")
    return text


class NewMigration(Request):
    """What is to be planned: a rule of the policy, or formats with a target and a recipe."""

    model_config = example(**_WANTED)

    rule: str | None = Field(None, max_length=200, description="A migration rule of the policy, by its name.")
    sources: list[str] = Field(default_factory=list, max_length=200, description="PUIDs, where no rule is named.")
    target: str | None = Field(None, pattern=_PUID, description="The PUID that results have to be identified as.")
    recipe: str | None = Field(None, max_length=100, description="The recipe that converts.")
    collection: URN | None = Field(None, description="Only this collection and those in it.")
    risk: Risk | None = Field(None, strict=False, description="Only formats of this risk by the policy.")
    validity: Validity | None = Field(None, strict=False, description="Only files that were found so.")
    aip: URN | None = Field(None, description="Only this AIP.")
    sample: Annotated[int, Field(ge=0, le=1000), BeforeValidator(whole)] | None = Field(
        None, description="How many files to try; without it as the policy says."
    )
    files_per_day: Size | None = None
    bytes_per_day: Size | None = None
    hours: Annotated[str, AfterValidator(_some_time)] | None = Field(
        None, pattern=_HOURS, description="Only within these hours (UTC); not from a time to the same time."
    )
    error_rate: Annotated[int, Field(ge=0, le=100), BeforeValidator(whole)] | None = Field(
        None, description="Stop beyond so many percent of failed files."
    )
    lanes: Annotated[int, Field(ge=1, le=64), BeforeValidator(whole)] = Field(
        2, description="How many workers may share it."
    )


class MigrationApproval(Request):
    """An approval. A standing one is for later plans by the same rule as well, as long as it stays as it is."""

    model_config = example(standing=False)

    standing: bool = False


class MigrationStop(Request):
    """Why a plan is given up."""

    model_config = example(reason="the recipe loses colours")

    reason: str = Field("", max_length=1000)


class MigrationReversal(Request):
    """What is taken back: what a plan made, or a representation of an AIP (the newest that was migrated)."""

    model_config = example(plan=EXAMPLE_URN)

    plan: URN | None = None
    aip: URN | None = None
    representation: str | None = Field(None, pattern=r"^rep\d{1,9}$")


class MigrationAmount(Shape):
    files: int = Field(ge=0)
    bytes: int = Field(ge=0)


class MigrationSample(Shape):
    """A file that was really converted and compared. `code` is empty if it passed."""

    aip: URN
    path: str
    size: int = Field(ge=0)
    result_size: int = Field(ge=0)
    milliseconds: int = Field(ge=0)
    code: str
    detail: str
    tools: list[str]


class MigrationDone(Shape):
    """What came of the plan's AIPs so far."""

    aips: int = Field(ge=0)
    files: int = Field(ge=0)
    failed: int = Field(ge=0)
    left: int = Field(ge=0)
    bytes: int = Field(ge=0)
    result_bytes: int = Field(ge=0)


class Migration(Shape):
    """A plan of a format migration."""

    model_config = example(**_PLAN)

    id: URN
    state: PlanState
    reason: str
    rule: str
    sources: list[str]
    target: str
    recipe: str
    when: MigrateWhen
    parameters: dict[str, str | int]
    bounds: dict[str, str | int]
    collections: list[URN] | None = Field(description="Null for all.")
    risk: Risk | None
    validity: Validity | None
    aip: URN | None
    files_per_day: int | None
    bytes_per_day: int | None
    hours: str | None
    error_percent: int
    error_files: int
    lanes: int
    created: datetime
    made_by: str
    approved: datetime | None
    approved_by: str | None
    standing: bool
    by_policy: bool = Field(description="Whether the timers made it, because the policy wants it.")
    ended: datetime | None
    aips: int = Field(ge=0)
    files: int = Field(ge=0)
    bytes: int = Field(ge=0)
    untouched: dict[str, MigrationAmount] = Field(description="What is left alone, by why.")
    sample: list[MigrationSample]
    expected_bytes: int | None = Field(description="Of results, by the sample's mean.")
    expected_seconds: int | None = Field(description="In one lane, by the sample's mean.")
    done: MigrationDone


class MigrationPage(Shape):
    """A page of plans, newest first."""

    model_config = example(items=[_PLAN], next=None)

    items: list[Migration]
    next: str | None = NEXT


class MigratedAIP(Shape):
    """What came of one AIP of a plan."""

    model_config = example(**_ITEM)

    number: int = Field(ge=1)
    aip: URN
    state: ItemState
    files: int = Field(ge=0)
    bytes: int = Field(ge=0)
    base: int | None = Field(description="The version that was migrated.")
    version: int | None = Field(description="The version that it made.")
    representation: str | None
    attempts: int = Field(ge=0)
    migrated: int = Field(ge=0)
    failed: int = Field(ge=0)
    left: int = Field(ge=0)
    result_bytes: int = Field(ge=0)
    reasons: dict[str, int] = Field(description="Codes of what was not migrated, with their counts.")
    ended: datetime | None
    waits_until: datetime | None = Field(description="When it is tried again, where it could not be read or written.")
    waits_for: str | None = Field(description="Why it waits.")


class MigratedAIPPage(Shape):
    """A page of a plan's AIPs, in the order of the plan."""

    model_config = example(items=[_ITEM], next=None)

    items: list[MigratedAIP]
    next: str | None = NEXT
