"""Whether a bag is complete (RFC 8493, 3), and agrees with what it says of itself."""

from collections.abc import Iterable, Sequence

from preservation.domain.finding_log import FindingLog
from preservation.standards.bagit import bag_info
from preservation.standards.bagit.declaration import Declaration
from preservation.standards.bagit.entries import Entries
from preservation.standards.bagit.manifests import ManifestName
from preservation.standards.bagit.paths import PAYLOAD


def check(
    entries: Entries,
    manifests: Sequence[ManifestName],
    info: bag_info.Pairs,
    *,
    declaration: Declaration,
    notes: FindingLog,
) -> None:
    """Every payload file is listed, tag manifests cover what they must, and Payload-Oxum tells the truth."""
    payload = [manifest.algorithm for manifest in manifests if not manifest.of_tags]
    if payload:
        _every_payload_file_is_listed(entries, payload, is_rfc=declaration.is_rfc, notes=notes)
    _tag_manifests_agree(entries, manifests, is_rfc=declaration.is_rfc, notes=notes)
    _oxum_is_true(entries, info, declaration.info_name, notes)


def _every_payload_file_is_listed(
    entries: Entries, algorithms: Iterable[str], *, is_rfc: bool, notes: FindingLog
) -> None:
    """RFC 8493, 3: in 1.0 in every payload manifest; the drafts were content with one of them."""
    wanted = frozenset(algorithms)
    for path in entries.listing.files:
        if not path.startswith(PAYLOAD):
            continue
        lacking = wanted.difference(algorithm for algorithm, _ in entries.expected.get(path, ()))
        if lacking == wanted:
            notes.error("BAG-UNLISTED", path)
        elif lacking:
            report = notes.error if is_rfc else notes.warning
            report("BAG-NOT-IN-EVERY-MANIFEST", path, algorithms=", ".join(sorted(lacking)))


def _tag_manifests_agree(
    entries: Entries, manifests: Sequence[ManifestName], *, is_rfc: bool, notes: FindingLog
) -> None:
    """RFC 8493, 2.2.1: each lists the payload manifests (a MUST since 1.0), and all list the same files (a SHOULD)."""
    tags = [manifest for manifest in manifests if manifest.of_tags]
    if not tags:
        return
    wanted = frozenset(manifest.algorithm for manifest in tags)
    for path, expected in entries.expected.items():
        if not path.startswith(PAYLOAD):
            lacking = wanted.difference(algorithm for algorithm, _ in expected)
            if lacking:
                notes.warning("BAG-TAG-MANIFESTS-DIFFER", path, algorithms=", ".join(sorted(lacking)))
    if not is_rfc:
        return
    for manifest in tags:
        for payload in manifests:
            listed = entries.expected.get(payload.path, ())
            if not payload.of_tags and manifest.algorithm not in (algorithm for algorithm, _ in listed):
                notes.error("BAG-TAG-MANIFEST-INCOMPLETE", manifest.path, manifest=payload.path)


def _oxum_is_true(entries: Entries, info: bag_info.Pairs, info_name: str, notes: FindingLog) -> None:
    """RFC 8493, 2.2.2. An absent file that is excused is empty, so it may be counted or not."""
    claims = bag_info.payload_oxum(info, info_name, notes)
    if not claims:
        return
    sizes = [size for path, size in entries.listing.files.items() if path.startswith(PAYLOAD)]
    octets, streams = sum(sizes), len(sizes)
    for claim in claims:
        if claim[0] != octets or not streams <= claim[1] <= streams + len(entries.excused):
            notes.error("BAG-OXUM-MISMATCH", info_name, expected=f"{claim[0]}.{claim[1]}", found=f"{octets}.{streams}")
