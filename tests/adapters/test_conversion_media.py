"""Sound and film: every sample and every frame."""

import random
import subprocess
import wave
from pathlib import Path

import pytest

from preservation.adapters.conversion.converter import ToolConverter
from preservation.domain.conversions import Sameness
from tests.adapters.conversion_kit import Tried, is_same, new_converter, refused, tried
from tests.drills.conversion_sabotage import changes_one_sample, loses_one_frame, truncates

pytestmark = pytest.mark.tools

FILM = ("-f", "lavfi", "-i", "testsrc=size=64x48:rate=10:duration=0.6", "-f", "lavfi", "-i", "sine=duration=0.6")


@pytest.fixture(scope="module")
def converter() -> ToolConverter:
    return new_converter()


def sound(path: Path) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(22_050)
        file.writeframes(random.Random(4).randbytes(40_000))
    return path


def film(path: Path, *how: str) -> Path:
    subprocess.run(["ffmpeg", "-v", "error", *FILM, *how, str(path)], check=True)
    return path


@pytest.fixture(scope="module")
def filmed(converter: ToolConverter, tmp_path_factory: pytest.TempPathFactory) -> Tried:
    path = film(tmp_path_factory.mktemp("film") / "a.mp4", "-c:v", "mpeg4", "-c:a", "aac")
    return tried(converter, "video-to-ffv1", path, "fmt/199")


def test_samples_and_other_chunks_of_sound_are_kept(converter: ToolConverter, tmp_path: Path) -> None:
    path = sound(tmp_path / "a.wav")
    listed = b"LIST" + (26).to_bytes(4, "little") + b"INFOIART" + (14).to_bytes(4, "little") + b"Nguyen Van An\0"
    data = path.read_bytes() + listed
    path.write_bytes(data[:4] + (len(data) - 8).to_bytes(4, "little") + data[8:])

    one = tried(converter, "audio-to-flac", path, "fmt/141")

    assert is_same(one), one.comparison
    back = tmp_path / "back.wav"
    subprocess.run(["flac", "-s", "-d", "--keep-foreign-metadata", "-o", str(back), str(one.result)], check=True)
    assert back.read_bytes() == path.read_bytes()


def test_harm_to_sound_is_caught(converter: ToolConverter, tmp_path: Path) -> None:
    one = tried(converter, "audio-to-flac", sound(tmp_path / "a.wav"), "fmt/141")

    assert is_same(one), one.comparison
    assert one.after(changes_one_sample).sameness is Sameness.DIFFERENT
    assert one.after(truncates).sameness is Sameness.DIFFERENT


def test_every_frame_and_sample_of_a_film_is_kept(filmed: Tried) -> None:
    measures = {measure.name: measure for measure in filmed.comparison.measures}

    assert is_same(filmed), filmed.comparison
    assert measures["video 1: frames"].before == "6"
    assert "audio 1: MD5 of the samples" in measures


def test_harm_to_a_film_is_caught(filmed: Tried) -> None:
    assert filmed.after(loses_one_frame).sameness is Sameness.DIFFERENT
    assert filmed.after(truncates).sameness is not Sameness.SAME


def test_pictures_of_full_range_stay_so(converter: ToolConverter, tmp_path: Path) -> None:
    path = film(tmp_path / "a.mov", "-c:v", "mjpeg", "-pix_fmt", "yuvj420p", "-c:a", "pcm_s16le")

    one = tried(converter, "video-to-ffv1", path, "x-fmt/384")

    assert is_same(one), one.comparison
    assert ("video 1: color_range", "pc") in {(measure.name, measure.after) for measure in one.comparison.measures}


