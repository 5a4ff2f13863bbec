"""Listings as S3 writes them (ListObjectsV2, ListMultipartUploads), read with care: a server is no friend by itself."""

from dataclasses import dataclass
from urllib.parse import unquote_plus

from lxml import etree

from preservation.errors import Unavailable


@dataclass(frozen=True, slots=True)
class Page:
    """(key, size) in the server's order; `next` is what asks for the following page, empty at the end."""

    entries: list[tuple[str, int]]
    next: str


def parse_page(data: bytes) -> Page:
    """One page of ListObjectsV2 with `encoding-type=url`. Unavailable for anything else."""
    root = _root(data, "ListBucketResult")
    is_encoded = _text(root, "EncodingType") == "url"
    entries: list[tuple[str, int]] = []
    for one in root.iterfind("{*}Contents"):
        key, size = _text(one, "Key"), _text(one, "Size")
        if not key or not size.isascii() or not size.isdigit():
            raise Unavailable("the server's listing cannot be understood")
        entries.append((_decoded(key) if is_encoded else key, int(size)))
    following = _text(root, "NextContinuationToken") if _text(root, "IsTruncated") == "true" else ""
    if _text(root, "IsTruncated") == "true" and not following:
        raise Unavailable("the server's listing stops in the middle")
    return Page(entries, following)


def parse_uploads(data: bytes) -> list[tuple[str, str]]:
    """(key, upload id) of uploads in parts that were never completed: one page of ListMultipartUploads."""
    root = _root(data, "ListMultipartUploadsResult")
    is_encoded = _text(root, "EncodingType") == "url"
    found = [(_text(one, "Key"), _text(one, "UploadId")) for one in root.iterfind("{*}Upload")]
    return [(_decoded(key) if is_encoded else key, upload) for key, upload in found]


def after_uploads(data: bytes) -> dict[str, str]:
    """What asks for the page that follows one of ListMultipartUploads; empty at the end."""
    root = _root(data, "ListMultipartUploadsResult")
    key, upload = _text(root, "NextKeyMarker"), _text(root, "NextUploadIdMarker")
    if _text(root, "IsTruncated") != "true" or not key:
        return {}
    is_encoded = _text(root, "EncodingType") == "url"
    return {"key-marker": _decoded(key) if is_encoded else key, "upload-id-marker": upload}


def parse_deleted(data: bytes) -> list[str]:
    """Keys whose newest version is a delete marker (ListObjectVersions, its first page)."""
    root = _root(data, "ListVersionsResult")
    is_encoded = _text(root, "EncodingType") == "url"
    found = [_text(one, "Key") for one in root.iterfind("{*}DeleteMarker") if _text(one, "IsLatest") == "true"]
    return [_decoded(key) if is_encoded else key for key in found]


def parse_text(data: bytes, name: str) -> str:
    """The text of the first element of this name anywhere in an answer; empty if there is none."""
    for one in _root(data, None).iter("{*}" + name):
        return one.text or ""
    return ""


def _decoded(key: str) -> str:
    try:
        return unquote_plus(key, errors="strict")
    except UnicodeDecodeError as error:
        raise Unavailable(f"the server lists a key that is no UTF-8: {key[:200]}") from error


def _root(data: bytes, name: str | None) -> etree._Element:
    try:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False)
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise Unavailable("the server's answer is no XML") from error
    if name is not None and etree.QName(root).localname != name:
        raise Unavailable(f"the server's answer is no {name}")
    return root


def _text(element: etree._Element, name: str) -> str:
    found = element.find("{*}" + name)
    return (found.text or "") if found is not None else ""
