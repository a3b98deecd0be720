"""TLS as a transformation of bytes: ciphertext in, plaintext out, and the reverse. No sockets here.

Built on the standard library's ``SSLObject`` over two memory buffers, so that a connection waits, sends and receives
in the same way with and without TLS.
"""

import ssl
from dataclasses import dataclass
from pathlib import Path

_READ_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsOptions:
    """Whom to trust: the system's certificate authorities, or only those of one PEM file, given as path or as its text."""

    ca_file: Path | None = None
    ca_pem: str = ""
    verify: bool = True
    """False accepts any certificate: for a target of one's own that has none."""

    def context(self) -> ssl.SSLContext:
        """The client context; ValueError when the CA file cannot be used."""
        try:
            context = ssl.create_default_context(cafile=self.ca_file, cadata=self.ca_pem or None)
        except (OSError, ssl.SSLError) as error:
            what = f"CA file {str(self.ca_file)!r}" if self.ca_file else "text of the CA file"
            raise ValueError(f"The {what} cannot be used ({error}); give a PEM file.") from None
        if not self.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


class TlsSession:
    """One connection's TLS state. Its methods raise ``ssl.SSLError`` when the peer breaks the protocol."""

    def __init__(self, context: ssl.SSLContext, server_name: str) -> None:
        """Start as a client of ``server_name``, which is sent (SNI) and checked against the certificate."""
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._ssl = context.wrap_bio(self._incoming, self._outgoing, server_hostname=server_name)
        self.established = False
        self.ended = False
        """Whether the peer said that nothing more comes; an end of the connection without it is a cut."""

    def shake_hands(self, received: bytes) -> bytes:
        """Go on with the handshake after these bytes from the peer (none at first); returns the bytes to send."""
        self._incoming.write(received)
        try:
            self._ssl.do_handshake()
            self.established = True
        except ssl.SSLWantReadError:
            pass
        return self._outgoing.read()

    def farewell(self) -> bytes:
        """What is left to send after a failed handshake: the alert that tells the peer why."""
        return self._outgoing.read()

    def encrypt(self, plain: bytes) -> bytes:
        """The bytes to send for this plaintext."""
        if plain:
            self._ssl.write(plain)
        return self._outgoing.read()

    def decrypt(self, received: bytes) -> bytes:
        """The plaintext that these bytes complete; may be empty."""
        self._incoming.write(received)
        pieces = []
        try:
            while piece := self._ssl.read(_READ_BYTES):
                pieces.append(piece)
            self.ended = True
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLZeroReturnError:
            self.ended = True
        return b"".join(pieces)


def authorities_in(path: Path) -> str:
    """The certificate authorities of a PEM file as text, what stands between them left out; ValueError with a sentence."""
    try:
        # Certificates are ASCII; the comments between them, in any language, need not travel.
        pem = path.read_bytes().decode("ascii", "ignore")
        TlsOptions(ca_pem=pem).context()
    except (OSError, ValueError) as error:
        told = getattr(error, "strerror", None) or error
        raise ValueError(f"It holds no certificate authorities in PEM ({told}).") from error
    return pem
