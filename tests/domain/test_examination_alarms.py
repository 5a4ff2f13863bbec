"""Alarms about held files: told in both languages, and only where there is something to tell."""

from preservation.domain.alarms import AlarmCode
from preservation.domain.examination_alarms import examination_alarms
from preservation.domain.filed_examinations import ExaminationFigures
from preservation.domain.messages import LANGUAGES, render
from tests.contracts.catalogue_builders import NOON


def test_nothing_is_told_of_files_that_are_well_or_were_never_looked_into() -> None:
    assert examination_alarms(None, NOON) == []
    assert examination_alarms(ExaminationFigures(files=9, unexamined=3, invalid=2), NOON) == []


def test_infected_and_worsened_files_are_told_with_their_numbers_in_every_language() -> None:
    found = examination_alarms(ExaminationFigures(files=9, worsened=2, infected=7), NOON)

    assert [one.code for one in found] == [AlarmCode.FILES_INFECTED, AlarmCode.FILES_WORSENED]
    for language in LANGUAGES:
        infected, worsened = (render(one.finding, language) for one in found)
        assert "7" in infected
        assert "2" in worsened
        assert not set("{?") & set(infected + worsened)
