"""What people take for a password when they are asked for one: words and rows of keys that everybody tries first.

The list is this project's own, written down for it from what is generally known: English and Vietnamese everyday words, given
names, keyboard rows, and the words of this trade. It is short because a password here has 15 characters at least, so that
nothing is on it but the parts that longer ones are put together from (`domain.passwords`). No list of leaked passwords is
in it. All of them are folded: lower case, no marks, đ as d.
"""

from typing import Final

_TEXT = """
    abc abcd access account admin administrator archive archives archivist auditor autumn baby bao batman bitnami
    catalogue change changeme charlie chelsea chocolate computer cookie corp correcthorsebatterystaple daniel dashboard
    default demo dragon enter error family flower football forever freedom friend george god guest hello hockey home house
    iloveyou internet jennifer jessica jordan joshua killer king ledger letmein login love luulieu lucky machine maggie
    manager master matrix matthew member michael michelle mobile monday money monkey mustang mypass mysql nicole ninja
    nopassword nothing office ocfl oracle owner pass passcode passphrase passw passwd password password1 pepper
    please portal postgres postgresql preservation preserve princess private producer public purple qazwsx qwe qwer qwert
    qwerty rabbitmq ranger repository reset robert root samsung secret secure security server service shadow silver soccer
    spring starwars storage summer sunday sunshine superman superuser support sysadmin system temp temporary test tester
    testing thomas tigger trustno1 unknown update user username vietnam welcome whatever winter work zaq1 zxc zxcvbn
    january february march april june july august september october november december tuesday wednesday thursday friday
    saturday 2024 2025 2026 2027 2028
    anhyeuem chungta congty danang dongthap emyeuanh giadinh hanoi haiphong hochiminh hoso kholuutru luutru matkhau matma
    matkhaucuatoi nguoidung nguyen nhanvien quantri quantrivien saigon taikhoan tailieu thanhpho trungtam uyban vanban vanthu
    vinhlong xinchao yeuanh yeuem
"""

WORDS: Final[frozenset[str]] = frozenset(_TEXT.split())

# Runs along these, forwards or backwards, are no secret.
ROWS: Final[tuple[str, ...]] = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "azertyuiop",
    "qsdfghjklm",
    "qwertzuiop",
    "!@#$%^&*()",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "1q2w3e4r5t6y7u8i9o0p",
    "qazwsxedcrfvtgbyhnujm",
)
