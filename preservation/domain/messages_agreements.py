"""Sentences for what breaks a submission agreement: code -> (English, Vietnamese), filled from Finding.values."""

from collections.abc import Mapping
from typing import Final

MESSAGES: Final[Mapping[str, tuple[str, str]]] = {
    "AGREEMENT-NOT-ACTIVE": (
        "The submission agreement {agreement} is not in force (rule: active).",
        "Thỏa thuận nộp lưu {agreement} hiện không có hiệu lực (quy tắc: active).",
    ),
    "AGREEMENT-SUBMITTER": (
        "The submission agreement {agreement} does not name this submitter (rule: submitters).",
        "Thỏa thuận nộp lưu {agreement} không nêu tên đơn vị nộp này (quy tắc: submitters).",
    ),
    "AGREEMENT-PACKAGE-TYPE": (
        "The package is a {found}; the submission agreement {agreement} takes {allowed} (rule: package_types).",
        "Gói tin thuộc loại {found}; thỏa thuận nộp lưu {agreement} chỉ nhận {allowed} (quy tắc: package_types).",
    ),
    "AGREEMENT-FILES": (
        "The package has {found} files; the submission agreement {agreement} allows {allowed} (rule: max_files).",
        "Gói tin có {found} tệp; thỏa thuận nộp lưu {agreement} cho phép tối đa {allowed} (quy tắc: max_files).",
    ),
    "AGREEMENT-BYTES": (
        "The package has {found} bytes; the submission agreement {agreement} allows {allowed} (rule: max_bytes).",
        "Gói tin có {found} byte; thỏa thuận nộp lưu {agreement} cho phép tối đa {allowed} (quy tắc: max_bytes).",
    ),
    "AGREEMENT-FILE-BYTES": (
        "This file has {found} bytes; the submission agreement {agreement} allows {allowed} (rule: max_file_bytes).",
        "Tệp này có {found} byte; thỏa thuận nộp lưu {agreement} cho phép tối đa {allowed} (quy tắc: max_file_bytes).",
    ),
    "AGREEMENT-METADATA": (
        "The package does not tell its “{element}”, which the submission agreement {agreement} wants (rule: required_metadata).",
        "Gói tin không có thông tin “{element}” mà thỏa thuận nộp lưu {agreement} yêu cầu (quy tắc: required_metadata).",
    ),
    "AGREEMENT-FORMAT-REFUSED": (
        "The submission agreement {agreement} refuses files of this format: {format} (rule: formats).",
        "Thỏa thuận nộp lưu {agreement} không nhận tệp có định dạng này: {format} (quy tắc: formats).",
    ),
    "AGREEMENT-FORMAT-REVIEW": (
        "An archivist decides about files of this format: {format} (agreement {agreement}, rule: formats).",
        "Cán bộ lưu trữ sẽ quyết định về tệp có định dạng này: {format} (thỏa thuận {agreement}, quy tắc: formats).",
    ),
}
