"""Server-sent events: bytes in, events out. Law: any split of the bytes gives the same events.

Framing as in the HTML standard, section "server-sent events": a line ends with CRLF, LF or CR; an empty line ends an
event; several ``data`` lines are joined by LF; a line that begins with a colon is a comment. Text is decoded per
whole line, so a character that two reads share survives.

This module must not know what the data means.
"""

from typing import NamedTuple

MAX_LINE_BYTES = 1024 * 1024
MAX_EVENT_BYTES = 4 * 1024 * 1024
_BOM = b"\xef\xbb\xbf"


class SseEvent(NamedTuple):
    """One event: its type ("" = none was given), its data, and where in the stream its first data line begins."""

    event: str
    data: str
    offset: int


class SseDecoder:
    """Cuts a stream into events. After an overlong line or event ``overflow`` says so and nothing more is decoded."""

    def __init__(self, offset: int = 0) -> None:
        """Start at an offset of a stream, where a line begins."""
        self.overflow = ""
        self._tail = bytearray()
        self._after_cr = False
        self._line_offset = offset
        self._event = ""
        self._data: list[str] = []
        self._data_bytes = 0
        self._data_offset = 0

    def feed(self, data: bytes) -> list[SseEvent]:
        """The events that these bytes complete, in order."""
        events: list[SseEvent] = []
        if self._after_cr and data:
            self._after_cr = False
            if data.startswith(b"\n"):  # CR and LF in two reads are one line end
                data = data[1:]
                self._line_offset += 1
        if not data or self.overflow:
            return events
        if b"\n" not in data and b"\r" not in data:
            self._tail += data
        else:
            if self._tail:
                data = bytes(self._tail) + data
                self._tail.clear()
            lines = data.splitlines(keepends=True)
            if not data.endswith((b"\n", b"\r")):
                self._tail += lines.pop()
            for line in lines:
                self._take_line(line, events)
            self._after_cr = data.endswith(b"\r")
        if len(self._tail) > MAX_LINE_BYTES:
            self._overflow_line()
        return events

    def finish(self) -> SseEvent | None:
        """What the end of the stream leaves without its empty line. The standard drops it; a caller may know better."""
        events: list[SseEvent] = []
        if self._tail and not self.overflow:
            line = bytes(self._tail)
            self._tail.clear()
            self._take_line(line, events)
        if not self.overflow:
            self._dispatch(events)
        return events[0] if events else None

    def _take_line(self, line: bytes, events: list[SseEvent]) -> None:
        offset = self._line_offset
        self._line_offset += len(line)
        content = line.rstrip(b"\r\n")
        if self.overflow:
            return
        if len(content) > MAX_LINE_BYTES:
            self._overflow_line()
            return
        if offset == 0:
            content = content.removeprefix(_BOM)
        if not content:
            self._dispatch(events)
        elif content.startswith(b"data:"):
            self._add_data(content[6:] if content.startswith(b"data: ") else content[5:], offset)
        else:
            self._take_field(content, offset)

    def _take_field(self, content: bytes, offset: int) -> None:
        name, _, value = content.partition(b":")
        if name == b"event":
            self._event = value.removeprefix(b" ").decode("utf-8", "replace")
        elif name == b"data":
            self._add_data(value, offset)

    def _add_data(self, value: bytes, offset: int) -> None:
        if not self._data:
            self._data_offset = offset
        self._data_bytes += len(value) + 1
        if self._data_bytes > MAX_EVENT_BYTES:
            self.overflow = f"An event is longer than {MAX_EVENT_BYTES} bytes."
            self._data.clear()
        else:
            self._data.append(value.decode("utf-8", "replace"))

    def _dispatch(self, events: list[SseEvent]) -> None:
        if self._data:
            data = self._data[0] if len(self._data) == 1 else "\n".join(self._data)
            events.append(SseEvent(self._event, data, self._data_offset))
            self._data = []
            self._data_bytes = 0
        self._event = ""

    def _overflow_line(self) -> None:
        self.overflow = f"A line is longer than {MAX_LINE_BYTES} bytes."
        self._tail.clear()
        self._data.clear()
