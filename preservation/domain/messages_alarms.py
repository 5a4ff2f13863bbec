"""What alarms and health say to people. Placeholders are the values of `domain.alarms` and `services.health`."""

from collections.abc import Mapping
from typing import Final

MESSAGES: Final[Mapping[str, tuple[str, str]]] = {
    "ALARM-JOBS-LATE": (
        "{count} jobs in the queue {queue} wait longer than promised; the oldest is {oldest}. Is a worker running?",
        "{count} công việc trong hàng đợi {queue} chờ lâu hơn mức cam kết; cũ nhất là {oldest}. Có tiến trình nào đang xử lý?",
    ),
    "ALARM-JOBS-FAILED": (
        "{count} jobs of the kind {kind} failed for good in the last days; the newest is {newest} ({reason}).",
        "{count} công việc loại {kind} đã thất bại hẳn trong những ngày qua; mới nhất là {newest} ({reason}).",
    ),
    "ALARM-COPIES-OVERDUE": (
        "{count} copies on replica {replica} have not been checked within {days} days.",
        "{count} bản lưu trên bản sao {replica} chưa được kiểm tra trong vòng {days} ngày.",
    ),
    "ALARM-COPIES-DAMAGED": (
        "{count} copies on replica {replica} are bad still: {damaged} damaged, {missing} missing, {unreadable} unreadable.",
        "Bản sao {replica} có {count} bản lưu lỗi chưa sửa: hỏng {damaged}, mất {missing}, không đọc được {unreadable}.",
    ),
    "ALARM-REPLICA-AWAY": (
        "Replica {replica} has been away since {since}: what came in since then has a copy less.",
        "Bản sao {replica} vắng mặt từ {since}: những gì tiếp nhận từ đó thiếu một bản lưu.",
    ),
    "ALARM-LEDGER-BEHIND": (
        "{count} events wait for their place in the ledger, the oldest since {since}: nothing newer is signed.",
        "{count} sự kiện chờ được ghi vào nhật ký, cũ nhất từ {since}: chưa có gì mới hơn được ký.",
    ),
    "ALARM-DISK-NEARLY-FULL": (
        "{place} is nearly full: {free} of {total} are free.",
        "{place} gần đầy: còn trống {free} trong tổng số {total}.",
    ),
    "ALARM-NO-FIXITY-RUN": (
        "No fixity check was recorded for more than {days} days; the last one was at {last}.",
        "Không có lần kiểm tra tính nguyên vẹn nào được ghi nhận trong hơn {days} ngày; lần cuối vào {last}.",
    ),
    "ALARM-CHECKS-STOPPED": (
        "Checks of replica {replica} have stopped: {count} copies are due, and none has been checked since {since}.",
        "Việc kiểm tra bản sao {replica} đã dừng: {count} bản lưu đến hạn, chưa bản nào được kiểm tra từ {since}.",
    ),
    "ALARM-CHECKS-BEHIND": (
        "Checks of replica {replica} fall behind: copies are due since {since}, and will soon be beyond {days} days.",
        "Việc kiểm tra bản sao {replica} đang chậm: có bản lưu đến hạn từ {since}, sắp quá thời hạn {days} ngày.",
    ),
    "ALARM-WINDOW-INFEASIBLE": (
        "Replica {replica} cannot be checked within {days} days with room to spare: needed are {wanted}, there is {available}.",
        "Không thể kiểm tra bản sao {replica} trong {days} ngày với mức dự phòng: cần {wanted}, hiện có {available}.",
    ),
    "ALARM-SCHEDULER-SILENT": (
        "No scheduler has been heard of since {since}: what is due is not started.",
        "Không nhận được tín hiệu từ bộ lập lịch kể từ {since}: công việc đến hạn không được khởi động.",
    ),
    "ALARM-FIGURES-OLD": (
        "Nothing has been counted since {since}: what other alarms say of copies and checks is of then. See the scheduler's log.",
        "Không có số liệu mới từ {since}: các cảnh báo khác về bản lưu và kiểm tra là của lúc đó. Hãy xem nhật ký bộ lập lịch.",
    ),
    "ALARM-COPIES-BELOW-POLICY": (
        "{count} AIPs are below the replication policy ({short}): `preservation replica status` says which.",
        "{count} AIP chưa đạt chính sách sao lưu ({short}): xem `preservation replica status`.",
    ),
    "ALARM-REPLICA-OVERDUE": (
        "Replica {replica} is offline and should have been plugged in by {due}: what it lacks and what is due there waits.",
        "Bản sao ngoại tuyến {replica} lẽ ra phải được cắm vào trước {due}: việc sao chép và kiểm tra đang chờ.",
    ),
    "ALARM-REPAIRS-HELD": (
        "Repairs on replica {replica} are held: too many were needed. Find out why; `preservation replica release` goes on.",
        "Đã dừng sửa chữa trên bản sao {replica} vì phải sửa quá nhiều. Tìm nguyên nhân rồi `preservation replica release`.",
    ),
    "ALARM-MEDIUM-DUE": (
        "The medium of replica {replica} reaches its age on {ends}: it should have been replaced by {by}.",
        "Phương tiện lưu trữ của bản sao {replica} hết tuổi thọ ngày {ends}: lẽ ra phải được thay trước {by}.",
    ),
    "ALARM-INVENTORY-DISPUTED": (
        "The inventories of {count} AIPs are whole, and not what the ledger says ({aips}): somebody must look.",
        "Danh mục của {count} AIP còn đọc được nhưng không khớp nhật ký ({aips}): chưa sửa gì, cần người xem xét.",
    ),
    "ALARM-REPLICA-DRIFT": (
        "Replica {replica} disagrees with the catalogue: {unknown} objects that it does not know, {absent} copies not there.",
        "Bản sao {replica} không khớp danh mục: {unknown} đối tượng không rõ nguồn gốc, {absent} bản lưu không có.",
    ),
    "ALARM-PEER-DISAGREES": (
        "The copies of {count} AIPs that {peer} keeps are not what the ledger says, or are gone ({aips}): its people must know.",
        "Bản lưu của {count} AIP do {peer} giữ không khớp nhật ký hoặc không còn ({aips}): cần báo cho họ.",
    ),
    "ALARM-PEER-SILENT": (
        "{peer} has not answered any challenge since {since}: whether its copies are there is not known.",
        "{peer} không trả lời yêu cầu xác minh nào kể từ {since}: không rõ các bản lưu ở đó còn hay không.",
    ),
    "ALARM-FILES-INFECTED": (
        "Malware was found in {count} files that are held: nothing was removed, a person has to decide.",
        "Phát hiện mã độc trong {count} tệp đang lưu giữ: chưa có gì bị xóa, cần người quyết định.",
    ),
    "ALARM-FILES-WORSENED": (
        "{count} files that had been sound are invalid by examinations of the last {days} days.",
        "{count} tệp trước đây hợp lệ nay không hợp lệ theo các lần kiểm tra trong {days} ngày qua.",
    ),
    "HEALTH-DATABASE-AWAY": (
        "The database does not answer: {reason}",
        "Cơ sở dữ liệu không trả lời: {reason}",
    ),
    "HEALTH-SCHEMA-OLD": (
        "The database has the schema of another release.",
        "Cơ sở dữ liệu có lược đồ của một phiên bản khác.",
    ),
    "HEALTH-REPLICA-AWAY": (
        "Replica {replica} is away: {reason}",
        "Bản sao {replica} vắng mặt: {reason}",
    ),
    "HEALTH-TOO-FEW-REPLICAS": (
        "{count} replicas are here, but policy wants {wanted} copies: transfers are stored, but not yet preserved.",
        "Hiện có {count} bản sao, trong khi chính sách yêu cầu {wanted} bản lưu: hồ sơ được lưu nhưng chưa được coi là bảo quản.",
    ),
    "HEALTH-NO-WORKER": (
        "No worker serves the queue {queue}: its jobs wait.",
        "Không có tiến trình nào phục vụ hàng đợi {queue}: công việc trong đó phải chờ.",
    ),
    "HEALTH-NO-SCHEDULER": (
        "No scheduler is running: what is due is not started.",
        "Không có bộ lập lịch nào đang chạy: công việc đến hạn không được khởi động.",
    ),
    "HEALTH-LEDGER-BEHIND": (
        "{count} events wait for their place in the ledger, the oldest since {since}.",
        "{count} sự kiện chờ được ghi vào nhật ký, cũ nhất từ {since}.",
    ),
    "HEALTH-DISK-NEARLY-FULL": (
        "{place} is nearly full: {free} of {total} are free.",
        "{place} gần đầy: còn trống {free} trong tổng số {total}.",
    ),
}
