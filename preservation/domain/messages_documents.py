"""What is said of an AIP's own documents (METS, PREMIS) and of a rebuild that reads them: code to (English, Vietnamese)."""

from collections.abc import Mapping
from typing import Final

MESSAGES: Final[Mapping[str, tuple[str, str]]] = {
    "AIP-DOCUMENT-MISSING": (
        "The AIP lacks its document {path}.",
        "Gói tin lưu trữ (AIP) thiếu tài liệu {path}.",
    ),
    "AIP-DOCUMENTS-DISAGREE": (
        "The AIP's METS and PREMIS documents do not describe the same thing.",
        "Các tài liệu METS và PREMIS của gói tin lưu trữ (AIP) không mô tả cùng một đối tượng.",
    ),
    "METS-REFERENCE-INVALID": (
        "A reference in the METS document cannot be understood: “{reference}” ({reason}).",
        "Không hiểu được một tham chiếu trong tài liệu METS: “{reference}” ({reason}).",
    ),
    "METS-UNREADABLE": (
        "The METS document cannot be read: {reason}",
        "Không đọc được tài liệu METS: {reason}",
    ),
    "PREMIS-OBJECT-INVALID": (
        "An object in the PREMIS document cannot be understood: “{object}” ({reason}).",
        "Không hiểu được một đối tượng trong tài liệu PREMIS: “{object}” ({reason}).",
    ),
    "PREMIS-UNREADABLE": (
        "The PREMIS document cannot be read: {reason}",
        "Không đọc được tài liệu PREMIS: {reason}",
    ),
    "REBUILD-AIP-UNREADABLE": (
        "The AIP at {path} could not be read, so it is not in the rebuilt database: {reason}",
        "Không đọc được gói tin lưu trữ (AIP) tại {path} nên gói tin không có trong cơ sở dữ liệu được dựng lại: {reason}",
    ),
    "REBUILD-VERSION-MISSING": (
        "The ledger knows version {version} of {aip}, and this replica did not give it.",
        "Sổ cái có phiên bản {version} của {aip} nhưng bản sao này không có.",
    ),
    "REBUILD-VERSION-UNKNOWN": (
        (
            "The ledger knows nothing of version {version} of {aip}, nor of its transfer. It was committed and never recorded, "
            "or somebody put it there: the new home takes it up, and a person should look at it."
        ),
        (
            "Sổ cái không có phiên bản {version} của {aip} cũng như lần giao nộp của nó. Có thể việc ghi nhận đã bị ngắt, hoặc "
            "ai đó đã đặt vào: kho mới sẽ tiếp nhận và cần có người xem lại."
        ),
    ),
    "REBUILD-UNDESCRIBED": (
        "What describes version {version} of the AIP at {path} could not be read; the AIP is there without it: {reason}",
        "Không đọc được phần mô tả của phiên bản {version} của gói tin lưu trữ (AIP) tại {path}; gói tin vẫn có mặt: {reason}",
    ),
    "REBUILD-BATCH-DAMAGED": (
        "The batch of fixity checks {path} is damaged and was left out.",
        "Lô kiểm tra tính toàn vẹn {path} bị hỏng nên không được đưa vào.",
    ),
}
