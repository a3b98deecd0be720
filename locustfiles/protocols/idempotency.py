"""Idempotency keys as UUIDs, made from text, so that the same text is the same key on every worker and in every retry."""

import re
from hashlib import blake2b

_is_uuid = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}").fullmatch


def uuid_of(text: str) -> str:
    """The text itself when it is a UUID in lower case, else a UUID made from it: 120 bits of its hash (BLAKE2b).

    It says version 4, which servers ask for; nothing can be read from it.
    """
    if _is_uuid(text):
        return text
    digits = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"
