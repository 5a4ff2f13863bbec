"""PDF/A validated by an operator's veraPDF: it is in no Debian, and is used where a setting names it."""

from typing import Final

from lxml import etree

from preservation.adapters.examination.batches import Task
from preservation.adapters.examination.limits import ExaminationLimits
from preservation.adapters.examination.look import Look
from preservation.adapters.examination.programs import Program, Programs, ended

_MAX_SHOWN: Final = 8


def verapdf_at(command: str | None) -> Program:
    """`command` is the path of its start script; None where there is none."""
    return Program(
        "veraPDF",
        "",
        (command or "verapdf", "--version"),
        r"veraPDF ([0-9][0-9.]*)",
        "validating PDF/A",
        "PDF/A is screened by our own rules, never called valid",
    )


def look_with_verapdf(task: Task, program: Program, programs: Programs, limits: ExaminationLimits, look: Look) -> None:
    """Only what claims to be PDF/A; the flavour is the one that the file claims. Its verdict is firm."""
    if look.value("pdfa-claimed") is None or programs.version(program) is None:
        return
    programs.use(program, look)
    outcome = programs.run(
        [program.ask[0], "--format", "xml", "{in}/file.pdf"],
        task.file.path,
        limits=limits.of_program(task.size),
        suffix=".pdf",
    )
    if not ended(outcome, program, look):
        return
    report = report_of(outcome.out)
    if report is None:
        look.unsure("TOOL-FAILED", f"veraPDF: no report, status {outcome.status}")
        return
    look.add("pdfa-profile", report.get("profileName", ""))
    if report.get("isCompliant") == "true":
        look.valid()
        return
    for rule in report.iterfind("{*}details/{*}rule"):
        if rule.get("status", "failed") == "failed":
            clause = f"{rule.get('specification', '')} {rule.get('clause', '')}-{rule.get('testNumber', '')}".strip()
            look.invalid("VERAPDF", f"{clause}: {rule.findtext('{*}description') or ''}")
    if not look.has("VERAPDF"):
        look.invalid("VERAPDF", "not compliant")


def report_of(said: bytes) -> etree._Element | None:
    """The validation report of veraPDF's machine-readable report, None where there is none."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        tree = etree.fromstring(said, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    found = tree.find(".//{*}validationReport")
    return found if found is not None and found.get("isCompliant") in ("true", "false") else None
