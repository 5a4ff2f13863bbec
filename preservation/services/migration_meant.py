"""Which files of an AIP a plan is for."""

from preservation.domain.examinations import Validity
from preservation.domain.holdings import AIPVersion, StoredFile
from preservation.domain.migration_plans import MigrationPlan
from preservation.ports import Catalogue
from preservation.services.migration_document import is_content


def meant_files(catalogue: Catalogue, plan: MigrationPlan, version: AIPVersion) -> list[StoredFile]:
    """The files of the head that a plan is for, in the order of their paths.

    Content in one of the rule's formats, of which there is no result in the target's yet, and of the validity that is selected.
    A plan that the policy made leaves alone what people have taken back.
    """
    rule, wanted = plan.rule, plan.selection.validity
    meant: list[StoredFile] = []
    done: set[str] = set()
    for file in catalogue.files(version.aip, version.number):
        puid = file.format.puid if file.format is not None else None
        if file.source is not None and puid == rule.target:
            # A result, even where the rule goes from a format to itself.
            done.add(file.source)
        elif puid in rule.sources and is_content(file.logical_path):
            meant.append(file)
    if wanted is not None:
        found = catalogue.examination_table().validities(version.aip, version.number)
        meant = [file for file in meant if found.get(file.logical_path, Validity.UNKNOWN) is wanted]
    if plan.by_policy:
        done |= catalogue.migration_table().taken_back(rule, version.aip)
    return [file for file in meant if file.logical_path not in done]
