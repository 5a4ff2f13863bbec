"""What operators are told: an answer to each alarm, a name for each setting."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from preservation.domain.alarms import AlarmCode
from preservation.settings import Settings

OPERATIONS = Path(__file__).parent.parent / "docs/operations"


@pytest.mark.parametrize("code", AlarmCode)
def test_every_alarm_has_an_answer_with_something_to_type(code: AlarmCode) -> None:
    answers = (OPERATIONS / "alarms.md").read_text(encoding="utf-8")
    table = (OPERATIONS / "watching.md").read_text(encoding="utf-8")

    found = re.search(rf"^## {code.value}\n\n(.*?)(?=^## |\Z)", answers, re.DOTALL | re.MULTILINE)

    assert found, (
        f"docs/operations/alarms.md: write the section '## {code.value}': what it means, what to look at, what to type"
    )
    assert re.search(r"`(preservation|ask|systemctl|journalctl) [^`]+`", found[1]), f"{code.value}: nothing to type"
    assert f"| `{code.value}` |" in table, f"docs/operations/watching.md: say in the table when {code.value} is raised"


def test_no_answer_is_left_for_an_alarm_that_is_gone() -> None:
    answers = (OPERATIONS / "alarms.md").read_text(encoding="utf-8")

    assert set(re.findall(r"^## (\S+)$", answers, re.MULTILINE)) == {code.value for code in AlarmCode}


@pytest.mark.parametrize("name", [one.name for one in fields(Settings)])
def test_every_setting_is_explained(name: str) -> None:
    text = (OPERATIONS / "settings.md").read_text(encoding="utf-8")

    assert re.search(rf"^\| `{name}` \|", text, re.MULTILINE), f"docs/operations/settings.md does not explain {name}"
