"""Two images compared: {"before", "after", "pixels_before", "pixels_after"}.

Each page is decoded by Pillow, and taken as it is to be shown: upright. Where an image has more than eight bits a channel,
which Pillow may cut off, the pixels come from files in which another decoder has written them as they are. Without those
the answer's detail asks for them: "wide FORM", ffmpeg's name for as many channels of 16 bits.
"""

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageChops, ImageFile, ImageOps, ImageSequence

from preservation.adapters.conversion.inside.answers import Answer, Unreadable, arguments
from preservation.adapters.conversion.inside.image_facts import Facts, facts_of, form_of_both, wide_form

_MOST_PIXELS = 400_000_000
_MOST_PAGES = 5_000
_ROWS = 2048
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Page:
    """One page as it is shown, with what it says of itself."""

    facts: Facts
    image: Image.Image


Judge = Callable[[Answer, str, Page, Page], None]


def main() -> None:
    """Print the answer."""
    told = arguments()
    wide = (told.get("pixels_before"), told.get("pixels_after"))

    def judge(answer: Answer, place: str, first: Page, second: Page) -> None:
        if first.facts.bits <= 8 and second.facts.bits <= 8:
            if first.facts.passed_over or second.facts.passed_over:
                answer.could_not(f"{place} has a channel of no told meaning, which is not compared")
            answer.equal(f"{place}: pixels that differ", 0, _differing(first.image, second.image))
        elif place != "page 1":
            answer.could_not(
                f"{place} has more than 8 bits a channel, and only a first page is decoded with all of them"
            )
        elif first.facts.orientation != second.facts.orientation:
            answer.could_not(
                f"{place} lies another way up, and its more than 8 bits a channel are compared as they lie"
            )
        elif not (form := form_of_both(*(wide_form(one.image, one.facts.bits) for one in (first, second)))):
            answer.could_not(f"{place} has channels of more than 8 bits of which no decoder here gives all")
        elif isinstance(wide[0], str) and isinstance(wide[1], str):
            answer.equal(f"{place}: samples of 16 bits", "all", _first_difference(Path(wide[0]), Path(wide[1])))
        else:
            answer.could_not(f"wide {form}")

    compare(str(told["before"]), str(told["after"]), judge)


def compare(before: str, after: str, judge: Judge) -> None:
    """Print the answer; `judge` adds what it makes of two pages of one size."""
    Image.MAX_IMAGE_PIXELS = _MOST_PIXELS
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    answer = Answer()
    ours, theirs = _pages(Path(before)), _pages(Path(after))
    count = 0
    while True:
        first, second = _next(ours, "source"), _next(theirs, "result")
        if isinstance(first, str):
            answer.could_not(first)
            break
        if isinstance(second, str):
            answer.demanded(f"page {count + 1} of the result", "readable", second, "readable", holds=False)
            break
        if first is None or second is None:
            answer.equal("pages", count + (first is not None), count + (second is not None))
            break
        count += 1
        if _have_one_size(answer, f"page {count}", first.facts, second.facts):
            judge(answer, f"page {count}", first, second)
    answer.print()


def _pages(path: Path) -> Iterator[Page]:
    try:
        with Image.open(path) as image:
            for count, frame in enumerate(ImageSequence.Iterator(image), 1):
                if count > _MOST_PAGES:
                    raise Unreadable("too many pages")
                facts = facts_of(path, frame)
                # What Pillow would cut off is decoded elsewhere.
                yield Page(facts, frame if facts.bits > 8 else ImageOps.exif_transpose(frame))
    except (OSError, ValueError, SyntaxError, TypeError, KeyError, OverflowError, EOFError, MemoryError) as problem:
        raise Unreadable(f"{type(problem).__name__}: {problem}") from problem
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as problem:
        raise Unreadable(str(problem)) from problem


def _next(pages: Iterator[Page], side: str) -> Page | str | None:
    """The next page, None after the last one, or why it cannot be read."""
    try:
        return next(pages, None)
    except Unreadable as problem:
        return f"the {side} cannot be read: {problem}"


def _have_one_size(answer: Answer, place: str, one: Facts, other: Facts) -> bool:
    """Tell everything but the pixels."""
    answer.equal(f"{place}: width and height", f"{one.width} x {one.height}", f"{other.width} x {other.height}")
    answer.demanded(f"{place}: bits a channel", one.bits, other.bits, "no fewer", holds=other.bits >= one.bits)
    answer.demanded(
        f"{place}: resolution",
        one.resolution,
        other.resolution,
        "equal where there is one",
        holds=_same_dpi(one, other),
    )
    answer.demanded(
        f"{place}: colour profile",
        one.profile,
        other.profile,
        "equal where there is one",
        holds=not one.profile or one.profile == other.profile,
    )
    for name, value in one.descriptions.items():
        answer.equal(f"{place}: {name}", value, other.descriptions.get(name, ""))
    return (one.width, one.height) == (other.width, other.height)


def _same_dpi(one: Facts, other: Facts) -> bool:
    """Within what formats that count in whole dots a centimetre, or in a hundredth of a dot, can say."""
    if not one.dpi[0]:
        return True
    return all(abs(left - right) <= max(0.02, left * 0.001) for left, right in zip(one.dpi, other.dpi, strict=True))


def _differing(before: Image.Image, after: Image.Image) -> int:
    """How many pixels differ, as colours with opacity; a palette and its colours are the same picture."""
    count = 0
    for top in range(0, before.height, _ROWS):
        box = (0, top, before.width, min(top + _ROWS, before.height))
        left, right = samples(before.crop(box)), samples(after.crop(box))
        if left.mode != right.mode:
            return before.width * before.height
        largest = Image.new("L", left.size)
        for band in ImageChops.difference(left, right).split():
            largest = ImageChops.lighter(largest, band)
        count += sum(largest.histogram()[1:])
    return count


def samples(image: Image.Image) -> Image.Image:
    """CMYK and Lab stay what they are; everything else becomes red, green, blue and opacity."""
    return image if image.mode in ("CMYK", "LAB") else image.convert("RGBA")


def _first_difference(before: Path, after: Path) -> str:
    """ "all" where the files are the same."""
    with before.open("rb") as left, after.open("rb") as right:
        at = 0
        while True:
            one, other = left.read(_CHUNK), right.read(_CHUNK)
            if one != other:
                return f"differ in the samples from {at // 2} on"
            if not one:
                return "all"
            at += len(one)


if __name__ == "__main__":
    main()
