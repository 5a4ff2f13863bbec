"""The text of `README.txt` at the root of every replica, in English and Vietnamese.

It is for somebody who has the disk and nothing of ours: a text editor and coreutils must be enough. OCFL 1.1, section
4, asks for a storage root that explains itself; this goes one level up. The text is the same on all replicas, so that a
damaged one can be told and mended. The commands in it are run by `tests/standards/test_replica_readme.py`.
"""

_ENGLISH = """\
HOW TO READ THIS REPLICA
========================

This folder is one whole copy of a digital archive. No special software is needed to read it: a text editor and the
programs sha256sum and sha512sum, which come with every Linux system, are enough. Do not change anything here; if you must
work with the files, make a copy first.

WHAT LIES WHERE

  README.txt     this text
  replica.json   which repository this belongs to, and which of its replicas it is
  ocfl/          what is preserved: an OCFL 1.1 storage root. One folder with an inventory.json is one AIP (archival
                 information package)
  repository/    the archive's own records, such as collections, agreements and policies: an OCFL storage root as well
  ledger/        the log of everything that was ever done: append-only, signed, in the C2SP tlog-tiles format
  texts/         names and free texts that belong to entries of the ledger, and the salts they were sealed with
  fixity/        results of routine fixity checks, batch by batch
  work/          packages that were being written. What is left here after a crash was never part of the archive
  quarantine/    damaged files that were replaced from another replica; kept as evidence, not as content

OCFL is specified at https://ocfl.io/1.1/spec/. Texts here are UTF-8, lines end with a line feed.

HOW TO FIND AN AIP BY ITS IDENTIFIER

An AIP's identifier looks like urn:uuid:01890a5d-ac96-774b-bcce-b302099a8057. Its folder is found by the SHA-256 digest of
the identifier (OCFL layout 0004-hashed-n-tuple-storage-layout): three folders of three digits each, then the whole digest.

  d=$(printf %s "urn:uuid:01890a5d-ac96-774b-bcce-b302099a8057" | sha256sum | cut -c 1-64)
  echo "ocfl/$(echo $d | cut -c 1-3)/$(echo $d | cut -c 4-6)/$(echo $d | cut -c 7-9)/$d"

If you do not know the identifier, search all inventories for a file name: grep -rl --include=inventory.json "NAME" ocfl

HOW TO READ inventory.json

  "id"           the AIP's identifier
  "head"         the newest version, for example "v2". Earlier versions stay readable for ever
  "manifest"     for each SHA-512 digest the place of the bytes, beginning with the version that brought them: "v1/content/..."
  "versions"     for each version its time and its "state": for each digest the names that the files have in that version

To get a file of the newest version: look up its name in the "state" of "head", take the digest, look the digest up in
"manifest". The file at that place has the wanted bytes, whatever it is called there. Files received are under
representations/rep1/data/; later representations of the same content, for example migrated formats, are under
representations/rep2/data/ and so on. METS.xml and the documents under metadata/ describe them (METS, PREMIS 3). A bag's own
manifests and tag files are under submission/. Folders that came in empty are named in
metadata/preservation/empty-directories.json, if there were any.

A name was not always valid UTF-8 when it came in. Each byte that is not is written as the character U+FFFD and two
hexadecimal digits; a genuine U+FFFD is written as the escapes of its own three bytes EF BF BD.

HOW TO CHECK AN AIP

In the AIP's folder, the one with inventory.json:

  sha512sum -c inventory.json.sha512
  find v*/content -type f -exec sha512sum {} + | sed 's/^\\\\//' | while read -r digest name; do
    grep -qi "\\"$digest\\"" inventory.json || echo "NOT AS RECORDED: $name"; done

The first line says whether the inventory is what was written; the rest prints every file whose bytes are not recorded.
Every place named in "manifest" must exist as well. A file that fails here may be whole on another replica.

HOW TO READ THE LEDGER

The log is a Merkle tree as in RFC 6962 with SHA-256. Formats: https://c2sp.org/tlog-tiles, https://c2sp.org/tlog-checkpoint
and https://c2sp.org/signed-note; programs by other people read and verify it.

  ledger/checkpoint            text: the log's name, the number of entries, the root hash in base64, then, after an empty
                               line, signatures (Ed25519)
  ledger/tile/entries/N        the entries themselves, 256 to a file. Each is two bytes that give its length (the higher one
                               first), then one event as a line of JSON. A text editor shows them well enough
  ledger/tile/L/N              the hashes of the tree, 32 bytes each, 256 to a file, at level L
  ....p/W                      a last file that holds fewer than 256, namely W

N is a number in groups of three digits, all groups but the last with an x before them: 1234067 is x001/x234/067. The
entry of number i is in file i / 256 (rounded down). An event says when, what, by whom, on which AIP or replica, and with
what outcome. Names and free texts are not in it. They lie in texts/N.jsonl, one line of JSON for each entry, and are sealed:
the entry holds a commitment, which is the SHA-256 digest of the 14 letters pres/commit/v1, a zero byte, the 32 bytes of the
salt, and the bytes of what stands in the line after "private": up to the comma before "salt". A text may have been erased
for legal reasons; then its line says so, and the tree remains whole.

HOW TO READ fixity/

One file for each batch of checks, one line for each copy that was checked: AIP, version, replica, time, outcome (intact, damaged,
missing or unreadable), SHA-512 of the inventory.json it was compared with, bytes read. The ledger's entry of type "fixity check"
that names the batch has the SHA-256 digest of the file; a file that no entry names means nothing.
"""

