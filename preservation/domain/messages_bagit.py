"""What is said of bags: code to (English, Vietnamese)."""

from collections.abc import Mapping
from typing import Final

MESSAGES: Final[Mapping[str, tuple[str, str]]] = {
    "BAG-ALGORITHM-UNSUPPORTED": (
        "The manifest uses the digest algorithm “{algorithm}”, which cannot be verified here.",
        "Bản kê dùng thuật toán băm “{algorithm}”, hệ thống không kiểm tra được.",
    ),
    "BAG-DECLARATION-BOM": (
        "The bag declaration begins with a byte order mark, which it must not.",
        "Tệp khai báo túi bắt đầu bằng dấu thứ tự byte (BOM), điều này không được phép.",
    ),
    "BAG-DECLARATION-MALFORMED": (
        "The bag declaration is not two lines with a version number and an encoding.",
        "Tệp khai báo túi không gồm đúng hai dòng: số phiên bản và bảng mã.",
    ),
    "BAG-DECLARATION-MISSING": (
        "This looks like a bag, but its declaration bagit.txt is missing.",
        "Gói tin giống một túi BagIt nhưng thiếu tệp khai báo bagit.txt.",
    ),
    "BAG-DECLARATION-WHITESPACE": (
        "The bag declaration has white space or lines where the specification has none.",
        "Tệp khai báo túi có khoảng trắng hoặc dòng thừa so với đặc tả.",
    ),
    "BAG-DIGEST-LENGTH": (
        "Line {line} of the manifest has a digest that is not as long as {algorithm} makes it.",
        "Dòng {line} của bản kê có mã băm không đúng độ dài của {algorithm}.",
    ),
    "BAG-DIGEST-MISMATCH": (
        "The file is not the one that the bag promises: its {algorithm} is {found}, not {expected}.",
        "Tệp không khớp với bản kê của túi: mã băm {algorithm} là {found}, không phải {expected}.",
    ),
    "BAG-ENCODING-UNKNOWN": (
        "The bag declares the character encoding “{encoding}”, which is not known here.",
        "Túi khai báo bảng mã ký tự “{encoding}” mà hệ thống không biết.",
    ),
    "BAG-FETCH-LENGTH": (
        "fetch.txt gives the file {expected} octets; it has {found}.",
        "fetch.txt ghi tệp có {expected} byte, thực tế là {found} byte.",
    ),
    "BAG-FETCH-MALFORMED": (
        "Line {line} of fetch.txt is not an address, a length and a path.",
        "Dòng {line} của fetch.txt không gồm địa chỉ, độ dài và đường dẫn.",
    ),
    "BAG-FETCH-MISSING": (
        "The file is only listed in fetch.txt and is not in the bag; nothing is fetched from elsewhere.",
        "Tệp chỉ được liệt kê trong fetch.txt, không có trong túi; hệ thống không tải gì từ nơi khác.",
    ),
    "BAG-FETCH-NOT-PAYLOAD": (
        "Line {line} of fetch.txt names “{written}”, which is outside the payload.",
        "Dòng {line} của fetch.txt nêu “{written}”, nằm ngoài phần nội dung (data/).",
    ),
    "BAG-FETCH-URL": (
        "Line {line} of fetch.txt does not begin with an http or https address.",
        "Dòng {line} của fetch.txt không bắt đầu bằng địa chỉ http hoặc https.",
    ),
    "BAG-INFO-BLANK-LINE": (
        "Line {line} of the bag's metadata is blank.",
        "Dòng {line} trong tệp dữ liệu đặc tả của túi để trống.",
    ),
    "BAG-INFO-LABEL-SPACE": (
        "Line {line} of the bag's metadata has white space around its label.",
        "Dòng {line} trong tệp dữ liệu đặc tả của túi có khoảng trắng quanh nhãn.",
    ),
    "BAG-INFO-MALFORMED": (
        "Line {line} of the bag's metadata is neither a label with a value nor the continuation of one.",
        "Dòng {line} trong tệp dữ liệu đặc tả của túi không phải là nhãn kèm giá trị, cũng không phải dòng nối tiếp.",
    ),
    "BAG-INFO-NO-SPACE": (
        "Line {line} of the bag's metadata has no white space after the colon.",
        "Dòng {line} trong tệp dữ liệu đặc tả của túi thiếu khoảng trắng sau dấu hai chấm.",
    ),
    "BAG-INFO-REPEATED": (
        "The bag's metadata gives “{label}” more than once.",
        "Tệp dữ liệu đặc tả của túi ghi “{label}” nhiều lần.",
    ),
    "BAG-LAYOUT-WITHDRAWN": (
        "This is laid out as a draft of BagIt 2.0 that was withdrawn; it is not a bag by RFC 8493.",
        "Gói tin theo bố cục của bản nháp BagIt 2.0 đã bị rút lại; không phải túi theo RFC 8493.",
    ),
    "BAG-LINE-TOO-LONG": (
        "Line {line} is longer than any line of a tag file can be.",
        "Dòng {line} dài hơn mức một dòng của tệp thẻ có thể có.",
    ),
    "BAG-LISTED-TWICE": (
        "{manifest} lists the file more than once.",
        "{manifest} liệt kê tệp này nhiều lần.",
    ),
    "BAG-LISTED-TWICE-DIFFERENTLY": (
        "{manifest} lists the file more than once, with different digests.",
        "{manifest} liệt kê tệp này nhiều lần với các mã băm khác nhau.",
    ),
    "BAG-MANIFEST-BLANK-LINE": (
        "Line {line} of the manifest is blank.",
        "Dòng {line} của bản kê để trống.",
    ),
    "BAG-MANIFEST-MALFORMED": (
        "Line {line} of the manifest is not a digest and a path.",
        "Dòng {line} của bản kê không gồm mã băm và đường dẫn.",
    ),
    "BAG-MANIFEST-NAME": (
        "The manifest's file name does not write “{algorithm}” in the normal way.",
        "Tên tệp của bản kê không viết “{algorithm}” theo dạng chuẩn.",
    ),
    "BAG-MANIFEST-TWICE": (
        "There is more than one manifest of this kind for {algorithm}.",
        "Có nhiều hơn một bản kê cùng loại cho {algorithm}.",
    ),
    "BAG-MD5SUM-MARK": (
        "Line {line} has a “*” before the path, as md5sum writes it; BagIt has none.",
        "Dòng {line} có dấu “*” trước đường dẫn theo kiểu md5sum; BagIt không dùng dấu này.",
    ),
    "BAG-NAME-NORMALIZATION": (
        "Line {line} of {manifest} writes this name in another Unicode normal form.",
        "Dòng {line} của {manifest} viết tên này theo một dạng chuẩn hóa Unicode khác.",
    ),
    "BAG-NONE": (
        "This is no bag: it has no bag declaration (bagit.txt).",
        "Đây không phải là gói BagIt: không có tệp khai báo bagit.txt.",
    ),
    "BAG-NO-MANIFEST": (
        "The bag has no payload manifest.",
        "Túi không có bản kê nội dung.",
    ),
    "BAG-NO-PAYLOAD-FOLDER": (
        "The bag has no payload folder data/.",
        "Túi không có thư mục nội dung data/.",
    ),
    "BAG-NOT-IN-EVERY-MANIFEST": (
        "The file is not listed in every payload manifest: {algorithms} lacks it.",
        "Tệp không có trong mọi bản kê nội dung: thiếu ở {algorithms}.",
    ),
    "BAG-NOT-PAYLOAD": (
        "Line {line} of the payload manifest names “{written}”, which is outside the payload.",
        "Dòng {line} của bản kê nội dung nêu “{written}”, nằm ngoài phần nội dung (data/).",
    ),
    "BAG-OXUM-MALFORMED": (
        "Payload-Oxum is “{value}”, not two numbers with a full stop between them.",
        "Payload-Oxum là “{value}”, không phải hai số cách nhau bằng dấu chấm.",
    ),
    "BAG-OXUM-MISMATCH": (
        "Payload-Oxum promises {expected} (octets.files); the payload has {found}.",
        "Payload-Oxum ghi {expected} (số byte.số tệp); nội dung thực tế là {found}.",
    ),
    "BAG-PATH-ABSOLUTE": (
        "Line {line} names “{written}”, a path that begins at the root of a disk or a network.",
        "Dòng {line} nêu “{written}”, là đường dẫn tuyệt đối trên đĩa hoặc trên mạng.",
    ),
    "BAG-PATH-DOTTED": (
        "Line {line} begins the path “{written}” with “./”, which is not needed.",
        "Dòng {line} bắt đầu đường dẫn “{written}” bằng “./” là không cần thiết.",
    ),
    "BAG-PATH-EMPTY": (
        "Line {line} names no file.",
        "Dòng {line} không nêu tên tệp.",
    ),
    "BAG-PATH-HOME": (
        "Line {line} names “{written}”, which a shell would take for somebody's home folder.",
        "Dòng {line} nêu “{written}”, có thể bị hiểu là thư mục riêng của người dùng.",
    ),
    "BAG-PATH-NUL": (
        "Line {line} names a path with a NUL character.",
        "Dòng {line} nêu đường dẫn có ký tự NUL.",
    ),
    "BAG-PATH-PERCENT": (
        "Line {line} has a “%” in “{written}” that does not encode LF, CR or “%” (as BagIt 1.0 demands).",
        "Dòng {line} có dấu “%” trong “{written}” không mã hóa LF, CR hay “%” (theo yêu cầu của BagIt 1.0).",
    ),
    "BAG-PATH-TRAVERSAL": (
        "Line {line} names “{written}”, a path that leads out of the bag.",
        "Dòng {line} nêu “{written}”, là đường dẫn đi ra ngoài túi.",
    ),
    "BAG-PATH-URL": (
        "Line {line} names “{written}”, an address instead of a path.",
        "Dòng {line} nêu “{written}”, là một địa chỉ chứ không phải đường dẫn.",
    ),
    "BAG-PAYLOAD-MISSING": (
        "{manifest} lists the file, but it is not in the bag.",
        "{manifest} có liệt kê tệp này nhưng tệp không có trong túi.",
    ),
    "BAG-SYSTEM-FILE-MISSING": (
        "{manifest} lists this empty file of a desktop system; it is not in the bag, and nothing is lost with it.",
        "{manifest} liệt kê tệp rỗng do hệ điều hành tạo ra; tệp không có trong túi nhưng không mất nội dung nào.",
    ),
    "BAG-TAG-BOM": (
        "The tag file begins with a byte order mark.",
        "Tệp thẻ bắt đầu bằng dấu thứ tự byte (BOM).",
    ),
    "BAG-TAG-ENCODING": (
        "From about line {line} on, the tag file is not in the declared encoding, {encoding}.",
        "Từ khoảng dòng {line}, tệp thẻ không theo bảng mã đã khai báo ({encoding}).",
    ),
    "BAG-TAG-FILE-MISSING": (
        "{manifest} lists the tag file, but it is not in the bag.",
        "{manifest} có liệt kê tệp thẻ này nhưng tệp không có trong túi.",
    ),
    "BAG-TAG-FILE-TOO-LARGE": (
        "The tag file has more than {limit} bytes and was not read.",
        "Tệp thẻ lớn hơn {limit} byte nên không được đọc.",
    ),
    "BAG-TAG-MANIFEST-INCOMPLETE": (
        "The tag manifest does not list the payload manifest {manifest}.",
        "Bản kê tệp thẻ không liệt kê bản kê nội dung {manifest}.",
    ),
    "BAG-TAG-MANIFEST-LISTS-ITSELF": (
        "Line {line} of the tag manifest lists a tag manifest, “{written}”.",
        "Dòng {line} của bản kê tệp thẻ liệt kê một bản kê tệp thẻ, “{written}”.",
    ),
    "BAG-TAG-MANIFEST-LISTS-PAYLOAD": (
        "Line {line} of the tag manifest lists a payload file, “{written}”.",
        "Dòng {line} của bản kê tệp thẻ liệt kê một tệp nội dung, “{written}”.",
    ),
    "BAG-TAG-MANIFESTS-DIFFER": (
        "The tag manifests do not list the same files: {algorithms} lacks this one.",
        "Các bản kê tệp thẻ không liệt kê cùng các tệp: {algorithms} thiếu tệp này.",
    ),
    "BAG-UNLISTED": (
        "The file is in the payload, but no manifest lists it.",
        "Tệp nằm trong phần nội dung nhưng không có trong bản kê nào.",
    ),
    "BAG-VERSION-UNKNOWN": (
        "The bag declares BagIt version {version}; known are 0.93 to 0.97 and 1.0.",
        "Túi khai báo phiên bản BagIt {version}; hệ thống biết các phiên bản 0.93 đến 0.97 và 1.0.",
    ),
}
