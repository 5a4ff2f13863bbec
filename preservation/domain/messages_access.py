"""What exports say to people. Placeholders are the findings' values, and `path`."""

from collections.abc import Mapping
from typing import Final

MESSAGES: Final[Mapping[str, tuple[str, str]]] = {
    "EXPORT-CONTENT-LOST": (
        "No replica holds the right bytes of {path}; nothing was exported.",
        "Không bản sao nào còn giữ đúng nội dung của {path}; không có gì được xuất ra.",
    ),
    "EXPORT-CONTENT-UNREACHABLE": (
        "No replica that can be read now holds the right bytes of {path}, but others may; nothing was exported.",
        "Hiện không đọc được bản sao nào còn đúng nội dung của {path}, nhưng nơi khác có thể còn; không có gì được xuất ra.",
    ),
    "EXPORT-FOLDER-LEFT-OUT": (
        "The empty folder {path} has no place in this form of export and was left out.",
        "Thư mục rỗng {path} không có chỗ trong dạng xuất này nên bị bỏ qua.",
    ),
    "EXPORT-NAME-CHANGED": (
        "A bag cannot hold the name {path}; in the bag the file is {name}, and original-names.txt gives its true name.",
        "Gói BagIt không chứa được tên {path}; trong gói, tệp mang tên {name}, và original-names.txt ghi tên thật của tệp.",
    ),
    "EXPORT-NAME-RAW": (
        "The name by which METS refers to {path} is too long for a file system; the file has its original name instead.",
        "Tên mà METS dùng để trỏ tới {path} quá dài đối với hệ thống tệp; tệp được giữ tên gốc.",
    ),
    "EXPORT-REPLICA-AWAY": (
        "Replica {name} did not answer and was passed over: {reason}",
        "Bản sao {name} không trả lời nên bị bỏ qua: {reason}",
    ),
    "EXPORT-SOURCE-DAMAGED": (
        "On replica {name}, {path} is damaged; its bytes were not used.",
        "Trên bản sao {name}, {path} bị hỏng; nội dung đó không được dùng.",
    ),
    "EXPORT-SOURCE-MISSING": (
        "On replica {name}, {path} is missing.",
        "Trên bản sao {name}, thiếu {path}.",
    ),
    "EXPORT-SOURCE-UNREADABLE": (
        "On replica {name}, {path} could not be read: {reason}",
        "Trên bản sao {name}, không đọc được {path}: {reason}",
    ),
}
