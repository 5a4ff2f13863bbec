"""Reports of replicas and the loss model as JSON: the same for commands and for requests."""

from collections.abc import Mapping
from datetime import datetime

from preservation.domain.loss_model import LossModel
from preservation.services.fault_log import FaultTally
from preservation.services.replica_report import ReplicaReport


def report_json(found: ReplicaReport, now: datetime) -> dict[str, object]:
    """A report as the command and the API show it."""
    return {
        "name": found.record.name,
        "state": found.record.state.value if found.is_here else "away",
        "presence": found.place.presence.value,
        "away_since": found.away_since.isoformat() if found.away_since else None,
        "due": found.due.isoformat() if found.due else None,
        "late": found.is_late(now),
        "bring_aips": found.bring.aips,
        "bring_bytes": found.bring.bytes,
        "check_copies": found.check.aips,
        "check_bytes": found.check.bytes,
        "seconds": round(found.seconds),
        "seconds_guessed": found.is_guess,
        "repairs_today": found.repairs_today,
        "most_repairs": found.most_repairs,
        "media_ends": str(found.medium.ends) if found.medium.ends else None,
        "replace_by": str(found.medium.replace_by) if found.medium.replace_by else None,
        "drift_unknown": found.drift.unknown if found.drift else None,
        "drift_absent": found.drift.absent if found.drift else None,
    }


def model_json(found: LossModel, faults: Mapping[str, FaultTally], names: Mapping[str, str]) -> dict[str, object]:
    """The model as the command and the API show it."""
    return {
        "is_model": True,
        "years": found.years,
        "expected_a_year": found.expected,
        "expected_a_year_upper": found.expected_upper,
        "chance": found.chance,
        "chance_upper": found.chance_upper,
        "common_share": round(found.common, 4),
        "check_years": round(found.check_years, 6),
        "repair_years": round(found.repair_years, 6),
        "is_rough": found.is_rough,
        "without_copy": found.without_copy,
        "media": [
            {"medium": medium, "faults": rate.faults, "rate": rate.point, "rate_upper": rate.upper}
            for medium, rate in found.media.items()
        ],
        "replicas": [
            {
                "replica": names.get(one, one),
                "faults": rate.faults,
                "copy_years": round(rate.copy_years, 3),
                "rate": rate.point,
                "rate_upper": rate.upper,
                "mean_detect_s": faults[one].mean_detect if one in faults else None,
                "mean_mend_s": faults[one].mean_mend if one in faults else None,
            }
            for one, rate in sorted(found.rates.items())
        ],
    }
