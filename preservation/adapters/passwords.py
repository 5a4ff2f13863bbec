"""Passwords hashed with argon2id (RFC 9106). Keeps the promises of `ports.PasswordHasher`."""

from threading import BoundedSemaphore

from argon2 import Parameters, PasswordHasher, profiles
from argon2.exceptions import HashingError, InvalidHashError, VerificationError, VerifyMismatchError

from preservation.errors import Unavailable

# Each takes 64 MiB while it runs.
_AT_ONCE = 4
_WAIT_SECONDS = 15.0


class Argon2Passwords:
    """By RFC 9106, section 4, second recommended option: 3 passes over 64 MiB in 4 lanes, 16 bytes of salt, a tag of 32 bytes."""

    def __init__(self, parameters: Parameters = profiles.RFC_9106_LOW_MEMORY) -> None:
        self._hasher = PasswordHasher.from_parameters(parameters)
        self._slots = BoundedSemaphore(_AT_ONCE)
        # Of no password: what is typed for a name that is not known is compared with it.
        self._nobodys: str | None = None

    def hash(self, password: str) -> str:
        self._enter()
        try:
            return self._hasher.hash(password)
        except HashingError as error:
            raise Unavailable(f"the password could not be hashed: {error}") from error
        finally:
            self._slots.release()

    def verify(self, encoded: str | None, password: str) -> bool:
        against = encoded
        if against is None:
            if self._nobodys is None:
                self._nobodys = self.hash("")
            against = self._nobodys
        self._enter()
        try:
            self._hasher.verify(against, password)
        except VerifyMismatchError:
            return False
        except (VerificationError, InvalidHashError) as error:
            raise Unavailable(f"the password could not be checked: {error}") from error
        finally:
            self._slots.release()
        return encoded is not None

    def is_current(self, encoded: str) -> bool:
        return not self._hasher.check_needs_rehash(encoded)

    def _enter(self) -> None:
        if not self._slots.acquire(timeout=_WAIT_SECONDS):
            raise Unavailable("too many passwords are being checked at once")
