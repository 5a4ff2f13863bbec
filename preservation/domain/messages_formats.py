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
    "FORMAT-REFUSED": (
        "The archive takes no file of the format {format} in: {reason}",
        "Kho lưu trữ không tiếp nhận tệp có định dạng {format}: {reason}",
    ),
    "FORMAT-REVIEW": (
        "An archivist has to decide about a file of the format {format}: {reason}",
        "Lưu trữ viên phải quyết định về tệp có định dạng {format}: {reason}",
    ),
    "FORMAT-CHANGED": (
        "Identified anew: {before} became {after}, by {engine}.",
        "Nhận dạng lại: {before} thành {after}, theo {engine}.",
    ),
    "FORMAT-CONTRADICTED": (
        "{engine} says {after}, which contradicts {before}; nothing is changed until somebody has looked.",
        "{engine} cho là {after}, mâu thuẫn với {before}; không thay đổi gì cho đến khi có người xem xét.",
    ),
    "FORMAT-NOT-CONFIRMED": (
        "{engine} no longer confirms {before} and has nothing firm to say instead ({after}); nothing is changed.",
        "{engine} không còn xác nhận {before} và không có kết quả chắc chắn khác ({after}); không thay đổi gì.",
    ),
    "POLICY-PUID-UNKNOWN": (
        "The registry knows no format {puid}.",
        "Danh bạ định dạng không có {puid}.",
    ),
    "POLICY-RECIPE-UNKNOWN": (
        "There is no recipe {recipe}.",
        "Không có công thức chuyển đổi {recipe}.",
    ),
    "POLICY-RECIPE-SOURCE": (
        "The recipe {recipe} cannot take {puids}.",
        "Công thức {recipe} không nhận {puids}.",
    ),
    "POLICY-RECIPE-TARGET": (
        "The recipe {recipe} never gives {puid}; it gives {puids}.",
        "Công thức {recipe} không cho ra {puid}; kết quả là {puids}.",
    ),
    "POLICY-RECIPE-PARAMETER": (
        "The recipe {recipe} has no parameter {parameters}.",
        "Công thức {recipe} không có tham số {parameters}.",
    ),
    "POLICY-TOOL-MISSING": (
        "The recipe {recipe} needs {tool}, which is not installed here.",
        "Công thức {recipe} cần {tool}, chưa được cài đặt trên máy này.",
    ),
    "POLICY-MIGRATION-CIRCLE": (
        "The migrations go in a circle: {circle}.",
        "Các chuyển đổi tạo thành vòng lặp: {circle}.",
    ),
}
