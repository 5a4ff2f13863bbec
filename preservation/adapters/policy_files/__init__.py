"""What the archive decided, from the files of `HOME/policies` to values.

policies      the four policies that every home has
agreements    the submission agreements, as many as there are
toml_table    checking what people wrote
"""

from preservation.adapters.policy_files.agreements import parse_agreement, read_agreements
from preservation.adapters.policy_files.policies import (
    POLICY_NAMES,
    default_policy_files,
    read_policies,
)

__all__ = ["POLICY_NAMES", "default_policy_files", "parse_agreement", "read_agreements", "read_policies"]
