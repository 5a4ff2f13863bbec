"""All crash scenarios, in the order in which they are run."""

from collections.abc import Sequence

from tests.drills.cli_scenarios import CLI_SCENARIOS
from tests.drills.scenario import Scenario
from tests.drills.storage_scenarios import STORAGE_SCENARIOS

SCENARIOS: Sequence[Scenario] = (*STORAGE_SCENARIOS, *CLI_SCENARIOS)
