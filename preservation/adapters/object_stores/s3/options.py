"""How an installation reaches S3, whatever the bucket. Without a word of the library, which only those load who have a bucket."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class S3Options:
    """How this installation reaches S3. `seconds` is how long one answer may take, `lanes` how many requests run at once."""

    credentials_file: str = ""
    ca_file: str = ""
    instance_role: bool = False
    seconds: float = 60.0
    lanes: int = 8
