"""Raster images to TIFF, PNG and JPEG 2000: every pixel, and what would not be noticed without looking."""

import random
import struct
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from PIL import Image, ImageCms

from preservation.adapters.conversion.converter import ToolConverter
from preservation.domain.conversions import Converted, Sameness
from preservation.domain.examinations import FileToExamine
from tests.adapters.conversion_kit import is_same, new_converter, refused, tried
from tests.drills.conversion_sabotage import changes_one_pixel, truncates

pytestmark = pytest.mark.tools

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@pytest.fixture(scope="module")
def converter() -> ToolConverter:
    return new_converter()


def picture(mode: str = "RGB", seed: int = 5) -> Image.Image:
    image = Image.frombytes("RGB", (90, 70), random.Random(seed).randbytes(90 * 70 * 3))
    image.paste((250, 20, 30), (0, 0, 30, 30))
    return image.convert(mode)


def wide(
    path: Path, size: tuple[int, int], pixels: list[list[int]], tags: Mapping[int, int] | None = None, bits: int = 16
) -> None:
    """A TIFF of one strip, with the samples of each pixel as they are given."""
    count = len(pixels[0])
    data = b"".join(one.to_bytes(bits // 8, "little") for pixel in pixels for one in pixel)
    told = {256: size[0], 257: size[1], 258: bits, 259: 1, 262: 1, 273: 0, 277: count, 278: size[1], 279: len(data)}
    told |= dict(tags or {})
    # After the entries come the bits of each sample, then the samples.
    end = 8 + 2 + 12 * len(told) + 4
    told[273] = end + 2 * count
    entries = b"".join(
        struct.pack("<HHII", tag, 3, count, end if count > 2 else value | value << 16 * (count - 1))
        if tag == 258
        else struct.pack("<HHII", tag, 4 if tag in (273, 279) else 3, 1, value)
        for tag, value in sorted(told.items())
    )
    head = struct.pack("<2sHIH", b"II", 42, 8, len(told))
    path.write_bytes(head + entries + bytes(4) + struct.pack(f"<{count}H", *[bits] * count) + data)


@pytest.mark.parametrize(
    ("name", "mode", "puid", "recipe"),
    [
        ("a.bmp", "RGB", "fmt/116", "image-to-tiff"),
        ("a.gif", "P", "fmt/4", "image-to-png"),
        ("a.tga", "RGB", "fmt/402", "image-to-png"),
        ("a.pcx", "RGB", "fmt/90", "image-to-tiff"),
        ("a.png", "1", "fmt/11", "image-to-tiff"),
        ("a.png", "RGBA", "fmt/11", "image-to-jp2"),
        ("a.webp", "RGB", "fmt/566", "image-to-tiff"),
    ],
)
def test_every_pixel_is_kept(
    converter: ToolConverter, tmp_path: Path, name: str, mode: str, puid: str, recipe: str
) -> None:
    picture(mode).save(tmp_path / name)

    one = tried(converter, recipe, tmp_path / name, puid)

    assert is_same(one), one.comparison


@pytest.mark.parametrize("recipe", ["image-to-tiff", "image-to-png", "image-to-jp2"])
def test_profile_resolution_origin_and_way_up_are_kept(converter: ToolConverter, tmp_path: Path, recipe: str) -> None:
    exif = Image.Exif()
    exif[271], exif[274], exif[36867] = "Canon", 6, "2024:05:06 07:08:09"
    picture().save(tmp_path / "a.jpg", dpi=(300, 300), icc_profile=SRGB, exif=exif, quality=95)

    one = tried(converter, recipe, tmp_path / "a.jpg", "fmt/43")

    assert is_same(one), one.comparison
    names = {measure.name for measure in one.comparison.measures}
    assert {"page 1: Make", "page 1: colour profile", "page 1: resolution"} <= names
    assert ("page 1: width and height", "70 x 90") in {(m.name, m.after) for m in one.comparison.measures}


def test_pages_of_all_kinds_stay_in_a_tiff(converter: ToolConverter, tmp_path: Path) -> None:
    rest = [picture("1"), picture("L"), picture("P")]
    picture().save(tmp_path / "a.tif", save_all=True, append_images=rest, dpi=(200, 200))

    one = tried(converter, "image-to-tiff", tmp_path / "a.tif", "fmt/353", compression="deflate")

    assert is_same(one), one.comparison
    assert one.made.commands == ("tiffcp -c zip '{in}/source.tif' '{out}/result.tif'",)
    assert [tool.name for tool in one.made.tools] == ["tiffcp"]


def test_sixteen_bits_a_channel_are_compared_with_all_their_bits(converter: ToolConverter, tmp_path: Path) -> None:
    made = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=size=64x48", "-frames:v", "1", "-pix_fmt", "rgb48be"]
    subprocess.run([*made, str(tmp_path / "a.png")], check=True)
    one = tried(converter, "image-to-tiff", tmp_path / "a.png", "fmt/11")

    def changes_the_lowest_bit(path: Path) -> None:
        data = bytearray(path.read_bytes())
        data[8 + 2 * 500] ^= 1
        path.write_bytes(data)

    plain = tried(converter, "image-to-tiff", one.result.rename(tmp_path / "b.tif"), "fmt/353", compression="none")

    assert is_same(one), one.comparison
    assert is_same(plain), plain.comparison
    assert plain.after(changes_the_lowest_bit).sameness is Sameness.DIFFERENT


@pytest.mark.parametrize("recipe", ["image-to-tiff", "image-to-jp2"])
def test_harm_to_a_picture_is_caught(converter: ToolConverter, tmp_path: Path, recipe: str) -> None:
    picture().save(tmp_path / "a.bmp")

    one = tried(converter, recipe, tmp_path / "a.bmp", "fmt/116")

    assert is_same(one), one.comparison
    assert one.after(changes_one_pixel).sameness is Sameness.DIFFERENT
    assert one.after(truncates).sameness is not Sameness.SAME


def test_a_page_less_or_in_another_place_is_caught(converter: ToolConverter, tmp_path: Path) -> None:
    picture().save(tmp_path / "a.tif", save_all=True, append_images=[picture("L"), picture(seed=6)])
    one = tried(converter, "image-to-tiff", tmp_path / "a.tif", "fmt/353")

    def loses_the_last_page(path: Path) -> None:
        subprocess.run(["tiffcp", f"{path},0,1", f"{path}.new"], check=True)
        Path(f"{path}.new").replace(path)

    def turns_pages_round(path: Path) -> None:
        subprocess.run(["tiffcp", f"{path},2,1,0", f"{path}.new"], check=True)
        Path(f"{path}.new").replace(path)

    assert is_same(one), one.comparison
    assert one.after(loses_the_last_page).sameness is Sameness.DIFFERENT
    assert one.after(turns_pages_round).sameness is Sameness.DIFFERENT


def test_the_last_of_many_pages_is_judged_as_well(converter: ToolConverter, tmp_path: Path) -> None:
    def pages(name: str, shades: list[int]) -> FileToExamine:
        made = [Image.new("L", (4, 4), shade) for shade in shades]
        made[0].save(tmp_path / name, save_all=True, append_images=made[1:])
        return FileToExamine(str(tmp_path / name), "fmt/353")

    shades = [number % 251 for number in range(410)]
    source = pages("a.tif", shades)
    changed = pages("b.tif", [*shades[:405], 255, *shades[406:]])
    shorter = pages("c.tif", shades[:405])

    same = converter.compare("image-to-tiff", source, [source], {})
    other = converter.compare("image-to-tiff", source, [changed], {})
    fewer = converter.compare("image-to-tiff", source, [shorter], {})

    assert (same.sameness, len(same.measures)) == (Sameness.SAME, 2000)
    assert (other.sameness, len(other.measures)) == (Sameness.DIFFERENT, 2000)
    assert [one.name for one in other.measures if not one.holds] == ["page 406: pixels that differ"]
    assert [one.name for one in fewer.measures if not one.holds] == ["pages"]


def test_likeness_is_measured_where_a_policy_asks_for_no_more(converter: ToolConverter, tmp_path: Path) -> None:
    picture().save(tmp_path / "a.bmp", dpi=(96, 96))
    one = tried(converter, "image-to-png", tmp_path / "a.bmp", "fmt/116")
    one.result.unlink()
    picture().point(lambda value: min(255, value + 2)).save(one.result, dpi=(96, 96))
    results = [FileToExamine(str(one.result), None)]

    strict = converter.compare("image-to-png", one.source, results, {})
    tolerant = converter.compare("image-to-png", one.source, results, {"ssim": "0.2"})
    narrow = converter.compare("image-to-png", one.source, results, {"ssim": "0.9999"})

    assert strict.sameness is Sameness.DIFFERENT
    assert tolerant.sameness is Sameness.SAME
    assert narrow.sameness is Sameness.DIFFERENT


def test_likeness_is_of_colours_and_of_opacity_too(converter: ToolConverter, tmp_path: Path) -> None:
    colours = Image.merge(
        "RGB", [Image.linear_gradient("L"), Image.radial_gradient("L"), Image.new("L", (256, 256), 9)]
    )
    clear = colours.copy()
    clear.putalpha(0)
    made = {"a": colours, "same": colours, "gray": colours.convert("L").convert("RGB"), "clear": clear}
    for name, image in made.items():
        image.save(tmp_path / f"{name}.png")
    source = FileToExamine(str(tmp_path / "a.png"), "fmt/11")

    found = {
        name: converter.compare(
            "image-to-png", source, [FileToExamine(str(tmp_path / f"{name}.png"), None)], {"ssim": "0.9"}
        )
        for name in ("same", "gray", "clear")
    }

    assert found["same"].sameness is Sameness.SAME
    assert found["gray"].sameness is Sameness.DIFFERENT
    assert [one.name for one in found["clear"].measures if not one.holds] == ["page 1: SSIM of opacity"]


def test_likeness_takes_sixteen_bits_only_as_the_same(converter: ToolConverter, tmp_path: Path) -> None:
    shades = [300 + 10 * number for number in range(64 * 64)]
    wide(tmp_path / "a.tif", (64, 64), [[one] for one in shades])
    wide(tmp_path / "b.tif", (64, 64), [[65_535 - one] for one in shades])
    source, other = (FileToExamine(str(tmp_path / name), "fmt/353") for name in ("a.tif", "b.tif"))

    same = converter.compare("image-to-tiff", source, [source], {"ssim": "0.9"})
    inverted = converter.compare("image-to-tiff", source, [other], {"ssim": "0.9"})

    assert (same.sameness, inverted.sameness) == (Sameness.SAME, Sameness.DIFFERENT)


def test_no_channel_of_sixteen_bits_is_passed_over(converter: ToolConverter, tmp_path: Path) -> None:
    rng = random.Random(2)
    pixels = [[rng.randrange(65_536) for _ in range(4)] for _ in range(64)]
    other = [[*one[:3], 65_535 - one[3]] for one in pixels]
    clear = [[*one[:3], 0] for one in pixels]
    gray = [one[:1] for one in pixels]
    small = [[value // 256 for value in one] for one in pixels]
    floats = [[struct.unpack("<I", struct.pack("<f", one[0] / 8192))[0]] for one in pixels]
    louder = [[struct.unpack("<I", struct.pack("<f", max(1, one[0] / 4096)))[0]] for one in pixels]

    def compared(before: list[list[int]], after: list[list[int]], *more: dict[int, int], bits: int = 16) -> Sameness:
        for name, samples, tags in (("a.tif", before, more[0]), ("b.tif", after, more[-1])):
            wide(tmp_path / name, (8, 8), samples, tags, bits)
        one, two = (FileToExamine(str(tmp_path / name), "fmt/353") for name in ("a.tif", "b.tif"))
        return converter.compare("image-to-tiff", one, [two], {}).sameness

    assert compared(pixels, pixels, {262: 2, 338: 0}) is Sameness.SAME
    assert compared(pixels, other, {262: 2, 338: 0}) is Sameness.DIFFERENT
    assert compared([one[:3] for one in pixels], clear, {262: 2}, {262: 2, 338: 2}) is Sameness.DIFFERENT
    assert compared(pixels, other, {262: 5}) is Sameness.UNKNOWN
    assert compared(small, small, {262: 2, 338: 0}, bits=8) is Sameness.UNKNOWN
    assert compared(floats, louder, {339: 3}, bits=32) is not Sameness.SAME
    assert compared(gray, gray, {274: 3}, {274: 3}) is Sameness.SAME
    assert compared(gray, gray, {274: 3}, {274: 1}) is not Sameness.SAME


def test_what_is_no_picture_gives_nothing(converter: ToolConverter, tmp_path: Path) -> None:
    picture().save(tmp_path / "whole.png")
    (tmp_path / "empty.png").touch()
    (tmp_path / "text.png").write_text("no picture")
    picture().save(tmp_path / "moving.gif", save_all=True, append_images=[picture(seed=6), picture(seed=7)])

    assert refused(converter, "image-to-tiff", tmp_path / "empty.png", "fmt/11").code == "SOURCE-EMPTY"
    assert refused(converter, "image-to-tiff", tmp_path / "text.png", "fmt/11").code == "SOURCE-UNREADABLE"
    assert refused(converter, "image-to-png", tmp_path / "moving.gif", "fmt/4").code == "SOURCE-SEVERAL-PAGES"
    assert refused(converter, "image-to-tiff", tmp_path / "whole.png", "fmt/14").code == "SOURCE-FORMAT"


def test_half_a_picture_is_never_the_same(converter: ToolConverter, tmp_path: Path) -> None:
    picture().save(tmp_path / "whole.png")
    source = tmp_path / "cut.png"
    source.write_bytes((tmp_path / "whole.png").read_bytes()[:-2000])
    (tmp_path / "out").mkdir()

    made = converter.convert("image-to-tiff", FileToExamine(str(source), "fmt/11"), str(tmp_path / "out"), {})

    if isinstance(made, Converted):
        result = FileToExamine(str(tmp_path / "out" / made.paths[0]), None)
        answer = converter.compare("image-to-tiff", FileToExamine(str(source), "fmt/11"), [result], {})
        assert answer.sameness is Sameness.UNKNOWN
    else:
        assert made.code.startswith(("TOOL-", "SOURCE-"))


def test_a_bomb_of_pixels_ends_as_a_value(converter: ToolConverter, tmp_path: Path) -> None:
    # Two billion white pixels in a few hundred kilobytes.
    Image.new("1", (60_000, 34_000)).save(tmp_path / "bomb.png")

    answer = refused(converter, "image-to-tiff", tmp_path / "bomb.png", "fmt/11")

    assert answer.code == "SOURCE-UNREADABLE"
    assert "bomb" in answer.detail.lower()
