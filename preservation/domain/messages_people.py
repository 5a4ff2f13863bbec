"""What is wrong with a password, in both languages. Each says what to do instead (NIST SP 800-63B-4, 3.1.1.2)."""

from collections.abc import Mapping
from typing import Final

MESSAGES: Final[Mapping[str, tuple[str, str]]] = {
    "PASSWORD-EXPECTED": (
        "The password is made of words, names or rows of keys that anybody would try first. Take a few unrelated words.",
        "Mật khẩu chỉ gồm những từ, tên hoặc dãy phím mà ai cũng thử trước tiên. Hãy dùng vài từ không liên quan với nhau.",
    ),
    "PASSWORD-NOT-TEXT": (
        "The password holds a character that cannot be typed on every keyboard in the same way, such as a control character.",
        "Mật khẩu có ký tự không thể gõ giống nhau trên mọi bàn phím, chẳng hạn ký tự điều khiển.",
    ),
    "PASSWORD-TOO-LONG": (
        "The password is longer than {longest} characters.",
        "Mật khẩu dài hơn {longest} ký tự.",
    ),
    "PASSWORD-TOO-SHORT": (
        "The password is shorter than {shortest} characters. A sentence, or four or five unrelated words, is easy to remember.",
        "Mật khẩu ngắn hơn {shortest} ký tự. Một câu, hoặc bốn năm từ không liên quan, thì dễ nhớ.",
    ),
    "PASSWORD-UNCHANGED": (
        "The new password is the same as the present one.",
        "Mật khẩu mới trùng với mật khẩu hiện tại.",
    ),
}
