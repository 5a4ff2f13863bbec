"""What the demonstration says, each text in English and in Vietnamese."""

from collections.abc import Mapping

Both = tuple[str, str]

# Heading and first paragraph of each step.
HEADINGS: Mapping[str, tuple[Both, Both]] = {
    "a_home": (
        ("Make a home", "Lập kho"),
        (
            (
                "A home holds the database, the signing key and the archive's policies. Two replicas, a and b, will each hold "
                "everything that is kept; here they are two folders, in earnest they would be two disks in two places."
            ),
            (
                "Thư mục vận hành chứa cơ sở dữ liệu, khóa ký và các chính sách của kho. Hai bản sao lưu trữ a và b, mỗi bản giữ "
                "toàn bộ những gì được bảo quản; ở đây chỉ là hai thư mục, còn thực tế nên là hai ổ đĩa đặt ở hai nơi."
            ),
        ),
    ),
    "a_broken_bag": (
        ("Look at a package before it is submitted", "Xem trước một gói tin nộp"),
        (
            (
                "This bag was broken in five ways. The check names all of them at once, where they are, and by which rule, and "
                "keeps nothing."
            ),
            (
                "Túi BagIt này bị làm hỏng theo năm cách. Phép kiểm tra nêu cả năm cùng lúc: ở đâu, theo quy tắc nào. Nó không "
                "lưu lại gì."
            ),
        ),
    ),
    "packages_in": (
        ("Take three packages in", "Nạp ba gói tin"),
        (
            (
                "A dossier of scanned pages; a folder full of names that are hard to keep; and the broken bag. Each of the first "
                "two is digested, identified, written to both replicas and read back before the word preserved appears. The "
                "third is refused, so the exit status is 1."
            ),
            (
                "Một hồ sơ gồm các trang quét; một thư mục toàn tên tệp khó giữ; và túi hỏng lúc nãy. Hai gói đầu được tính "
                "mã băm, nhận dạng định dạng, ghi vào cả hai bản sao rồi đọc lại, sau đó mới hiện chữ preserved (đã bảo quản). "
                "Gói thứ ba bị từ chối, nên mã thoát là 1."
            ),
        ),
    ),
    "what_is_kept": (
        ("See what is kept", "Xem những gì đã được giữ"),
        (
            (
                "The dossier as an AIP: its versions, where its copies are, its files with their formats by PRONOM identifier, "
                "and every event of its life so far. What was received is under representations/rep1/data and submission."
            ),
            (
                "Hồ sơ nay là một AIP: các phiên bản, nơi có bản sao, các tệp cùng định dạng theo mã PRONOM, và mọi sự kiện từ "
                "trước đến nay. Những gì đã nhận nằm trong representations/rep1/data và submission."
            ),
        ),
    ),
    "damage": (
        ("Damage a replica, and let it be found", "Làm hỏng một bản sao, rồi để phần mềm phát hiện"),
        (
            (
                "One bit of one scanned page on replica b is turned round, as ageing disks do, and a piece of the ledger there "
                "is deleted."
            ),
            "Một bit của một trang quét trên bản sao b bị đảo, như ổ đĩa cũ vẫn hay làm, và một mảnh nhật ký ở đó bị xóa.",
        ),
    ),
    "the_ledger": (
        ("Verify the ledger", "Xác minh nhật ký"),
        (
            (
                "Every act so far is an entry in a signed, append-only Merkle tree. The whole tree is now computed again from "
                "the database and from each replica, and compared with the signature."
            ),
            (
                "Mọi việc từ đầu đến giờ đều là một mục trong cây Merkle chỉ ghi thêm và có chữ ký số. Bây giờ cả cây được tính "
                "lại từ cơ sở dữ liệu và từ từng bản sao, rồi đối chiếu với chữ ký."
            ),
        ),
    ),
    "a_receipt": (
        ("Give somebody a receipt", "Cấp biên nhận"),
        (
            "A receipt proves that the dossier was preserved, with which content, and that this is in the ledger.",
            "Biên nhận chứng minh hồ sơ đã được bảo quản, với nội dung nào, và việc đó có trong nhật ký.",
        ),
    ),
    "an_export": (
        ("Hand the dossier out", "Trao hồ sơ cho người khai thác"),
        (
            "The dossier as a BagIt bag of its own, verified while it is read.",
            "Xuất hồ sơ thành một túi BagIt riêng, nội dung được xác minh ngay khi đọc.",
        ),
    ),
    "a_migration": (
        ("Migrate to PDF/A", "Chuyển đổi sang PDF/A"),
        (
            (
                "The policy has a rule for PDFs. A plan selects the files and converts one of them for real, to tell sizes, "
                "times and tools. A result counts only if it is identified as PDF/A again and compared with its source page "
                "by page."
            ),
            (
                "Chính sách có một quy tắc cho tệp PDF. Kế hoạch chọn các tệp và chuyển đổi thật một tệp làm mẫu, để biết dung "
                "lượng, thời gian và công cụ. Kết quả chỉ được chấp nhận khi được nhận dạng lại là PDF/A và đã so với bản gốc "
                "từng trang."
            ),
        ),
    ),
    "all_lost": (
        ("Lose everything but one disk", "Mất tất cả, chỉ còn một ổ đĩa"),
        (
            "Suppose that the machine burnt down: database, policies, signing key and one replica are gone.",
            "Giả sử máy chủ cháy: mất cơ sở dữ liệu, chính sách, khóa ký và một bản sao lưu trữ.",
        ),
    ),
}

