"""Sentences for the findings of format identification: code -> (English, Vietnamese), filled from Finding.values."""

from collections.abc import Mapping
from typing import Final

MESSAGES: Final[Mapping[str, tuple[str, str]]] = {
    "FORMAT-DISAGREEMENT": (
        "Two engines see different formats in this file: {first_engine} says {first}, {second_engine} says {second}.",
        "Hai công cụ nhận định khác nhau về định dạng tệp này: {first_engine} cho là {first}, {second_engine} cho là {second}.",
    ),
    "FORMAT-SECOND-OPINION": (
        "{first_engine} told no format from the content ({first}); {second_engine} found {second}.",
        "{first_engine} không nhận ra định dạng từ nội dung ({first}); {second_engine} nhận ra {second}.",
    ),
    "FORMAT-NOT-IDENTIFIED": (
        "The format of this file is not known to the identification engine.",
        "Công cụ nhận dạng không biết định dạng của tệp này.",
    ),
    "FORMAT-BY-EXTENSION": (
        "The format {puid} was taken from the file name's extension alone; nothing in the content confirms it.",
        "Định dạng {puid} chỉ được suy ra từ phần mở rộng của tên tệp; nội dung tệp không xác nhận điều đó.",
    ),
    "FORMAT-SEVERAL": (
        "Several formats fit this file: {puids}.",
        "Tệp này phù hợp với nhiều định dạng: {puids}.",
    ),
    "FORMAT-EXTENSION-MISMATCH": (
        "The file is {puid} by its content, which the extension of its name does not suggest.",
        "Theo nội dung, tệp có định dạng {puid}, không khớp với phần mở rộng của tên tệp.",
    ),
    "FORMAT-ENGINE-FAILED": (
        "The format could not be determined: {reason}",
        "Không xác định được định dạng: {reason}",
    ),
}