def test_subtitles_come_over_with_what_they_say(converter: ToolConverter, tmp_path: Path) -> None:
    first = "1\n00:00:00,000 --> 00:00:00,300\nXin <i>chào</i>\n\n2\n00:00:00,300 --> 00:00:00,600\nTạm biệt\n"
    (tmp_path / "a.srt").write_text(first)
    (tmp_path / "b.srt").write_text(first.replace("Tạm", "Vĩnh"))
    coded = ("-c:v", "mpeg4", "-c:a", "aac", "-map", "0", "-map", "1", "-map", "2")

    def with_subtitles(name: str, *more: str) -> Path:
        return film(tmp_path / name, *("-i", str(tmp_path / "a.srt")), *coded, *more)

    made = [
        tried(converter, "video-to-ffv1", with_subtitles("a.mp4", "-c:s", "mov_text"), "fmt/199"),
        tried(converter, "video-to-ffv1", with_subtitles("a.mkv"), "fmt/569"),
    ]

    def says_something_else(path: Path) -> None:
        new = path.with_name("new.mkv")
        both = ["-i", str(path), "-i", str(tmp_path / "b.srt"), "-map", "0:v", "-map", "0:a", "-map", "1"]
        subprocess.run(["ffmpeg", "-v", "error", *both, "-c", "copy", str(new)], check=True)
        new.replace(path)

    answer = made[0].after(says_something_else)

    assert all(is_same(one) for one in made), made
    assert answer.sameness is Sameness.DIFFERENT
    assert [measure.name for measure in answer.measures if not measure.holds] == ["subtitle 1: MD5 of what it says"]


@pytest.mark.parametrize(
    ("codec", "sameness"), [("pcm_s24le", "same"), ("pcm_s32le", "different"), ("pcm_f32le", "different")]
)
def test_sound_of_more_than_24_bits_is_compared_with_all_of_them(
    converter: ToolConverter, tmp_path: Path, codec: str, sameness: str
) -> None:
    noise = ("-f", "lavfi", "-i", "anoisesrc=d=0.3:r=8000:seed=5", "-map", "0:v", "-map", "2:a")
    path = film(tmp_path / "a.mkv", *noise, "-c:v", "mpeg4", "-c:a", codec)

    one = tried(converter, "video-to-ffv1", path, "fmt/569")

    assert one.comparison.sameness == sameness
    assert one.failed() == ([] if sameness == "same" else ["audio 1: MD5 of the samples"])


def test_a_cover_picture_before_the_film_is_not_taken_for_it(converter: ToolConverter, tmp_path: Path) -> None:
    cover = ("-f", "lavfi", "-i", "color=red:size=32x32:duration=0.1:rate=10")
    maps = ("-map", "2:v", "-map", "0:v", "-map", "1:a", "-c:v:0", "mjpeg", "-c:v:1", "mpeg4", "-c:a", "aac")
    path = film(tmp_path / "a.mp4", *cover, *maps, "-disposition:v:0", "attached_pic")
    whole = path.read_bytes()
    moov, udta = whole.index(b"moov") - 4, whole.rindex(b"udta") - 4
    first = whole.index(b"trak") - 4
    # The cover lies in `udta`; nothing before `moov` moves, so every place in the file stays right.
    assert whole.index(b"mdat") < moov < first < udta
    path.write_bytes(whole[:first] + whole[udta:] + whole[first:udta])

    one = tried(converter, "video-to-ffv1", path, "fmt/199")

    assert is_same(one), one.comparison
    assert ("video 1: width", "64") in {(measure.name, measure.after) for measure in one.comparison.measures}
    assert ("video 1: frames", "6") in {(measure.name, measure.after) for measure in one.comparison.measures}


def test_what_is_no_film_or_names_other_files_gives_nothing(converter: ToolConverter, tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("no film")
    (tmp_path / "list.avi").write_text("#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n")
    (tmp_path / "text.wav").write_text("no sound")

    assert refused(converter, "video-to-ffv1", tmp_path / "text.mp4", "fmt/199").code == "SOURCE-UNREADABLE"
    assert refused(converter, "video-to-ffv1", tmp_path / "list.avi", "fmt/5").code == "SOURCE-UNREADABLE"
    assert refused(converter, "audio-to-flac", tmp_path / "text.wav", "fmt/141").code == "TOOL-FAILED"