# Paragraphs between commands.
TEXTS: Mapping[str, Both] = {
    "welcome": (
        (
            "This tells the story of a few packages in a preservation repository, from their arrival to the day when only one "
            "disk is left. Commands are shown with $ before them and are run for real; everything they make is in {folder}/. "
            "Lines with a tick are what this demonstration checked by itself, not what the commands say of themselves."
        ),
        (
            "Đây là câu chuyện về vài gói tin trong một kho lưu trữ số, từ lúc được nộp đến ngày chỉ còn lại một ổ đĩa. Các lệnh "
            "được in sau dấu $ và được chạy thật; mọi thứ tạo ra nằm trong {folder}/. Những dòng có dấu ✓ là điều chương trình "
            "trình diễn này tự kiểm tra, không phải lời các lệnh tự nói."
        ),
    ),
    "damage_done": (
        (
            "  changed  {page}\n  deleted  {tile}\n\n"
            "Six copies are checked now: the two AIPs and the archive's own record, each on two replicas."
        ),
        (
            "  đã sửa  {page}\n  đã xóa  {tile}\n\n"
            "Bây giờ kiểm tra sáu bản: hai AIP và hồ sơ của chính kho, mỗi thứ trên hai bản sao lưu trữ."
        ),
    ),
    "again": (
        "Once more: nothing is left to find.",
        "Kiểm tra lần nữa: không còn gì sai.",
    ),
    "receipt_alone": (
        (
            "Whoever holds the receipt needs nothing of ours to check it: no home, no database, no network. Only the file, and "
            "the archive's public key from a source that they trust."
        ),
        (
            "Người giữ biên nhận không cần gì của kho để kiểm tra: không cần thư mục vận hành, cơ sở dữ liệu hay mạng. Chỉ cần "
            "tệp này và khóa công khai của kho, lấy từ nguồn mà họ tin."
        ),
    ),
    "receipt_forged": (
        "The same receipt, with one digit changed:",
        "Cũng biên nhận ấy, nhưng bị sửa một chữ số:",
    ),
    "second_person": (
        "Whoever makes a plan does not approve it:",
        "Người lập kế hoạch không được tự phê duyệt:",
    ),
    "one_person": (
        (
            'An office of one person says so in its policy. In {policy} it now reads approval = "one", and the ledger will '
            "tell that it was changed."
        ),
        (
            'Cơ quan chỉ có một người phụ trách thì ghi rõ trong chính sách. Trong {policy} nay là approval = "one", và nhật ký '
            "sẽ ghi lại thay đổi này."
        ),
    ),
    "no_ghostscript": (
        "It goes by ghostscript, which is not on this machine (apt-get install ghostscript); so this step is left out.",
        "Việc này dùng ghostscript, máy này chưa có (apt-get install ghostscript); vì vậy bỏ qua bước này.",
    ),
    "disk_found": (
        "What is left is a copy of replica b, in {disk}. It is enough. A new key signs from now on, and says so in the ledger.",
        "Chỉ còn một bản của bản sao b, trong {disk}. Thế là đủ. Từ nay một khóa mới sẽ ký, và nhật ký ghi rõ điều đó.",
    ),
    "taken": (
        "{folder} holds something that this demonstration did not make. Name another folder, or move it away.",
        "{folder} đang chứa thứ không phải do chương trình này tạo ra. Hãy chọn thư mục khác, hoặc chuyển nó đi nơi khác.",
    ),
    "summary": ("What came of it", "Kết quả"),
    "all_held": (
        "All {count} expectations held, in {seconds} seconds.",
        "Cả {count} điều mong đợi đều đúng, trong {seconds} giây.",
    ),
    "not_all": (
        "{failed} of {count} expectations did not hold ({seconds} seconds):",
        "{failed} trong {count} điều mong đợi không đúng ({seconds} giây):",
    ),
    "next": (
        (
            "Look around: {home}/replicas/a/README.txt says how to read a replica with nothing but a text editor and sha512sum. "
            "docs/life-of-a-package.md tells what happened behind each step. make clean removes {folder}."
        ),
        (
            "Hãy xem thêm: {home}/replicas/a/README.txt chỉ cách đọc một bản sao lưu trữ chỉ bằng trình soạn thảo và sha512sum. "
            "docs/life-of-a-package.md kể những gì diễn ra sau mỗi bước. Lệnh make clean xóa {folder}."
        ),
    ),
    "held": ("✓", "✓"),
    "failed": ("✗ NOT SO:", "✗ KHÔNG ĐÚNG:"),
}

