"""What the ledger's findings say to people. Placeholders are the findings' values, and `path`."""

from collections.abc import Mapping
from typing import Final

MESSAGES: Final[Mapping[str, tuple[str, str]]] = {
    "LEDGER-BUNDLE-DIFFERS": (
        "On replica {replica}, the file of ledger entries {path} is not what was signed.",
        "Trên bản sao {replica}, tệp mục nhật ký {path} không đúng với nội dung đã được ký.",
    ),
    "LEDGER-BUNDLES-UNUSABLE": (
        "The entries on replica {replica} cannot stand in for the database: {reason}",
        "Các mục nhật ký trên bản sao {replica} không thể thay cho cơ sở dữ liệu: {reason}",
    ),
    "LEDGER-CHECKPOINT-INVALID": (
        "The checkpoint of {replica} cannot be believed: {reason}",
        "Không thể tin điểm kiểm của {replica}: {reason}",
    ),
    "LEDGER-DATABASE-BEHIND": (
        "A checkpoint of {newest} events was signed, but the database knows only of {size}. Was it restored from a backup?",
        "Đã ký điểm kiểm gồm {newest} sự kiện, nhưng cơ sở dữ liệu chỉ biết {size}. Có phải nó được khôi phục từ bản dự phòng?",
    ),
    "LEDGER-DATABASE-ROOT": (
        "The events in the database do not lead to the checkpoint of {size} events that was signed.",
        "Các sự kiện trong cơ sở dữ liệu không dẫn đến điểm kiểm {size} sự kiện đã được ký.",
    ),
    "LEDGER-ENTRY-ALTERED": (
        "Event number {sequence} was altered in the database after it was signed.",
        "Sự kiện số {sequence} trong cơ sở dữ liệu đã bị sửa sau khi được ký.",
    ),
    "LEDGER-ENTRY-MISSING": (
        "Event number {sequence} is missing from the database.",
        "Thiếu sự kiện số {sequence} trong cơ sở dữ liệu.",
    ),
    "LEDGER-EVENTS-WAITING": (
        "{count} events are recorded and wait for the next signed checkpoint.",
        "{count} sự kiện đã được ghi và đang chờ điểm kiểm được ký tiếp theo.",
    ),
    "LEDGER-FILE-MISSING": (
        "Replica {replica} lacks the ledger file {path}.",
        "Bản sao {replica} thiếu tệp nhật ký {path}.",
    ),
    "LEDGER-FILE-UNREADABLE": (
        "The ledger file {path} on replica {replica} could not be read: {reason}",
        "Không đọc được tệp nhật ký {path} trên bản sao {replica}: {reason}",
    ),
    "LEDGER-FORK": (
        "There are two different signed trees of {size} events. One of them was not made from this ledger's history.",
        "Có hai cây đã ký khác nhau cùng gồm {size} sự kiện. Một trong hai không thuộc lịch sử của nhật ký này.",
    ),
    "LEDGER-KEPT-FORK": (
        "The kept checkpoint of {size} events is not of this history: the ledger of {newest} does not contain it.",
        "Điểm kiểm tra đã lưu gồm {size} sự kiện không thuộc lịch sử này: nhật ký gồm {newest} sự kiện không chứa nó.",
    ),
    "LEDGER-KEPT-INVALID": (
        "The kept checkpoint cannot be believed: {reason}",
        "Không thể tin điểm kiểm tra đã lưu: {reason}",
    ),
    "LEDGER-KEPT-LATER": (
        "The kept checkpoint has {size} events, the ledger only {newest}: its end was cut off.",
        "Điểm kiểm tra đã lưu có {size} sự kiện, nhật ký chỉ có {newest}: phần cuối đã bị cắt mất.",
    ),
    "LEDGER-KEPT-UNPROVEN": (
        "Nobody has the entries that would show whether the kept checkpoint of {size} events belongs to this ledger.",
        "Không nơi nào có đủ các mục để cho biết điểm kiểm tra đã lưu gồm {size} sự kiện có thuộc nhật ký này hay không.",
    ),
    "LEDGER-LEFTOVER": (
        "Replica {replica} had an unsigned ledger file of an interrupted run; it was kept as {path} and replaced.",
        "Bản sao {replica} có một tệp nhật ký chưa ký do lần chạy bị ngắt; tệp được giữ lại ở {path} và đã được thay.",
    ),
    "LEDGER-MORE": (
        "More than {count} problems were found; the rest is not listed.",
        "Có hơn {count} vấn đề; phần còn lại không được liệt kê.",
    ),
    "LEDGER-NO-WITNESS": (
        "Neither the database nor any replica reproduces the signed tree of {size} events.",
        "Cả cơ sở dữ liệu lẫn các bản sao đều không tái tạo được cây {size} sự kiện đã ký.",
    ),
    "LEDGER-PROOF-HOLDS": (
        (
            "Proved: the event “{type}” ({outcome}) of {time} about {objects} is entry {index} of the {size} in the ledger of "
            "{origin}, exactly as it stands below, as a key that you gave has signed."
        ),
        (
            "Đã chứng minh: sự kiện “{type}” ({outcome}) lúc {time} về {objects} là mục {index} trong {size} mục của nhật ký "
            "{origin}, đúng nguyên văn như dưới đây, theo chữ ký của một khóa mà bạn đã đưa ra."
        ),
    ),
    "LEDGER-PROOF-FAILS": (
        "The receipt does not prove the event: {reason}",
        "Biên nhận không chứng minh được sự kiện: {reason}",
    ),
    "LEDGER-REPLICA-AWAY": (
        "Replica {replica} did not answer: {reason}",
        "Bản sao {replica} không trả lời: {reason}",
    ),
    "LEDGER-REPLICA-BEHIND": (
        "The ledger on replica {replica} ends at {size} events; 'replica sync' brings it up to date.",
        "Nhật ký trên bản sao {replica} dừng ở {size} sự kiện; lệnh 'replica sync' sẽ cập nhật.",
    ),
    "LEDGER-STRANGER": (
        "Replica {replica} holds {path}, which is not part of the ledger.",
        "Bản sao {replica} có tệp {path} không thuộc nhật ký.",
    ),
    "LEDGER-DATABASE-TEXT": (
        "The database has lost the text of event number {sequence}, which a replica still has: 'replica sync' brings it back.",
        "Cơ sở dữ liệu đã mất lời văn của sự kiện số {sequence}, một bản sao vẫn còn giữ: lệnh 'replica sync' đưa trở lại.",
    ),
    "LEDGER-EVENT-UNPLACED": (
        "The event {event} is in the database, but it has no place in the ledger and waits for none: nothing proves it.",
        "Sự kiện {event} có trong cơ sở dữ liệu nhưng không có chỗ trong sổ cái và cũng không chờ: không gì chứng minh được.",
    ),
    "LEDGER-INDEX-ALTERED": (
        "The database lists the event {event} otherwise than its entry says: type, time, outcome, or what it is about.",
        "Cơ sở dữ liệu liệt kê sự kiện {event} khác với mục ghi trong sổ cái: loại, thời gian, kết quả hoặc đối tượng liên quan.",
    ),
    "LEDGER-VERSION-ALTERED": (
        "The database has another version {version} of {aip} than an ingestion in the ledger made, or none made it.",
        "Cơ sở dữ liệu có phiên bản {version} của {aip} khác với phiên bản ghi trong sổ cái, hoặc sổ cái không có phiên bản ấy.",
    ),
    "LEDGER-VERSION-LACKING": (
        "The database lacks version {version} of {aip}, which the ledger knows: 'replica add' takes it back from a replica.",
        "Cơ sở dữ liệu thiếu phiên bản {version} của {aip} mà sổ cái có: lệnh 'replica add' lấy lại từ một bản sao.",
    ),
    "LEDGER-TEXT-GONE": (
        "No text of event number {sequence} is in the database or on a replica that is here; the event itself is whole.",
        "Lời văn của sự kiện số {sequence} không còn trong cơ sở dữ liệu và trên các bản sao hiện có; sự kiện vẫn nguyên vẹn.",
    ),
    "LEDGER-TEXT-ALTERED": (
        "The text of event number {sequence} in the database is not the one that the event was sealed with.",
        "Lời văn của sự kiện số {sequence} trong cơ sở dữ liệu không phải lời văn đã được niêm phong.",
    ),
    "LEDGER-TEXT-DIFFERS": (
        "On replica {replica}, the texts in {path} are not those of the database.",
        "Trên bản sao {replica}, lời văn trong {path} không khớp với cơ sở dữ liệu.",
    ),
    "LEDGER-TEXT-LOST": (
        "The text of event number {sequence} is damaged or missing in {path} on replica {replica}; the event itself is whole.",
        "Lời văn của sự kiện số {sequence} trong {path} trên bản sao {replica} bị hỏng hoặc thiếu; sự kiện vẫn nguyên vẹn.",
    ),
    "LEDGER-TILE-DIFFERS": (
        "On replica {replica}, the ledger file {path} is not what was signed.",
        "Trên bản sao {replica}, tệp nhật ký {path} không đúng với nội dung đã được ký.",
    ),
}
