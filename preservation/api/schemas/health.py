"""Health."""

from datetime import datetime

from pydantic import Field

from preservation.api.schemas.shape import EXAMPLE_TIME, Shape, example
from preservation.services.health import HealthState


class Alive(Shape):
    """The process answers."""

    model_config = example(status="alive")

    status: str


class Reason(Shape):
    """Why it is not whole."""

    code: str
    severity: str
    message: str | None = Field(description="A sentence, for those who may read the state; null for everybody else.")


class Health(Shape):
    """Whether requests can be served, and whether something is missing that people rely on."""

    model_config = example(
        status="degraded",
        time=EXAMPLE_TIME,
        reasons=[{"code": "HEALTH-NO-SCHEDULER", "severity": "warning", "message": None}],
    )

    status: HealthState
    time: datetime
    reasons: list[Reason]