# What is checked.
CLAIMS: Mapping[str, Both] = {
    "status": ("exit status {status}", "mã thoát {status}"),
    "home": ("two replicas are there, and each says who it is", "có hai bản sao lưu trữ, mỗi bản tự cho biết nó là ai"),
    "five": ("five faults, five findings", "năm lỗi, năm phát hiện"),
    "two": (
        "two AIPs are kept, each on two replicas; nothing of the broken bag is",
        "kho giữ hai AIP, mỗi AIP trên hai bản sao; không giữ gì của túi hỏng",
    ),
    "names": (
        "all 19 difficult names are kept byte for byte",
        "cả 19 tên khó đều được giữ đúng từng byte",
    ),
    "formats": ("every scanned page and picture has a format", "mọi trang quét và ảnh đều đã rõ định dạng"),
    "as_received": (
        "the description that came along (Dublin Core) is kept as it was received",
        "phần mô tả đi kèm (Dublin Core) được giữ nguyên như khi nhận",
    ),
    "repaired": ("the page on b is the same as on a again", "trang quét trên b lại giống hệt trên a"),
    "tile": ("the piece of the ledger is there again", "mảnh nhật ký đã có lại"),
    "evidence": (
        "the damaged page is kept as evidence in b's quarantine/",
        "trang hỏng được giữ làm bằng chứng trong quarantine/ của b",
    ),
    "acts": (
        "ingest, failed check, quarantine and recovery are all in the ledger",
        "nhật ký có đủ: nạp gói, lần kiểm tra thất bại, cách ly và phục hồi",
    ),
    "refusal": ("so is the refusal of the broken bag", "cả việc từ chối túi hỏng cũng có"),
    "names_aip": ("the receipt names the dossier", "biên nhận nêu đúng hồ sơ"),
    "exported": ("every page handed out is the page that came in", "mọi trang trao ra đúng là trang đã nhận vào"),
    "pdfa": (
        "version 2 has both documents as PDF/A-2b in a representation of its own",
        "phiên bản 2 có cả hai văn bản dưới dạng PDF/A-2b trong một bản thể hiện riêng",
    ),
    "source_kept": ("the PDFs that came in are there as before", "các tệp PDF đã nhận vẫn còn nguyên"),
    "same_root": (
        "the ledger's root is the one that was signed before the fire",
        "mã băm gốc của nhật ký đúng là mã đã ký trước khi cháy",
    ),
    "same_holdings": ("the same AIPs, with the same descriptions", "vẫn các AIP ấy, với mô tả ấy"),
    "same_events": ("the same events, in the same order", "vẫn các sự kiện ấy, theo đúng thứ tự"),
}
