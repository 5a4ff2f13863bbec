"""What is said of packages of any kind and of the metadata in them: code to (English, Vietnamese)."""

from collections.abc import Mapping
from typing import Final

MESSAGES: Final[Mapping[str, tuple[str, str]]] = {
    "FINDINGS-MORE": (
        "{count} more findings like these ({of}) are not shown.",
        "Còn {count} phát hiện cùng loại ({of}) không hiển thị.",
    ),
    "META-TOO-LARGE": (
        "The metadata document has more than {limit} bytes; it is kept, but not read for search.",
        "Tệp dữ liệu đặc tả lớn hơn {limit} byte; được giữ nguyên nhưng không đọc để tra cứu.",
    ),
    "META-UNREADABLE": (
        "The metadata document cannot be read for search; it is kept as it is ({reason}).",
        "Không đọc được tệp dữ liệu đặc tả để tra cứu; tệp được giữ nguyên ({reason}).",
    ),
    "PKG-BOMB": (
        "The archive grows beyond {limit} times its size when it is unpacked; unpacking was stopped.",
        "Tệp nén phình ra quá {limit} lần khi giải nén; việc giải nén đã dừng lại.",
    ),
    "PKG-CHECKSUM-MISSING": (
        "{file} gives a checksum for this file, but it is not in the package.",
        "{file} có giá trị kiểm tra cho tệp này nhưng tệp không có trong gói tin.",
    ),
    "PKG-CHECKSUM-UNREADABLE": (
        "Line {line} of the checksum file cannot be understood; what follows was not used.",
        "Không hiểu được dòng {line} của tệp giá trị kiểm tra; phần sau không được dùng.",
    ),
    "PKG-CLASHES-WITH-HELD": (
        "What the AIP holds and what is added to it cannot stand together: this would be a file and a folder.",
        "Nội dung bổ sung không thể đứng cùng nội dung đã lưu: đường dẫn này vừa là tệp vừa là thư mục.",
    ),
    "PKG-CORRUPT": (
        "The archive is damaged or cut short (technical detail: {reason}).",
        "Tệp nén bị hỏng hoặc bị cắt cụt (chi tiết kỹ thuật: {reason}).",
    ),
    "PKG-DEVICE": (
        "This is a device, a pipe or a socket, not a file.",
        "Đây là thiết bị, ống dẫn hoặc socket, không phải tệp.",
    ),
    "PKG-DIGEST-MISMATCH": (
        "The file is not the one that the package promises: its {algorithm} is {found}, not {expected}.",
        "Tệp không khớp với giá trị kiểm tra kèm theo: mã băm {algorithm} là {found}, không phải {expected}.",
    ),
    "PKG-DUPLICATE": (
        "The archive holds more than one thing of this name.",
        "Tệp nén chứa nhiều mục cùng tên này.",
    ),
    "PKG-EMPTY-DIRECTORY": (
        "The folder is empty; the AIP keeps its name in a list.",
        "Thư mục rỗng; tên của nó được giữ trong một danh sách của gói AIP.",
    ),
    "PKG-EMPTY": (
        "The package holds no file.",
        "Gói tin không có tệp nào.",
    ),
    "PKG-ENCLOSING-FOLDER": (
        "Everything in the archive lies in one folder, “{path}”, which was taken as the package itself.",
        "Mọi thứ trong tệp nén nằm trong một thư mục “{path}”; thư mục này được coi là chính gói tin.",
    ),
    "PKG-ENCRYPTED": (
        "The file is encrypted within the archive and cannot be read.",
        "Tệp được mã hóa trong tệp nén nên không đọc được.",
    ),
    "PKG-FILE-TOO-LARGE": (
        "The file has more than {limit} bytes.",
        "Tệp lớn hơn {limit} byte.",
    ),
    "PKG-HEADER-TOO-LARGE": (
        "A header of the archive claims {size} bytes; at most {limit} are read.",
        "Một phần đầu mục của tệp nén khai {size} byte; hệ thống chỉ đọc tối đa {limit}.",
    ),
    "PKG-LINK": (
        "This is a link, not a file; links are not followed.",
        "Đây là liên kết, không phải tệp; hệ thống không đi theo liên kết.",
    ),
    "PKG-NAME-CASE": (
        "The name differs from “{other}” in upper and lower case alone; both are kept.",
        "Tên chỉ khác “{other}” ở chữ hoa, chữ thường; cả hai đều được giữ.",
    ),
    "PKG-NAME-CONTROL": (
        "The name has control characters, such as a line break; it is kept as it is.",
        "Tên có ký tự điều khiển, ví dụ xuống dòng; tên được giữ nguyên.",
    ),
    "PKG-NAME-NOT-UTF8": (
        "The name is not valid UTF-8; its bytes are kept in a form that can be turned back.",
        "Tên không phải UTF-8 hợp lệ; các byte của tên được giữ dưới dạng có thể khôi phục.",
    ),
    "PKG-NAME-TOO-LONG": (
        "A part of the path has more than 255 bytes, which no common file system can hold.",
        "Một phần của đường dẫn dài hơn 255 byte, các hệ thống tệp thông dụng không lưu được.",
    ),
    "PKG-NAME-TWINS": (
        "The name looks the same as “{other}” but is written in another Unicode normal form; both are kept.",
        "Tên trông giống “{other}” nhưng viết theo dạng chuẩn hóa Unicode khác; cả hai đều được giữ.",
    ),
    "PKG-NAME-WINDOWS": (
        "Windows cannot hold a file of this name; it is kept as it is.",
        "Windows không lưu được tệp có tên này; tên được giữ nguyên.",
    ),
    "PKG-NOT-AN-ARCHIVE": (
        "The name says that this is a {family} archive, but its bytes do not. Put it in a folder to have it kept as it is.",
        "Tên cho biết đây là tệp nén {family} nhưng nội dung không phải. Hãy đặt vào một thư mục nếu muốn giữ nguyên tệp.",
    ),
    "PKG-OVERLAP": (
        "Members of the archive share the same bytes, as those of a bomb do.",
        "Các mục trong tệp nén dùng chung byte với nhau, như trong “bom” nén.",
    ),
    "PKG-PATH-ABSOLUTE": (
        "The archive names a path that begins at the root of a disk or a network.",
        "Tệp nén nêu đường dẫn tuyệt đối trên đĩa hoặc trên mạng.",
    ),
    "PKG-PATH-EMPTY": (
        "The archive holds a member without a name.",
        "Tệp nén chứa một mục không có tên.",
    ),
    "PKG-PATH-NOT-OCFL": (
        "The path has an empty, “.” or “..” part and cannot be stored.",
        "Đường dẫn có phần rỗng, “.” hoặc “..” nên không lưu được.",
    ),
    "PKG-PATH-NUL": (
        "The archive names a path with a NUL character.",
        "Tệp nén nêu đường dẫn có ký tự NUL.",
    ),
    "PKG-PATH-TOO-LONG": (
        "The path is longer than is taken here.",
        "Đường dẫn dài quá mức cho phép.",
    ),
    "PKG-PATH-TRAVERSAL": (
        "The archive names a path that leads out of it (“..”).",
        "Tệp nén nêu đường dẫn đi ra ngoài nó (“..”).",
    ),
    "PKG-SIZE-MISMATCH": (
        "The archive declares {declared} bytes for the file; it has {found}.",
        "Tệp nén khai tệp có {declared} byte, thực tế là {found}.",
    ),
    "PKG-TAR-NO-END": (
        "The archive lacks the two blank blocks that mark its end.",
        "Tệp nén thiếu hai khối trống đánh dấu phần kết.",
    ),
    "PKG-TOO-DEEP": (
        "The path has more folders within folders than are taken here.",
        "Đường dẫn có số cấp thư mục vượt mức cho phép.",
    ),
    "PKG-TOO-LARGE": (
        "The package has more than {limit} bytes.",
        "Gói tin lớn hơn {limit} byte.",
    ),
    "PKG-TOO-MANY-FILES": (
        "The package holds more files than the {limit} that are taken here.",
        "Gói tin có số tệp vượt mức cho phép là {limit}.",
    ),
    "PKG-TRAILING-BYTES": (
        "Bytes follow the end of the archive; they are not part of the package.",
        "Có dữ liệu sau phần kết của tệp nén; dữ liệu đó không thuộc gói tin.",
    ),
    "PKG-UNSUPPORTED-MEMBER": (
        "The archive holds the file in a way that is not read here ({remark}).",
        "Tệp nén chứa tệp này theo cách hệ thống không đọc được ({remark}).",
    ),
    "PKG-ZIP-NAME-CP437": (
        "The name was not marked as UTF-8 and was read as code page 437; its bytes are {raw}.",
        "Tên không được đánh dấu UTF-8 nên được đọc theo bảng mã 437; các byte gốc là {raw}.",
    ),
    "PKG-ZIP-NAME-FIELD-STALE": (
        "The archive gives a Unicode name that belongs to another name; it was not used.",
        "Tệp nén có tên Unicode không khớp với tên gốc; tên đó không được dùng.",
    ),
    "PKG-ZIP-NAME-UNICODE-FIELD": (
        "The name was taken from the archive's Unicode field; the older name's bytes are {raw}.",
        "Tên được lấy từ trường Unicode của tệp nén; các byte của tên cũ là {raw}.",
    ),
    "PKG-ZIP-NAME-UTF8-UNFLAGGED": (
        "The name is UTF-8 although the archive does not say so.",
        "Tên là UTF-8 dù tệp nén không ghi như vậy.",
    ),
}
