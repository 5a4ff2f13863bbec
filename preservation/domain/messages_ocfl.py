"""What the codes of OCFL mean, in English and Vietnamese. `{value}` is what was found.

This module is long because it is a table with a row for each code.
"""

from collections.abc import Mapping
from typing import Final

MESSAGES: Final[Mapping[str, tuple[str, str]]] = {
    "E001": (
        "The object root holds “{value}”, which does not belong there.",
        "Thư mục gốc của đối tượng chứa “{value}”, vốn không được phép ở đó.",
    ),
    "E002": (
        "The version declaration “{value}” is not written as NAMASTE asks.",
        "Tệp khai báo phiên bản “{value}” không đúng quy tắc NAMASTE.",
    ),
    "E003": (
        "The object root must hold exactly one version declaration. Found: {value}",
        "Thư mục gốc của đối tượng phải có đúng một tệp khai báo phiên bản. Tìm thấy: {value}",
    ),
    "E004": (
        "The name of the version declaration “{value}” is not of the form T=dvalue.",
        "Tên tệp khai báo phiên bản “{value}” không có dạng T=dvalue.",
    ),
    "E005": (
        "The name of the version declaration “{value}” does not begin with 0=.",
        "Tên tệp khai báo phiên bản “{value}” không bắt đầu bằng 0=.",
    ),
    "E006": (
        "The version declaration “{value}” names no known version of OCFL.",
        "Tệp khai báo “{value}” không nêu phiên bản OCFL nào đã biết.",
    ),
    "E007": (
        "The text in the version declaration “{value}” is not the one that its name asks for.",
        "Nội dung tệp khai báo “{value}” không khớp với tên của nó.",
    ),
    "E008": ("The object has no version.", "Đối tượng không có phiên bản nào."),
    "E009": (
        "The versions begin with {value} instead of version 1.",
        "Các phiên bản bắt đầu từ {value} thay vì phiên bản 1.",
    ),
    "E010": ("Version {value} is missing from the sequence.", "Dãy phiên bản thiếu {value}."),
    "E011": (
        "“{value}” is not a name for a version folder.",
        "“{value}” không phải là tên hợp lệ của thư mục phiên bản.",
    ),
    "E012": (
        "The version name “{value}” follows another convention than the first one.",
        "Tên phiên bản “{value}” không theo cùng quy ước với phiên bản đầu tiên.",
    ),
    "E013": (
        "The version “{value}” breaks the naming convention of the earlier versions.",
        "Phiên bản “{value}” không theo quy ước đặt tên của các phiên bản trước.",
    ),
    "E014": (
        "The path “{value}” does not use the real name of its version folder.",
        "Đường dẫn “{value}” không dùng đúng tên thật của thư mục phiên bản.",
    ),
    "E015": (
        "The version folder holds the file “{value}” beside its inventory.",
        "Thư mục phiên bản chứa tệp “{value}” ngoài tệp kiểm kê.",
    ),
    "E016": (
        "The version has files, but its content folder “{value}” is missing.",
        "Phiên bản có tệp nhưng thiếu thư mục nội dung “{value}”.",
    ),
    "E017": (
        "The name of the content folder, “{value}”, must not contain a slash.",
        "Tên thư mục nội dung “{value}” không được chứa dấu gạch chéo.",
    ),
    "E018": (
        "The content folder must not be called “{value}”.",
        "Thư mục nội dung không được mang tên “{value}”.",
    ),
    "E019": (
        "The content folder’s name “{value}” was not set in the first version.",
        "Tên thư mục nội dung “{value}” không được đặt từ phiên bản đầu tiên.",
    ),
    "E020": (
        "The content folder’s name changes between versions; an earlier one says “{value}”.",
        "Tên thư mục nội dung thay đổi giữa các phiên bản; phiên bản trước ghi “{value}”.",
    ),
    "E021": (
        "The content folder must be called “content” where the inventory gives no other name.",
        "Thư mục nội dung phải mang tên “content” khi tệp kiểm kê không nêu tên khác.",
    ),
    "E022": (
        "Folders beside the content folder must be ignored.",
        "Phải bỏ qua các thư mục khác ngoài thư mục nội dung.",
    ),
    "E023": (
        "This content file is not listed in the inventory {value}.",
        "Tệp nội dung này không có trong tệp kiểm kê {value}.",
    ),
    "E024": (
        "There is an empty folder in the content of a version.",
        "Trong nội dung của một phiên bản có thư mục rỗng.",
    ),
    "E025": (
        "“{value}” is not sha512 or sha256, or not a digest of that algorithm.",
        "“{value}” không phải là sha512 hay sha256, hoặc không phải giá trị băm của thuật toán đó.",
    ),
    "E026": (
        "The fixity algorithm “{value}” is not among those that OCFL names.",
        "Thuật toán “{value}” không nằm trong danh sách của OCFL.",
    ),
    "E027": (
        "The fixity algorithm “{value}” must be supported.",
        "Thuật toán “{value}” phải được hỗ trợ.",
    ),
    "E028": (
        "The optional fixity algorithm “{value}” must be ignored where it is not supported.",
        "Thuật toán tùy chọn “{value}” phải được bỏ qua nếu không được hỗ trợ.",
    ),
    "E029": ("The SHA-1 value “{value}” is not hexadecimal.", "Giá trị SHA-1 “{value}” không phải dạng thập lục phân."),
    "E030": (
        "The SHA-256 value “{value}” is not hexadecimal.",
        "Giá trị SHA-256 “{value}” không phải dạng thập lục phân.",
    ),
    "E031": (
        "The SHA-512 value “{value}” is not hexadecimal.",
        "Giá trị SHA-512 “{value}” không phải dạng thập lục phân.",
    ),
    "E032": (
        "The BLAKE2b value “{value}” is not hexadecimal.",
        "Giá trị BLAKE2b “{value}” không phải dạng thập lục phân.",
    ),
    "E033": (
        "The inventory is not the JSON that OCFL describes: {value}",
        "Tệp kiểm kê không phải là JSON như OCFL quy định: {value}",
    ),
    "E034": (
        "The inventory must be called inventory.json, not “{value}”.",
        "Tệp kiểm kê phải mang tên inventory.json, không phải “{value}”.",
    ),
    "E035": (
        "The content path “{value}” does not separate its parts by forward slashes.",
        "Đường dẫn nội dung “{value}” không dùng dấu gạch chéo xuôi để phân tách.",
    ),
    "E036": ("The inventory lacks “{value}”.", "Tệp kiểm kê thiếu “{value}”."),
    "E037": (
        "The identifier “{value}” is not usable, not unique, or not that of the object.",
        "Mã định danh “{value}” không dùng được, bị trùng, hoặc không phải của đối tượng này.",
    ),
    "E038": (
        "The inventory’s type “{value}” does not name the version of OCFL that the object declares.",
        "Kiểu “{value}” của tệp kiểm kê không nêu đúng phiên bản OCFL mà đối tượng khai báo.",
    ),
    "E039": (
        "The digests are not of the algorithm “{value}” that the inventory names.",
        "Các giá trị băm không thuộc thuật toán “{value}” mà tệp kiểm kê nêu.",
    ),
    "E040": (
        "The head “{value}” is not the newest version.",
        "Giá trị head “{value}” không phải là phiên bản mới nhất.",
    ),
    "E041": (
        "The inventory has no proper manifest: {value}",
        "Tệp kiểm kê không có khối manifest hợp lệ: {value}",
    ),
    "E042": (
        "The content path “{value}” does not lie in the content folder of a version.",
        "Đường dẫn “{value}” không nằm trong thư mục nội dung của một phiên bản.",
    ),
    "E043": ("The inventory has no versions block.", "Tệp kiểm kê không có khối versions."),
    "E044": (
        "The versions block is not a JSON object but {value}.",
        "Khối versions không phải là đối tượng JSON mà là {value}.",
    ),
    "E045": (
        "The versions block is not a JSON object but {value}.",
        "Khối versions không phải là đối tượng JSON mà là {value}.",
    ),
    "E046": (
        "Version {value} is in the inventory or on the disk, but not in both.",
        "Phiên bản {value} chỉ có trong tệp kiểm kê hoặc chỉ có trên đĩa.",
    ),
    "E047": (
        "The block of version {value} is not a JSON object.",
        "Khối của phiên bản {value} không phải đối tượng JSON.",
    ),
    "E048": ("A version block lacks a member ({value}).", "Khối phiên bản thiếu một thành phần ({value})."),
    "E049": (
        "The time of a version is not written as RFC 3339 asks ({value}).",
        "Thời điểm của phiên bản không đúng định dạng RFC 3339 ({value}).",
    ),
    "E050": (
        "A digest in a version’s state is not in the manifest to the letter, or has no list of paths ({value}).",
        "Một giá trị băm trong state không khớp từng chữ với manifest, hoặc không có danh sách đường dẫn ({value}).",
    ),
    "E051": ("A logical path is not a text ({value}).", "Một đường dẫn logic không phải là văn bản ({value})."),
    "E052": (
        "A logical path has an element that is empty, “.” or “..” ({value}).",
        "Một đường dẫn logic có phần tử rỗng, “.” hoặc “..” ({value}).",
    ),
    "E053": (
        "A logical path begins or ends with a slash ({value}).",
        "Một đường dẫn logic bắt đầu hoặc kết thúc bằng dấu gạch chéo ({value}).",
    ),
    "E054": (
        "The user of version {value} has no proper name or address.",
        "Người dùng của phiên bản {value} không có tên hoặc địa chỉ hợp lệ.",
    ),
    "E055": ("The fixity block must be called fixity.", "Khối kiểm tra toàn vẹn phải mang tên fixity."),
    "E056": (
        "The fixity block names the algorithm “{value}”, which OCFL does not know.",
        "Khối fixity nêu thuật toán “{value}” mà OCFL không biết.",
    ),
    "E057": (
        "The fixity block is not built like a manifest, or names no file of the manifest ({value}).",
        "Khối fixity không có cấu trúc như manifest, hoặc nêu tệp không có trong manifest ({value}).",
    ),
    "E058": (
        "The inventory has no sidecar “{value}” with its digest.",
        "Tệp kiểm kê không có tệp kèm “{value}” ghi giá trị băm.",
    ),
    "E059": (
        "The sidecar “{value}” is of another algorithm than the inventory’s.",
        "Tệp kèm “{value}” dùng thuật toán khác với tệp kiểm kê.",
    ),
    "E060": (
        "The inventory does not have the digest that its sidecar gives ({value}).",
        "Tệp kiểm kê không có giá trị băm như tệp kèm ghi ({value}).",
    ),
    "E061": (
        "The sidecar does not read “DIGEST inventory.json”.",
        "Tệp kèm không có dạng “GIÁ-TRỊ-BĂM inventory.json”.",
    ),
    "E062": (
        "The sidecar must be written after the inventory.",
        "Tệp kèm phải được ghi sau tệp kiểm kê.",
    ),
    "E063": ("The object root has no inventory.", "Thư mục gốc của đối tượng không có tệp kiểm kê."),
    "E064": (
        "The inventory of the newest version {value} differs from that of the object root.",
        "Tệp kiểm kê của phiên bản mới nhất {value} khác với tệp ở thư mục gốc của đối tượng.",
    ),
    "E066": (
        "The inventories disagree about what an earlier version held ({value}).",
        "Các tệp kiểm kê không thống nhất về nội dung của phiên bản trước ({value}).",
    ),
    "E067": (
        "The extensions folder holds “{value}”, which is not a folder of an extension.",
        "Thư mục extensions chứa “{value}”, không phải là thư mục của phần mở rộng.",
    ),
    "E069": (
        "The storage root has no declaration of its version.",
        "Kho lưu trữ không có tệp khai báo phiên bản.",
    ),
    "E070": (
        "ocfl_layout.json is not a JSON object with an extension and a description ({value}).",
        "Tệp ocfl_layout.json không phải đối tượng JSON có extension và description ({value}).",
    ),
    "E071": (
        "ocfl_layout.json names “{value}”, which is not a registered layout.",
        "Tệp ocfl_layout.json nêu “{value}”, không phải là cách bố trí đã đăng ký.",
    ),
    "E072": (
        "The file “{value}” lies in the storage hierarchy outside every object.",
        "Tệp “{value}” nằm trong cây lưu trữ nhưng ngoài mọi đối tượng.",
    ),
    "E073": ("There is an empty folder below the storage root.", "Có thư mục rỗng trong kho lưu trữ."),
    "E074": ("Each storage root must stand alone.", "Mỗi kho lưu trữ phải độc lập."),
    "E075": (
        "The storage root’s declaration “{value}” is not written as NAMASTE asks.",
        "Tệp khai báo “{value}” của kho lưu trữ không đúng quy tắc NAMASTE.",
    ),
    "E076": (
        "The storage root must hold exactly one version declaration. Found: {value}",
        "Kho lưu trữ phải có đúng một tệp khai báo phiên bản. Tìm thấy: {value}",
    ),
    "E077": (
        "The name of the storage root’s declaration “{value}” is not of the form T=dvalue.",
        "Tên tệp khai báo “{value}” của kho lưu trữ không có dạng T=dvalue.",
    ),
    "E078": (
        "The name of the storage root’s declaration “{value}” does not begin with 0=.",
        "Tên tệp khai báo “{value}” của kho lưu trữ không bắt đầu bằng 0=.",
    ),
    "E079": (
        "The storage root’s declaration “{value}” names no known version of OCFL.",
        "Tệp khai báo “{value}” của kho lưu trữ không nêu phiên bản OCFL nào đã biết.",
    ),
    "E080": (
        "The text in the storage root’s declaration “{value}” is not the one that its name asks for.",
        "Nội dung tệp khai báo “{value}” của kho lưu trữ không khớp với tên của nó.",
    ),
    "E081": (
        "The object follows OCFL {value}, which is later than the storage root’s version.",
        "Đối tượng theo OCFL {value}, mới hơn phiên bản của kho lưu trữ.",
    ),
    "E082": (
        "The object does not lie at the end of the storage hierarchy.",
        "Đối tượng không nằm ở cuối cây lưu trữ.",
    ),
    "E083": (
        "The place of the object does not follow from its identifier “{value}”.",
        "Vị trí của đối tượng không suy ra được từ mã định danh “{value}”.",
    ),
    "E084": (
        "A folder of the storage hierarchy holds the file “{value}”.",
        "Một thư mục của cây lưu trữ chứa tệp “{value}”.",
    ),
    "E085": (
        "A branch of the storage hierarchy does not end in an object.",
        "Một nhánh của cây lưu trữ không kết thúc bằng một đối tượng.",
    ),
    "E087": ("Unknown files in the storage root are ignored.", "Các tệp lạ ở gốc kho lưu trữ được bỏ qua."),
    "E088": (
        "The storage root holds the folder “{value}”, which is no part of its hierarchy.",
        "Kho lưu trữ chứa thư mục “{value}” không thuộc cây lưu trữ.",
    ),
    "E089": (
        "This is neither a file nor a folder; OCFL can keep it only inside an image file.",
        "Đây không phải tệp hay thư mục; OCFL chỉ giữ được nó bên trong một tệp ảnh đĩa.",
    ),
    "E090": ("This is a link; OCFL does not allow links.", "Đây là liên kết; OCFL không cho phép liên kết."),
    "E091": (
        "The file system does not keep upper and lower case apart.",
        "Hệ thống tệp không phân biệt chữ hoa và chữ thường.",
    ),
    "E092": (
        "A file of the manifest is missing, does not have its digest, or is not listed properly ({value}).",
        "Một tệp trong manifest bị thiếu, sai giá trị băm, hoặc không được liệt kê đúng cách ({value}).",
    ),
    "E093": (
        "The file does not have the value that the fixity block gives ({value}).",
        "Tệp không có giá trị như khối fixity ghi ({value}).",
    ),
    "E094": (
        "The message of version {value} is not a text.",
        "Thông điệp của phiên bản {value} không phải là văn bản.",
    ),
    "E095": (
        "A logical path stands twice, or is a file and a folder ({value}).",
        "Một đường dẫn logic bị lặp, hoặc vừa là tệp vừa là thư mục ({value}).",
    ),
    "E096": (
        "The digest “{value}” stands twice in the manifest.",
        "Giá trị băm “{value}” xuất hiện hai lần trong manifest.",
    ),
    "E097": (
        "A value stands twice in the fixity block ({value}).",
        "Một giá trị xuất hiện hai lần trong khối fixity ({value}).",
    ),
    "E098": (
        "The content path “{value}” is not a sequence of elements.",
        "Đường dẫn nội dung “{value}” không phải là dãy phần tử.",
    ),
    "E099": (
        "The content path “{value}” has an element that is empty, “.” or “..”.",
        "Đường dẫn nội dung “{value}” có phần tử rỗng, “.” hoặc “..”.",
    ),
    "E100": (
        "The content path “{value}” begins or ends with a slash.",
        "Đường dẫn nội dung “{value}” bắt đầu hoặc kết thúc bằng dấu gạch chéo.",
    ),
    "E101": (
        "The content path “{value}” stands twice, or is a file and a folder.",
        "Đường dẫn nội dung “{value}” bị lặp, hoặc vừa là tệp vừa là thư mục.",
    ),
    "E102": (
        "The inventory has a member that OCFL does not describe ({value}).",
        "Tệp kiểm kê có thành phần mà OCFL không mô tả ({value}).",
    ),
    "E103": (
        "A version follows an earlier OCFL version ({value}) than the version before it.",
        "Một phiên bản theo OCFL ({value}) cũ hơn phiên bản liền trước.",
    ),
    "E104": (
        "The version name “{value}” is not “v” and a number.",
        "Tên phiên bản “{value}” không phải là “v” kèm một số.",
    ),
    "E105": (
        "The version name “{value}” has no number of the sequence 1, 2, 3.",
        "Tên phiên bản “{value}” không có số thuộc dãy 1, 2, 3.",
    ),
    "E106": (
        "The manifest is not a JSON object but {value}.",
        "Khối manifest không phải là đối tượng JSON mà là {value}.",
    ),
    "E107": (
        "The manifest lists “{value}”, which no version uses.",
        "Manifest liệt kê “{value}” nhưng không phiên bản nào dùng đến.",
    ),
    "E108": (
        "“{value}” cannot be a folder directly below a version folder.",
        "“{value}” không thể là thư mục nằm trực tiếp trong thư mục phiên bản.",
    ),
    "E110": (
        "An earlier inventory gives the object another identifier: “{value}”.",
        "Tệp kiểm kê trước ghi mã định danh khác: “{value}”.",
    ),
    "E111": (
        "The fixity block is not a JSON object but {value}.",
        "Khối fixity không phải là đối tượng JSON mà là {value}.",
    ),
    "E112": (
        "The storage root’s extensions folder holds “{value}”, which is not a folder of an extension.",
        "Thư mục extensions của kho lưu trữ chứa “{value}”, không phải là thư mục của phần mở rộng.",
    ),
    "W001": (
        "The version names have zeros in front (“{value}”).",
        "Tên phiên bản có số không đứng đầu (“{value}”).",
    ),
    "W002": (
        "The version folder holds the folder “{value}” beside its content folder.",
        "Thư mục phiên bản chứa thư mục “{value}” ngoài thư mục nội dung.",
    ),
    "W003": (
        "There is a content folder although the version has no files of its own.",
        "Có thư mục nội dung dù phiên bản không có tệp riêng.",
    ),
    "W004": ("The object uses {value} instead of sha512.", "Đối tượng dùng {value} thay vì sha512."),
    "W005": ("The identifier “{value}” is not a URI.", "Mã định danh “{value}” không phải là URI."),
    "W007": (
        "A version block has no message or no user ({value}).",
        "Khối phiên bản thiếu thông điệp hoặc người dùng ({value}).",
    ),
    "W008": ("The user of version {value} has no address.", "Người dùng của phiên bản {value} không có địa chỉ."),
    "W009": ("The address of a user is not a URI ({value}).", "Địa chỉ của người dùng không phải là URI ({value})."),
    "W010": (
        "The version folder {value} has no inventory of its own.",
        "Thư mục phiên bản {value} không có tệp kiểm kê riêng.",
    ),
    "W011": (
        "The inventories disagree about time, message or user of a version ({value}).",
        "Các tệp kiểm kê không thống nhất về thời điểm, thông điệp hoặc người dùng của phiên bản ({value}).",
    ),
    "W012": (
        "The logs folder holds something else than logs ({value}).",
        "Thư mục logs chứa thứ không phải nhật ký ({value}).",
    ),
    "W013": (
        "The object uses the extension “{value}”, which is not registered.",
        "Đối tượng dùng phần mở rộng “{value}” chưa được đăng ký.",
    ),
    "W014": (
        "The object does not lie where the storage root’s layout puts it: {value}",
        "Đối tượng không nằm ở vị trí mà cách bố trí của kho quy định: {value}",
    ),
    "W015": (
        "Some objects lie directly in the storage root and others in folders below it.",
        "Một số đối tượng nằm ngay ở gốc kho, số khác nằm trong thư mục con.",
    ),
    "W016": (
        "The storage root uses the extension “{value}”, which is not registered.",
        "Kho lưu trữ dùng phần mở rộng “{value}” chưa được đăng ký.",
    ),
    "OCFL-LAYOUT-SETTINGS": (
        "The settings of the storage layout cannot be used ({value}); places were not checked.",
        "Không dùng được thiết lập của cách bố trí kho ({value}); chưa kiểm tra vị trí đối tượng.",
    ),
}
