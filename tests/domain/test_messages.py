"""Findings as sentences: every code has both languages, and no value can hurt whoever reads it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import preservation
from preservation.domain import messages
from preservation.domain.findings import Finding, Severity
from preservation.domain.messages import CATALOGUES, LANGUAGES, render, texts

SOURCE = Path(preservation.__file__).parent
_CODE = re.compile(r"[A-Z]{2,}(?:-[A-Z0-9]+)+\Z")
_AREAS = ("BAG-", "PKG-", "META-", "FINDINGS-", "PASSWORD-", "DROP-", "AGREEMENT-")

# Codes that are put together from a reason: `unsafe_reason`, `excess_reason` and `refusal` name the parts.
_COMPOSED = (
    *(f"BAG-PATH-{reason}" for reason in ("EMPTY", "NUL", "ABSOLUTE", "TRAVERSAL", "HOME", "URL", "PERCENT")),
    *(f"PKG-PATH-{reason}" for reason in ("EMPTY", "NUL", "ABSOLUTE", "TRAVERSAL")),
    *(f"PKG-{reason}" for reason in ("PATH-TOO-LONG", "NAME-TOO-LONG", "TOO-DEEP")),
)


def used_codes() -> Iterator[tuple[str, str]]:
    """(code, file) of every literal that is a code: by its area's prefix, or as the first argument of `Finding(...)`."""
    for path in sorted(SOURCE.rglob("*.py")):
        if path.name.startswith("messages"):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and _CODE.match(node.value):
                if node.value.startswith(_AREAS):
                    yield node.value, path.name
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Finding":
                first = node.args[0] if node.args else None
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    yield first.value, path.name


def test_every_code_in_the_sources_has_a_sentence_in_both_languages() -> None:
    used = sorted({*used_codes(), *((code, "composed") for code in _COMPOSED)})

    assert len(used) > 80
    assert [(code, file) for code, file in used if texts(code) is None] == []


def test_every_code_of_bags_and_packages_that_has_a_sentence_is_used() -> None:
    used = {code for code, _ in used_codes()} | set(_COMPOSED)

    known = {code for catalogue in CATALOGUES for code in catalogue if code.startswith(_AREAS)}
    assert known - used == set()


def test_every_area_is_joined() -> None:
    areas = {path.stem for path in (SOURCE / "domain").glob("messages_*.py")}

    assert len(CATALOGUES) == len(areas)
    assert all(hasattr(messages, area) for area in areas)


def test_no_code_belongs_to_two_areas() -> None:
    codes = [code for catalogue in CATALOGUES for code in catalogue]

    assert len(codes) == len(set(codes))


def test_both_sentences_of_a_code_use_the_same_placeholders() -> None:
    for catalogue in CATALOGUES:
        for code, (english, vietnamese) in catalogue.items():
            placeholders = [set(re.findall(r"\{[a-z_]+\}", sentence)) for sentence in (english, vietnamese)]
            assert placeholders[0] == placeholders[1], code
            assert english.strip()
            assert vietnamese.strip()
            assert english != vietnamese


@pytest.mark.parametrize("language", LANGUAGES)
def test_values_fill_the_sentence(language: str) -> None:
    finding = Finding("BAG-OXUM-MISMATCH", Severity.ERROR, "bag-info.txt", {"expected": "5.1", "found": "6.2"})

    sentence = render(finding, language)

    assert "5.1" in sentence
    assert "6.2" in sentence
    assert "{" not in sentence


def test_an_unknown_code_gives_itself_and_its_values() -> None:
    assert render(Finding("X-1", Severity.INFO, "p", {"a": "1"})) == "X-1 a=1"


def test_a_name_can_neither_break_the_line_nor_drive_a_terminal() -> None:
    name = "a\nb\x1b[2J\u202egpj.exe\u2028" + "x" * 5000

    sentence = render(Finding("PKG-NAME-CASE", Severity.INFO, "", {"other": name}))

    assert sentence.startswith("The name differs from “a\\u000ab\\u001b[2J\\u202egpj.exe\\u2028xxx")
    assert sentence.isprintable()
    assert len(sentence) < 600
