"""The format policy held against what is here: the registry of formats, the recipes, the tools."""

from collections.abc import Sequence

from preservation.bootstrap.conversion import converter
from preservation.bootstrap.joining import Repository
from preservation.domain.findings import Finding
from preservation.domain.format_policy_check import problems


def format_problems(repository: Repository) -> Sequence[Finding]:
    """Everything that is wrong with the policy for formats, or will be once it is used."""
    policy, registry = repository.policies.formats, repository.registry
    with converter(repository.settings) as recipes:
        found = {one.name: one for one in recipes.recipes()}
        missing = {one.name for one in recipes.tools() if one.version is None} if policy.migrations else set()
    return list(
        problems(
            policy.rules,
            policy.migrations,
            is_known=lambda puid: registry.format(puid) is not None,
            recipes=found,
            missing=missing,
        )
    )