_VIETNAMESE = """\
CÁCH ĐỌC BẢN SAO LƯU TRỮ NÀY
============================

Thư mục này là một bản sao đầy đủ của một kho lưu trữ số. Không cần phần mềm riêng để đọc: chỉ cần một trình soạn thảo văn
bản và hai lệnh sha256sum, sha512sum, vốn có sẵn trên mọi hệ thống Linux. Xin đừng sửa đổi bất cứ thứ gì ở đây; nếu cần
làm việc với các tệp, hãy sao chép chúng ra nơi khác trước.

NỘI DUNG CÁC THƯ MỤC

  README.txt     chính văn bản này
  replica.json   bản sao này thuộc kho nào và là bản sao nào của kho đó
  ocfl/          nội dung được bảo quản, theo chuẩn OCFL 1.1. Mỗi thư mục có tệp inventory.json là một gói tin lưu trữ (AIP)
  repository/    hồ sơ của chính kho lưu trữ: phông, thỏa thuận nộp lưu, chính sách; cũng theo chuẩn OCFL
  ledger/        nhật ký mọi việc đã làm: chỉ ghi thêm, có chữ ký số, theo định dạng C2SP tlog-tiles
  texts/         tên và lời văn thuộc về từng mục nhật ký, cùng với "muối" đã dùng để niêm phong chúng
  fixity/        kết quả các đợt kiểm tra tính toàn vẹn định kỳ
  work/          các gói đang ghi dở. Những gì còn lại ở đây sau sự cố chưa bao giờ thuộc về kho
  quarantine/    tệp hỏng đã được thay bằng bản lành từ bản sao khác; giữ lại làm bằng chứng, không phải nội dung

Chuẩn OCFL được công bố tại https://ocfl.io/1.1/spec/. Mọi văn bản ở đây dùng mã UTF-8.

TÌM GÓI TIN LƯU TRỮ THEO MÃ ĐỊNH DANH

Mã định danh của một AIP có dạng urn:uuid:01890a5d-ac96-774b-bcce-b302099a8057. Đường dẫn của nó suy ra từ mã băm SHA-256 của
mã định danh: ba cấp thư mục, mỗi cấp ba chữ số đầu tiếp theo, rồi đến toàn bộ mã băm. Hai dòng lệnh nằm ở phần tiếng Anh
phía trên, mục "HOW TO FIND AN AIP BY ITS IDENTIFIER".

Nếu không biết mã định danh, hãy tìm theo tên tệp: grep -rl --include=inventory.json "TÊN TỆP" ocfl

ĐỌC TỆP inventory.json

  "id"           mã định danh của AIP
  "head"         phiên bản mới nhất, ví dụ "v2". Các phiên bản trước luôn đọc được
  "manifest"     với mỗi mã băm SHA-512: nơi chứa dữ liệu, bắt đầu bằng phiên bản đã đưa dữ liệu vào, "v1/content/..."
  "versions"     với mỗi phiên bản: thời điểm và "state", tức là tên các tệp trong phiên bản đó ứng với từng mã băm

Muốn lấy một tệp của phiên bản mới nhất: tìm tên tệp trong "state" của "head", lấy mã băm, rồi tra mã băm đó trong
"manifest". Tệp ở nơi ấy chứa đúng dữ liệu cần tìm, dù tên ở đó có thể khác. Tệp đã nộp nằm trong representations/rep1/data/;
các dạng thể hiện về sau, chẳng hạn sau khi chuyển đổi định dạng, nằm trong representations/rep2/data/, v.v. METS.xml và
các tệp trong metadata/ mô tả chúng (METS, PREMIS 3). Bản kê và tệp thẻ của túi BagIt đã nộp nằm trong submission/. Thư mục rỗng
lúc nộp, nếu có, được ghi tên trong metadata/preservation/empty-directories.json.

KIỂM TRA MỘT GÓI TIN LƯU TRỮ

Trong thư mục có inventory.json, chạy các dòng lệnh ở mục "HOW TO CHECK AN AIP" phía trên. Dòng thứ nhất cho biết bản kê
inventory.json có còn nguyên vẹn hay không; các dòng sau in tên mọi tệp có nội dung khác với bản kê. Mọi nơi nêu trong
"manifest" đều phải tồn tại. Tệp hỏng ở đây có thể vẫn còn nguyên trên một bản sao khác.

ĐỌC NHẬT KÝ

Nhật ký là một cây Merkle theo RFC 6962. ledger/checkpoint ghi tên nhật ký, số mục, mã băm gốc và chữ ký số. Các mục nằm
trong ledger/tile/entries/, mỗi tệp 256 mục; mỗi mục gồm hai byte độ dài, rồi một sự kiện viết bằng JSON: khi nào, việc gì,
ai làm, trên gói tin hay bản sao nào, kết quả ra sao. Tên và lời văn không nằm trong mục mà ở texts/N.jsonl, mỗi mục một
dòng; mục chỉ giữ mã băm niêm phong của chúng. Chúng có thể đã bị xóa vì lý do pháp lý mà cây vẫn nguyên vẹn.

ĐỌC fixity/

Mỗi tệp là một đợt kiểm tra, mỗi dòng là một bản được kiểm tra: AIP, phiên bản, bản sao lưu trữ, thời điểm, kết quả (intact:
nguyên vẹn, damaged: hỏng, missing: mất, unreadable: không đọc được), mã băm SHA-512 của inventory.json đã đối chiếu, số byte đã
đọc. Mục "fixity check" tương ứng trong nhật ký giữ mã băm SHA-256 của tệp; tệp không có mục nào nêu tên thì vô giá trị.
"""


def replica_readme() -> str:
    """The whole text: UTF-8 when encoded, lines of at most about 130 characters, ending with a line feed."""
    return f"{_ENGLISH}\n\n{_VIETNAMESE}"
