"""Bytes of an HTTP/1.1 answer in, decoded body and facts of its head out. No sockets, no clock.

The grammar is llhttp's, through ``httptools``. What is added: interim answers are skipped, answers to HEAD have no
body, a body may end with the connection, every size is bounded, and a second answer that nobody asked for is noticed.
Law: any split of the bytes gives the same result.
"""

import httptools

from locustfiles.transport.exchange import NO_HEADERS, Fault, Headers

FRAMING_BYTES = 1024 * 1024
"""Bound on what surrounds a chunked body: sizes, extensions, trailers. About 150,000 chunks fit."""
_HTTP_1 = b"HTTP/1."
_LOWEST_FINAL_STATUS = 200
_LOWEST_STATUS = 100
_SWITCHING_PROTOCOLS = 101


class _UnaskedAnswerError(Exception):
    """Stops the parser at the begin of an answer that nobody asked for."""


class HttpReader:
    """Reads one answer after another; call ``begin`` before each.

    ``complete`` and ``fault`` are never both set; ``status`` is 0 and ``headers`` empty until the final head is
    complete. ``reusable``: the answer is complete and the connection may carry another request.
    """

    __slots__ = (
        "_body_bytes",
        "_body_limit",
        "_framing_limit",
        "_head_lines",
        "_head_request",
        "_header_limit",
        "_keep_alive",
        "_parser",
        "_pieces",
        "_starts_as_http_1",
        "_surplus",
        "_wire_bytes",
        "complete",
        "fault",
        "headers",
        "status",
    )

    def __init__(self, *, header_limit: int, body_limit: int) -> None:
        """Bounds in bytes: all heads of one answer together; the decoded body."""
        self._header_limit = header_limit
        self._framing_limit = header_limit + FRAMING_BYTES
        self._body_limit = body_limit
        self._parser: httptools.HttpResponseParser | None = None
        self._pieces: list[bytes] = []
        self._head_lines: list[tuple[bytes, bytes]] = []
        self.begin()

    def begin(self, *, head_request: bool = False) -> None:
        """Expect the answer to a new request; ``head_request`` when its method is HEAD."""
        self._head_request = head_request
        self._wire_bytes = 0
        self._body_bytes = 0
        self._starts_as_http_1 = False
        self._keep_alive = False
        self._surplus = False
        self.status = 0
        self.headers = NO_HEADERS
        self.complete = False
        self.fault: Fault | None = None
        if self._parser is None:
            self._parser = httptools.HttpResponseParser(self)

    @property
    def reusable(self) -> bool:
        """Whether the connection is ready for the next request."""
        return self.complete and self._keep_alive and not self._surplus

    def feed(self, data: bytes) -> bytes:
        """Take the next bytes; returns the piece of decoded body that they complete, often empty."""
        if not self.status:
            if not self._wire_bytes:
                self._starts_as_http_1 = data.startswith(_HTTP_1)
            room = self._header_limit - self._wire_bytes
            if len(data) > room:
                # The head is bounded at exactly the same byte however the bytes are split.
                self._parse(data[:room])
                self._bound_head()
                data = data[room:]
        self._parse(data)
        if self._wire_bytes - self._body_bytes > self._framing_limit and not self._surplus:
            self._fail(Fault.BODY_TOO_LARGE)
        pieces = self._pieces
        if not pieces:
            return b""
        if len(pieces) == 1:
            return pieces.pop()
        body = b"".join(pieces)
        pieces.clear()
        return body

    def finish(self) -> None:
        """The connection has ended: decide what that means for the answer."""
        self._keep_alive = False
        if self.complete or self.fault is not None:
            return
        if self.status and not self._has_told_length():
            self.complete = True
        else:
            self.break_off()

    def break_off(self) -> None:
        """The connection has ended, which here proves no answer complete: TLS without a farewell, or a told length."""
        self._keep_alive = False
        if not self.complete and self.fault is None:
            self.fault = Fault.TRUNCATED if self._wire_bytes else Fault.CLOSED_BEFORE_ANSWER

    def _bound_head(self) -> None:
        if not self.status:
            self._fail(Fault.HEADER_TOO_LARGE)

    def _parse(self, data: bytes) -> None:
        parser = self._parser
        if self.fault is not None or parser is None:
            # Bytes behind an answer to HEAD arrive when the parser has been given up.
            self._surplus = True
            return
        self._wire_bytes += len(data)
        try:
            parser.feed_data(data)
        except httptools.HttpParserCallbackError as error:
            if error.__context__ is not None and not isinstance(error.__context__, Exception):
                raise error.__context__  # noqa: B904 - Ctrl-C inside a callback, which the parser has wrapped
            self._after_parser_error()
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._after_parser_error()
        if self._head_request and self.complete:
            # The parser still waits for the body that the head announces; only a new one can read on.
            self._parser = None

    def _after_parser_error(self) -> None:
        if self.complete:
            self._surplus = True
        else:
            self._fail(Fault.MALFORMED_ANSWER)

    def _fail(self, fault: Fault) -> None:
        self.complete = False
        if self.fault is None:
            self.fault = fault

    def _has_told_length(self) -> bool:
        codings: str | None = self.headers.get("transfer-encoding")
        if codings is not None:
            return codings.rstrip().lower().endswith("chunked")
        return "content-length" in self.headers

    # Callbacks of the parser.

    def on_message_begin(self) -> None:
        """An answer begins; after a complete one it is surplus."""
        if self.complete:
            raise _UnaskedAnswerError

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header line of a head; trailers are dropped."""
        if not self.status:
            self._head_lines.append((name, value))

    def on_headers_complete(self) -> None:
        """A head is complete: an interim one is forgotten, a final one kept."""
        parser = self._parser
        if parser is None or self.complete:
            return
        status = parser.get_status_code()
        is_http_1 = self._starts_as_http_1 or parser.get_http_version().startswith("1.")  # the parser's text costs more
        if status < _LOWEST_STATUS or status == _SWITCHING_PROTOCOLS or not is_http_1:
            self._fail(Fault.MALFORMED_ANSWER)
        elif status < _LOWEST_FINAL_STATUS:
            self._head_lines.clear()
            self._starts_as_http_1 = False
        else:
            self.status = status
            self.headers, self._head_lines = Headers(self._head_lines), []
            self._keep_alive = parser.should_keep_alive()
            self.complete = self._head_request

    def on_body(self, data: bytes) -> None:
        """A piece of decoded body."""
        if self.complete:
            self._surplus = True
        if self.complete or self.fault is not None:
            return
        room = self._body_limit - self._body_bytes
        self._body_bytes += len(data)
        if len(data) > room:
            self._fail(Fault.BODY_TOO_LARGE)
            data = data[: max(room, 0)]
        self._pieces.append(data)

    def on_message_complete(self) -> None:
        """An answer is complete, unless it was an interim one or already found wrong."""
        if self.status and self.fault is None:
            self.complete = True
