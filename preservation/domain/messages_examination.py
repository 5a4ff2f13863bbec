"""Sentences for what is found by looking into files: code -> (English, Vietnamese), filled from Finding.values."""

from collections.abc import Mapping
from typing import Final

MESSAGES: Final[Mapping[str, tuple[str, str]]] = {
    "VIRUS-FOUND": (
        "Malware was found in this file: {name}.",
        "Phát hiện mã độc trong tệp này: {name}.",
    ),
    "VIRUS-NOT-SCANNED": (
        "Nobody could look for malware in this package; it will be scanned later: {reason}",
        "Chưa thể quét mã độc cho gói này; gói sẽ được quét sau: {reason}",
    ),
    "VIRUS-NOT-LOOKED-INTO": (
        "The scanner could not look into this file, because it is encrypted or too large: {name}.",
        "Không thể quét bên trong tệp này vì tệp được mã hóa hoặc quá lớn: {name}.",
    ),
    "FILE-INVALID": (
        "The file breaks the rules of its own format ({codes}), by {tools}.",
        "Tệp vi phạm quy tắc của chính định dạng đó ({codes}), theo {tools}.",
    ),
}
