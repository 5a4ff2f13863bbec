"""The archive's rules for formats at the door, and a submission agreement's beside them."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from preservation import bootstrap
from preservation.adapters.packages.opening import open_package
from preservation.domain.agreements import FormatRule as AgreementRule
from preservation.domain.agreements import SubmissionAgreement
from preservation.domain.format_rules import AcceptFormat, FormatRule, FormatRules
from preservation.domain.formats import Basis, FormatIdentification
from preservation.domain.holdings import TransferStatus
from preservation.domain.messages import render
from preservation.domain.packages import PackageLimits
from preservation.services.format_policy import PolicyRules
from preservation.services.ingest_request import IngestRequest, IngestResult
from preservation.settings import read_settings
from tests.homes import Quiet, assert_sound, make_home
from tests.package_builders import write_files

RULES = FormatRules(
    {
        "fmt/1": FormatRule(AcceptFormat.ACCEPT),
        "fmt/2": FormatRule(AcceptFormat.REVIEW, reasons=("Rare.",)),
        "fmt/3": FormatRule(AcceptFormat.REFUSE, reasons=("Gone.", "Đã mất.")),
    },
    unknown=AcceptFormat.REVIEW,
)


def answer(puid: str | None, *others: str) -> FormatIdentification:
    return FormatIdentification(puid, "", "", "", Basis.BYTE, "engine", "1", "V1", others)


def codes(found: FormatIdentification | None, agreement: SubmissionAgreement | None = None) -> list[str]:
    return [one.code for one in PolicyRules(RULES, agreement).of_formats([("a", found)])]


def agreement(**formats: AgreementRule) -> SubmissionAgreement:
    rules = tuple((name.replace("_", "/"), rule) for name, rule in formats.items())
    return SubmissionAgreement(id="a-1", title="t", collection="c", formats=rules)


def test_each_rule_is_a_finding_with_its_reasons() -> None:
    assert codes(answer("fmt/1")) == []
    assert codes(answer("fmt/9")) == []
    assert codes(answer("fmt/2")) == ["FORMAT-REVIEW"]
    (refused,) = PolicyRules(RULES).of_formats([("a", answer("fmt/3"))])
    assert (refused.code, refused.is_error, refused.path) == ("FORMAT-REFUSED", True, "a")
    assert "fmt/3" in render(refused, "vi")
    assert "Đã mất." in render(refused, "vi")


def test_of_several_formats_the_strictest_rule_holds_and_what_nobody_knows_has_its_own() -> None:
    assert codes(answer("fmt/1", "fmt/3")) == ["FORMAT-REFUSED"]
    assert codes(answer(None, "fmt/1", "fmt/2")) == ["FORMAT-REVIEW"]
    assert codes(answer(None)) == ["FORMAT-REVIEW"]
    assert codes(None) == ["FORMAT-REVIEW"]


def test_an_agreement_may_be_looser_or_stricter_about_the_formats_that_it_names() -> None:
    looser = agreement(fmt_3=AgreementRule.ACCEPT)

    assert codes(answer("fmt/3"), looser) == []
    assert codes(answer("fmt/2"), looser) == ["FORMAT-REVIEW"]
    assert codes(answer("fmt/3", "fmt/2"), looser) == ["FORMAT-REVIEW"]


class Always:
    """An identifier with one answer."""

    def __init__(self, puid: str) -> None:
        self._answer = answer(puid)

    def identify(self, paths: Sequence[str]) -> Sequence[FormatIdentification | str]:
        return [self._answer for _ in paths]

    def close(self) -> None: ...


def test_a_package_with_a_refused_format_is_rejected_and_one_to_be_reviewed_waits(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    (home.root / "policies" / "formats.toml").write_text(
        '[formats."fmt/2"]\naccept = "review"\n[formats."fmt/3"]\naccept = "refuse"\nreasons = ["Not here."]\n'
    )
    package = write_files(tmp_path / "p", {"a.txt": b"plain text, nothing else\n"})

    def taken(puid: str, *, decided: frozenset[str] = frozenset()) -> IngestResult:
        with bootstrap.writing(read_settings(home.root, {}), Quiet()) as repository:
            collection = next(one for one in repository.catalogue.collections() if one.code == "unassigned")
            with closing(open_package(package, repository.home.staging, PackageLimits())) as reader:
                request = IngestRequest(reader, collection, decided=decided)
                return repository.ingest(Always(puid)).take_in(request, Quiet())

    refused, waiting, decided = taken("fmt/3"), taken("fmt/2"), taken("fmt/2", decided=frozenset({"FORMAT-REVIEW"}))

    assert (refused.status, [one.code for one in refused.findings]) == (TransferStatus.REJECTED, ["FORMAT-REFUSED"])
    assert refused.findings[0].values["reason"] == "Not here."
    assert waiting.status is TransferStatus.REVIEW
    assert decided.status is TransferStatus.PRESERVED
    assert [one.code for one in decided.findings] == ["FORMAT-REVIEW"]
    assert_sound(home)
