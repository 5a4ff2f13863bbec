"""The loss model of what is held, with fault rates from our own log. A model, and no promise."""

from collections.abc import Mapping
from datetime import timedelta

from preservation.domain.loss_model import FaultRate, LossModel, loss_model
from preservation.domain.policies import Policies
from preservation.domain.service_figures import HoldingFigures
from preservation.ports import Catalogue
from preservation.services.copy_standing import places_by_id
from preservation.services.fault_log import FaultTally
from preservation.services.fixity_planning import schedule_of

YEARS = 10
_YEAR = timedelta(days=365.25)
# Where no fault was mended yet: a repair follows the check that found it, a person may have to look, a disk be bought.
_REPAIR_GUESS = timedelta(days=7)


def model_losses(
    catalogue: Catalogue,
    policies: Policies,
    holdings: HoldingFigures,
    faults: Mapping[str, FaultTally],
    *,
    years: int = YEARS,
) -> LossModel:
    """Of all that is held, as counted in `holdings`. Copies that are gone since are not in the copy-years, their faults are."""
    places = places_by_id(policies, catalogue.replicas())
    # One length for all: the longest that a copy may go unread, which makes losses more likely rather than less.
    windows = schedule_of(catalogue, policies).windows
    days = max((windows.longest_on(one) for one in places), default=windows.general)
    rates = {
        one: FaultRate(faults[one].faults if one in faults else 0, holdings.copy_years.get(one, 0.0)) for one in places
    }
    mended = sum(one.mended for one in faults.values())
    seconds = sum(one.mend_seconds for one in faults.values())
    repair = timedelta(seconds=seconds / mended) if mended else _REPAIR_GUESS
    return loss_model(
        holdings.combinations,
        places,
        rates,
        check_years=timedelta(days=days) / _YEAR,
        repair_years=repair / _YEAR,
        years=years,
    )
