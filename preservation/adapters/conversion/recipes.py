"""Every recipe: its name, what it takes and gives, how it converts, and how a result is held against its source."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from preservation.adapters.conversion import audio, mail, office, pdf, puids, raster, text, video
from preservation.adapters.conversion.bench import Bench
from preservation.adapters.conversion.programs import OUTLOOK_READER
from preservation.domain.conversions import Comparison, Recipe
from preservation.domain.examinations import Kind

Parameters = Mapping[str, str | int]
Convert = Callable[[Bench, str, Parameters], list[str]]


@dataclass(frozen=True, slots=True)
class Way:
    """A recipe with what carries it out. `convert` gives the names of results below the bench's folder; it raises Refused."""

    recipe: Recipe
    convert: Convert
    compare: Callable[[Bench, str, list[str], Parameters], Comparison]


_PICTURES: Final = (
    puids.TIFF
    | puids.PNG
    | puids.JPEG
    | puids.GIF
    | puids.BMP
    | puids.WEBP
    | puids.PCX
    | puids.TGA
    | puids.PNM
    | puids.JP2
)
_FILMS: Final = (
    puids.MP4
    | puids.QUICKTIME
    | puids.AVI
    | puids.MPEG
    | puids.WINDOWS_VIDEO
    | puids.DV
    | puids.WEBM
    | puids.THREE_GP
    | puids.FLASH_VIDEO
    | puids.MATROSKA
)
_TEXTS: Final = puids.DOC | puids.DOC_OLD | puids.DOCX | puids.RTF | puids.ODT | puids.WORDPERFECT
_SHEETS: Final = puids.XLS | puids.XLSX | puids.ODS
_SLIDES: Final = puids.PPT | puids.PPTX | puids.ODP


def ways() -> Mapping[str, Way]:
    """By name."""
    every = [*_rasters(), *_pdfs(), *_offices(), *_sounds_and_films(), *_mails_and_texts()]
    return {one.recipe.name: one for one in sorted(every, key=lambda way: way.recipe.name)}


def _rasters() -> list[Way]:
    made: list[tuple[str, frozenset[str], frozenset[str], str, tuple[str, ...], Parameters, Convert]] = [
        (
            "image-to-tiff",
            _PICTURES,
            frozenset({"fmt/353"}),
            ".tif",
            ("vips", "tiffcp", "exiftool"),
            {"compression": "lzw"},
            raster.to_tiff,
        ),
        ("image-to-png", _PICTURES - puids.PNG, puids.PNG, ".png", ("vips", "exiftool"), {"effort": 6}, raster.to_png),
        ("image-to-jp2", _PICTURES - puids.JP2, puids.JP2, ".jp2", ("vips", "exiftool"), {"tile": 1024}, raster.to_jp2),
    ]
    return [
        Way(Recipe(name, Kind.IMAGE, sources, target, suffix, tools, parameters), convert, raster.compare)
        for name, sources, target, suffix, tools, parameters, convert in made
    ]


def _pdfs() -> list[Way]:
    made = []
    for part, target in ((2, puids.PDFA_2B), (3, puids.PDFA_3B)):
        recipe = Recipe(f"pdf-to-pdfa-{part}b", Kind.PDF, puids.PDF, target, ".pdf", ("gs",), is_lossless=False)
        made.append(Way(recipe, pdf.to_pdfa(part), pdf.compare))
    return made


def _offices() -> list[Way]:
    families = {"text": ("document", _TEXTS), "sheets": ("spreadsheet", _SHEETS), "slides": ("presentation", _SLIDES)}
    odf = {"text": ("odt", puids.ODT), "sheets": ("ods", puids.ODS), "slides": ("odp", puids.ODP)}
    ooxml = {"text": ("docx", puids.DOCX), "sheets": ("xlsx", puids.XLSX), "slides": ("pptx", puids.PPTX)}
    made = []
    for family, (name, sources) in families.items():
        compare = office.compare(family)
        made.append(
            Way(
                Recipe(
                    f"{name}-to-pdfa-2b", Kind.OFFICE, sources, puids.PDFA_2B, ".pdf", ("soffice",), is_lossless=False
                ),
                office.to_pdfa(family, 2),
                compare,
            )
        )
        for target, convert in ((odf[family], office.to_odf(family)), (ooxml[family], office.to_ooxml(family))):
            suffix, target_puids = target
            recipe = Recipe(
                f"{name}-to-{suffix}",
                Kind.OFFICE,
                sources - target_puids,
                target_puids,
                f".{suffix}",
                ("soffice",),
                is_lossless=False,
            )
            made.append(Way(recipe, convert, compare))
    return made


def _sounds_and_films() -> list[Way]:
    sound = Recipe(
        "audio-to-flac",
        Kind.AUDIO,
        puids.WAV | puids.AIFF,
        puids.FLAC,
        ".flac",
        ("flac", "ffmpeg", "ffprobe"),
        {"level": 8},
    )
    film = Recipe("video-to-ffv1", Kind.VIDEO, _FILMS, puids.MATROSKA, ".mkv", ("ffmpeg", "ffprobe"), {"slices": 4})
    return [Way(sound, audio.to_flac, audio.compare), Way(film, video.to_ffv1, video.compare)]


def _mails_and_texts() -> list[Way]:
    return [
        Way(
            Recipe("msg-to-eml", Kind.EMAIL, puids.MSG, puids.EML, ".eml", (OUTLOOK_READER,), is_lossless=False),
            mail.msg_to_eml,
            mail.compare_msg,
        ),
        Way(Recipe("mbox-to-eml", Kind.EMAIL, puids.MBOX, puids.EML, ".eml", ()), mail.mbox_to_eml, mail.compare_mbox),
        Way(
            Recipe(
                "text-to-utf8", Kind.TEXT, puids.PLAIN_TEXT, puids.PLAIN_TEXT, ".txt", ("iconv",), {"encoding": "auto"}
            ),
            text.to_utf8,
            text.compare,
        ),
    ]
