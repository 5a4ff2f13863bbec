"""DIPs that somebody asked for, each a zip file in a folder of its job's own, until it expires."""

from collections.abc import Mapping

from preservation.adapters.export_archive import archive_folder, clear_folder
from preservation.adapters.export_folder import ExportFolder
from preservation.domain.events import Json
from preservation.errors import Unavailable
from preservation.services.access import DIPForm, ExportOutcome
from workers.errands import Errand

_DIP = "dip"


def export(errand: Errand) -> Mapping[str, Json]:
    """The AIP that the job is about, as `form` says (bag, eark, ocfl), in its head `version` or another.

    `name` in the result is the file in `exports/<uuid of the job>/`, None where some content is intact nowhere. Done again
    from the beginning after a crash. Unavailable where the content may be on a replica that cannot be reached now.
    """
    aip, form = errand.subject(), errand.choice("form", DIPForm.BAG)
    folder = errand.repository.home.exports / errand.job.id.removeprefix("urn:uuid:")
    clear_folder(folder)
    folder.mkdir(mode=0o700)
    try:
        report = errand.repository.access().export(
            aip, form, ExportFolder(folder / _DIP), version=errand.number("version"), progress=errand.progress
        )
    except BaseException:
        clear_folder(folder)
        raise
    if report.outcome is ExportOutcome.UNREACHABLE:
        raise Unavailable("; ".join(sorted({f"{one.code} {one.path}" for one in report.findings}))[:1000])
    result: dict[str, Json] = {
        "outcome": report.outcome.value,
        "aip_id": report.aip,
        "version": report.version,
        "form": report.form.value,
        "files": report.files,
        "findings": errand.findings(report.findings),
        "name": None,
    }
    if not report.done:
        clear_folder(folder)
        return result
    errand.progress.begin("packing", report.bytes)
    # An attempt that was taken for dead may still be writing: each has a name of its own.
    again = f"-{errand.job.token}" if errand.job.token > 1 else ""
    name = f"{report.aip.removeprefix('urn:uuid:')}-v{report.version}-{report.form.value}{again}.zip"
    archive = archive_folder(folder / _DIP, folder / name, errand.progress.advance)
    clear_folder(folder / _DIP)
    errand.progress.end()
    return result | {"name": name, "bytes": archive.size, "sha256": archive.sha256}
