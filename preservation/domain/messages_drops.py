"""Sentences for what lies in a watched place and is not taken: code -> (English, Vietnamese), filled from Finding.values."""

from collections.abc import Mapping
from typing import Final

MESSAGES: Final[Mapping[str, tuple[str, str]]] = {
    "DROP-NOT-A-PACKAGE": (
        "This is neither a file nor a folder, and is left alone.",
        "Đây không phải là tệp hay thư mục nên được để nguyên.",
    ),
    "DROP-NOT-PERMITTED": (
        "The archive's user may not read this, or not move or remove it. It is taken once that is allowed.",
        "Tài khoản của lưu trữ không có quyền đọc, di chuyển hoặc xóa mục này. Gói tin sẽ được nhận khi được cấp quyền.",
    ),
    "DROP-NO-MARKER": (
        "Nothing says that this is whole. Put an empty file “{marker}” beside it once everything is there.",
        "Chưa có gì xác nhận gói tin này đã đủ. Hãy đặt một tệp rỗng “{marker}” bên cạnh khi đã chép xong.",
    ),
    "DROP-BAG-INCOMPLETE": (
        "The bag is not whole yet: its manifests name this file, which is not there.",
        "Túi BagIt chưa đủ: bản kê có tên tệp này nhưng tệp chưa có.",
    ),
    "DROP-BAG-UNREADABLE": (
        "The bag does not say what belongs to it. Put an empty file “{marker}” beside it to hand it over as it is.",
        "Túi BagIt không nêu rõ những gì thuộc về nó. Hãy đặt một tệp rỗng “{marker}” bên cạnh để nộp nguyên trạng.",
    ),
    "DROP-DIGEST-DIFFERS": (
        "The file differs from “{mark}”: the {algorithm} of what is here is {found}.",
        "Tệp không khớp với “{mark}”: giá trị {algorithm} của tệp hiện có là {found}.",
    ),
    "DROP-DIGEST-UNREADABLE": (
        "“{mark}” does not hold the {algorithm} of this file in the form that sha256sum and its like write.",
        "“{mark}” không chứa giá trị {algorithm} của tệp này theo dạng mà sha256sum và các công cụ tương tự ghi ra.",
    ),
    "DROP-TOO-LARGE": (
        "The package is larger than may be handed over here, and is left where it is.",
        "Gói tin vượt quá dung lượng được phép nộp tại đây nên được để nguyên tại chỗ.",
    ),
    "DROP-TOO-MANY-FILES": (
        "The package has more files than may be handed over here, and is left where it is.",
        "Gói tin có nhiều tệp hơn mức được phép nộp tại đây nên được để nguyên tại chỗ.",
    ),
    "DROP-TOO-DEEP": (
        "The package has folders that are too deep, or names that are too long, and is left where it is.",
        "Gói tin có thư mục quá sâu hoặc tên quá dài nên được để nguyên tại chỗ.",
    ),
    "DROP-UNSAFE-NAME": (
        "This name cannot be kept as a file within a package, so the package is left where it is.",
        "Tên này không thể dùng làm tên tệp trong gói tin nên gói tin được để nguyên tại chỗ.",
    ),
}
