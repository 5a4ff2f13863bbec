"""What the archive decided, from the files of `HOME/policies` to values.

policies      the four policies that every home has
formats       the rules for formats, and the lists of formats that it switches on
agreements    the submission agreements, as many as there are
toml_table    checking what people wrote
"""

from preservation.adapters.policy_files.agreements import parse_agreement, read_agreements
from preservation.adapters.policy_files.formats import is_list_name
from preservation.adapters.policy_files.policies import (
    FORMAT_LISTS,
    POLICY_NAMES,
    default_policy_files,
    read_policies,
)

__all__ = [
    "FORMAT_LISTS",
    "POLICY_NAMES",
    "default_policy_files",
    "is_list_name",
    "parse_agreement",
    "read_agreements",
    "read_policies",
]
