"""What decides how a PDF is converted: {"path"}. Says {"encrypted", "is_images_only", "has_attachments"}."""

import json
import sys
from collections.abc import Iterator

import pikepdf

from preservation.adapters.conversion.inside.answers import arguments
from preservation.adapters.conversion.inside.pdf_notes import files_on_notes

_MOST_PAGES = 20_000
# ISO 19005-2, 6.1.7 and 6.2.8: what a stream of an image may be compressed with. LZW is not among them.
_FILTERS = {
    "/DCTDecode",
    "/FlateDecode",
    "/CCITTFaxDecode",
    "/RunLengthDecode",
    "/JBIG2Decode",
    "/ASCII85Decode",
    "/ASCIIHexDecode",
}
_SPACES = {"/DeviceRGB", "/DeviceGray", "/CalRGB", "/CalGray"}
_ACTIVE = ("/OpenAction", "/AA", "/AcroForm", "/Names", "/OCProperties", "/Collection", "/Perms", "/StructTreeRoot")


def main() -> None:
    """Print the answer."""
    try:
        pdf = pikepdf.open(str(arguments()["path"]))
    except pikepdf.PasswordError:
        json.dump({"encrypted": "a password is needed", "is_images_only": False, "has_attachments": False}, sys.stdout)
        return
    encrypted = "opens without a password, and is encrypted all the same" if pdf.is_encrypted else ""
    found = {
        "encrypted": encrypted,
        "is_images_only": is_images_only(pdf),
        "has_attachments": bool(len(pdf.attachments) or files_on_notes(pdf)),
    }
    json.dump(found, sys.stdout)


def is_images_only(pdf: pikepdf.Pdf) -> bool:
    """Whether pages show images that PDF/A allows and nothing else: then nothing of them needs to be made anew."""
    if len(pdf.pages) > _MOST_PAGES or any(name in pdf.Root for name in _ACTIVE):
        return False
    return all(_shows_images_only(page.obj) for page in pdf.pages)


def _shows_images_only(page: pikepdf.Object) -> bool:
    resources = page.get("/Resources")
    if page.get("/Annots") or page.get("/AA") or page.get("/Group") or not isinstance(resources, pikepdf.Dictionary):
        return False
    if set(resources.keys()) - {"/XObject", "/ProcSet"}:
        return False
    objects = resources.get("/XObject", pikepdf.Dictionary())
    if not isinstance(objects, pikepdf.Dictionary) or not len(objects):
        return False
    return all(_is_allowed_image(one) for _, one in objects.items()) and _draws_nothing_else(page)


def _is_allowed_image(image: pikepdf.Object) -> bool:
    if not isinstance(image, pikepdf.Stream) or image.get("/Subtype") != "/Image":
        return False
    if any(name in image for name in ("/SMask", "/Alternates", "/OPI", "/SMaskInData")) or image.get(
        "/Interpolate", False
    ):
        return False
    if not (image.get("/ImageMask", False) or _is_allowed_space(image.get("/ColorSpace"))):
        return False
    return set(_filters(image)) <= _FILTERS


def _is_allowed_space(space: object) -> bool:
    if isinstance(space, pikepdf.Array) and len(space) >= 2:
        kind = str(space[0])
        return kind in _SPACES | {"/ICCBased"} or (kind == "/Indexed" and str(space[1]) in _SPACES)
    return str(space) in _SPACES


def _filters(image: pikepdf.Stream) -> Iterator[str]:
    said = image.get("/Filter")
    if isinstance(said, pikepdf.Array):
        yield from (str(one) for one in said)
    elif said is not None:
        yield str(said)


def _draws_nothing_else(page: pikepdf.Object) -> bool:
    """Only images placed: no text, no inline image, no path, no colour."""
    allowed = {"q", "Q", "cm", "Do", "n", "W", "re"}
    return all(str(one.operator) in allowed for one in pikepdf.parse_content_stream(page))


if __name__ == "__main__":
    main()
