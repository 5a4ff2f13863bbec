"""Whether a format policy can be kept: formats that exist, recipes that do what is asked, tools that are here, no circles."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

from preservation.domain.conversions import Recipe
from preservation.domain.findings import Finding, Severity
from preservation.domain.format_rules import FormatRules, MigrationRule


def problems(
    rules: FormatRules,
    migrations: Sequence[MigrationRule],
    *,
    is_known: Callable[[str], bool],
    recipes: Mapping[str, Recipe],
    missing: Collection[str],
) -> Iterator[Finding]:
    """Everything that is wrong with a policy, or will be once it is used. `path` of a finding is the key in the policy.

    `is_known` tells whether the registry has a PUID, `recipes` are those of the converter by name, `missing` the names of tools
    that are not installed.
    """
    for key, puid in _named(rules, migrations):
        if not is_known(puid):
            yield Finding("POLICY-PUID-UNKNOWN", Severity.WARNING, key, {"puid": puid})
    for rule in migrations:
        yield from _of_recipe(rule, recipes.get(rule.recipe), missing)
    for circle in circles(migrations):
        yield Finding("POLICY-MIGRATION-CIRCLE", Severity.ERROR, "migrations", {"circle": " -> ".join(circle)})


def circles(migrations: Sequence[MigrationRule]) -> Iterator[tuple[str, ...]]:
    """Ways by which migrations lead a file back to a format that it had ("fmt/1", "fmt/2", "fmt/1"): each rule's, once.

    Rules whose collections differ are held together: a collection may lie within another one.
    """
    targets: dict[str, set[str]] = {}
    for rule in migrations:
        for source in rule.sources:
            targets.setdefault(source, set()).add(rule.target)
    told: set[frozenset[str]] = set()
    for start in sorted(targets):
        circle = _way_back(start, targets)
        if circle is not None and frozenset(circle) not in told:
            told.add(frozenset(circle))
            yield circle


def _way_back(start: str, targets: Mapping[str, set[str]]) -> tuple[str, ...] | None:
    """The shortest way from a format to itself."""
    ways: list[tuple[str, ...]] = [(start,)]
    seen: set[str] = set()
    for way in ways:
        for target in sorted(targets.get(way[-1], ())):
            if target == start:
                return (*way, start)
            if target not in seen:
                seen.add(target)
                ways.append((*way, target))
    return None


def _named(rules: FormatRules, migrations: Iterable[MigrationRule]) -> Iterator[tuple[str, str]]:
    """(key, PUID) of every format that the policy names."""
    in_families = frozenset[str]().union(*rules.families.values())
    for puid in sorted(rules.by_puid.keys() - in_families):
        yield f'formats."{puid}"', puid
    for name, members in sorted(rules.families.items()):
        for puid in sorted(members):
            yield f"families.{name}", puid
    for rule in migrations:
        for puid in sorted({rule.target, *rule.sources}):
            yield f"migrations.{rule.name}", puid


def _of_recipe(rule: MigrationRule, recipe: Recipe | None, missing: Collection[str]) -> Iterator[Finding]:
    key = f"migrations.{rule.name}"
    if recipe is None:
        yield Finding("POLICY-RECIPE-UNKNOWN", Severity.ERROR, key, {"recipe": rule.recipe})
        return
    refused = rule.sources - recipe.sources
    if refused:
        values = {"recipe": rule.recipe, "puids": ", ".join(sorted(refused))}
        yield Finding("POLICY-RECIPE-SOURCE", Severity.ERROR, key, values)
    if rule.target not in recipe.target:
        values = {"recipe": rule.recipe, "puid": rule.target, "puids": ", ".join(sorted(recipe.target))}
        yield Finding("POLICY-RECIPE-TARGET", Severity.ERROR, key, values)
    unknown = rule.parameters.keys() - recipe.parameters.keys()
    if unknown:
        values = {"recipe": rule.recipe, "parameters": ", ".join(sorted(unknown))}
        yield Finding("POLICY-RECIPE-PARAMETER", Severity.ERROR, key, values)
    for tool in recipe.tools:
        if tool in missing:
            yield Finding("POLICY-TOOL-MISSING", Severity.WARNING, key, {"recipe": rule.recipe, "tool": tool})
