"""A shop that sells, and that sends back every secret it was shown: in bodies, headers, events, errors and status lines."""

import base64
import json
import re
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import quote

SKU = "rose"
_SHOWN = re.compile(r"(?:Bearer )?(\S*canary\S*)", re.IGNORECASE)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "EchoShop"

    def do_GET(self) -> None:
        """Whoever asks for a page gets its own headers back."""
        self._answer(200, {"you said": self._secrets()})

    def do_POST(self) -> None:
        """Every third request of a path is answered well, the others badly, each with what was shown."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        told = " ".join([*self._secrets(), *_SHOWN.findall(body)])
        kind = self.path.rstrip("/").rpartition("/")[2]
        kind = kind if kind in ("completions", "checkout_sessions", "cards", "complete") else "apply"
        turn = self.server.count(kind)
        if turn % 3 == 0:
            self._good(kind, told)
        else:
            self._bad(kind, told, turn)

    def _secrets(self) -> list[str]:
        return [value.removeprefix("Bearer ") for value in self.headers.values() if _SHOWN.search(value)]

    def _good(self, kind: str, told: str) -> None:
        session = {
            "id": f"cs {told}"[:250],
            "status": "ready_for_payment",
            "currency": "cny",
            "line_items": [{"item": {"id": SKU}, "quantity": 1}],
            "discounts": {"applied": [{"code": told}]},
            "messages": [{"type": "warning", "code": told, "content": told}],
        }
        if kind == "completions":
            arguments = json.dumps({"items": [{"sku": SKU, "quantity": 1}]})
            call = {"index": 0, "id": told, "function": {"name": "create_checkout", "arguments": arguments}}
            self._stream({"content": told}, {"tool_calls": [call]})
        elif kind == "cards":
            code = base64.b64encode(f"code:{told}".encode()).decode()
            self._answer(201, {"card": {"code": code, "state": told, "face_value": 2500, "currency": told}})
        elif kind == "complete":
            order = {"id": quote(told, safe="") + told.upper() + told.encode().hex()}
            self._answer(200, {**session, "status": "completed", "order": order}, told)
        else:
            self._answer(201, session, told)

    def _bad(self, kind: str, told: str, turn: int) -> None:
        way = turn % 7
        if way == 1:
            self._answer(500, {"type": told, "code": told, "message": told}, told)
        elif way == 2 and kind == "completions":
            self._stream({"content": told}, error={"message": told, "code": told})
        elif way == 3:
            self.wfile.write(f"HTTP/1.1 2{told} {told}\r\n{told}\r\n\r\n".encode())
            self.close_connection = True
        elif way == 4:
            self._answer(200, {"not": told}, told)
        elif way == 5:
            self._answer(302, {"detail": told}, told, Location=f"http://127.0.0.1:9/{told}")
        else:
            self._answer(429, {"error": {"message": told, "code": told}}, told)

    def _stream(self, *deltas: dict[str, Any], error: dict[str, str] | None = None) -> None:
        events = [{"choices": [{"index": 0, "delta": delta}]} for delta in deltas]
        last = {"error": error} if error else {"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]}
        data = "".join(f"data: {json.dumps(event)}\n\n" for event in (*events, last)) + "data: [DONE]\n\n"
        self._send(200, data.encode(), {"Content-Type": "text/event-stream"})

    def _answer(self, status: int, value: object, told: str = "", **headers: str) -> None:
        echo = {"X-Echo": told, "Retry-After": told} if told else {}
        self._send(status, json.dumps(value).encode(), {"Content-Type": "application/json", **echo, **headers})

    def _send(self, status: int, data: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class EchoShop(ThreadingHTTPServer):
    """The shop; ``shown`` counts its requests by kind."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.shown: Counter[str] = Counter()
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        """Its base URL."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def count(self, kind: str) -> int:
        """How many requests of this kind there were before."""
        with self._lock:
            self.shown[kind] += 1
            return self.shown[kind] - 1


@contextmanager
def echo_shop() -> Iterator[EchoShop]:
    """A shop of this kind that serves until the end of the block."""
    with EchoShop() as shop:
        serving = threading.Thread(target=shop.serve_forever, kwargs={"poll_interval": 0.05})
        serving.start()
        try:
            yield shop
        finally:
            shop.shutdown()
            serving.join()
