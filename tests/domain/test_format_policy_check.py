"""What is wrong with a format policy before anything is done by it."""

from preservation.domain.conversions import Recipe
from preservation.domain.examinations import Kind
from preservation.domain.findings import Finding
from preservation.domain.format_policy_check import circles, problems
from preservation.domain.format_rules import FormatRule, FormatRules, MigrationRule

RECIPE = Recipe(
    "to-two", Kind.PDF, frozenset({"fmt/1"}), frozenset({"fmt/2"}), ".two", ("gs", "qpdf"), parameters={"dpi": 300}
)


def rule(source: str = "fmt/1", target: str = "fmt/2", recipe: str = "to-two", **parameters: int) -> MigrationRule:
    return MigrationRule(f"{source}-{target}", frozenset({source}), target, recipe, parameters=parameters)


def found(*migrations: MigrationRule, rules: FormatRules | None = None, missing: tuple[str, ...] = ()) -> list[Finding]:
    return list(
        problems(
            rules or FormatRules(),
            migrations,
            is_known=lambda puid: puid != "fmt/99999",
            recipes={RECIPE.name: RECIPE},
            missing=missing,
        )
    )


def test_a_policy_that_can_be_kept_has_no_problem() -> None:
    rules = FormatRules({"fmt/1": FormatRule()}, {"one": frozenset({"fmt/1"})})

    assert found(rule(dpi=200), rules=rules) == []


def test_each_problem_is_told_with_the_key_it_is_about() -> None:
    rules = FormatRules({"fmt/99999": FormatRule()})

    assert [(one.code, one.path) for one in found(rules=rules)] == [("POLICY-PUID-UNKNOWN", 'formats."fmt/99999"')]
    assert [one.code for one in found(rule(recipe="none"))] == ["POLICY-RECIPE-UNKNOWN"]
    assert [one.code for one in found(rule(source="fmt/3"))] == ["POLICY-RECIPE-SOURCE"]
    assert [one.code for one in found(rule(target="fmt/4"))] == ["POLICY-RECIPE-TARGET"]
    assert [one.code for one in found(rule(colour=1))] == ["POLICY-RECIPE-PARAMETER"]
    (missing,) = found(rule(), missing=("qpdf", "other"))
    assert (missing.code, missing.path, missing.values["tool"]) == (
        "POLICY-TOOL-MISSING",
        "migrations.fmt/1-fmt/2",
        "qpdf",
    )
    assert "POLICY-MIGRATION-CIRCLE" in [one.code for one in found(rule(), rule("fmt/2", "fmt/1"))]


def test_a_circle_is_found_however_long_it_is_and_told_once() -> None:
    chain = [rule(f"fmt/{n}", f"fmt/{n + 1}") for n in range(1, 200)]

    assert list(circles(chain)) == []
    (circle,) = circles([*chain, rule("fmt/200", "fmt/50")])
    assert (len(circle), circle[0] == circle[-1]) == (152, True)
    assert list(circles([rule("fmt/7", "fmt/7")])) == [("fmt/7", "fmt/7")]
