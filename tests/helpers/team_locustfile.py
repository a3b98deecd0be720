"""A locustfile that a team had before it knew Springtide, with the one line that has it recorded, and a service for it."""

from tests.helpers.scripted_server import ScriptedServer, answer_each, scripted_server

__all__ = ["LOCUSTFILE", "ScriptedServer", "service"]

LOCUSTFILE = """
from locust import FastHttpUser, HttpUser, constant, events, task

from locustfiles.recording.install import record

record(events)


class Quick(FastHttpUser):
    wait_time = constant(0.02)

    @task
    def basket(self):
        self.client.post("/basket", json={"sku": "tea"}, name="basket")


class Slow(HttpUser):
    wait_time = constant(0.05)

    @task
    def find(self):
        with self.client.get("/find?q=tea", name="find", catch_response=True) as response:
            if "tea" not in response.text:
                response.failure("no tea")
"""


def answer(request: bytes) -> bytes:
    """Tea for everybody; every request is served."""
    body = b'{"found":"tea"}'
    assert request.startswith((b"POST /basket ", b"GET /find?q=tea ", b"GET / "))
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


def service():
    """A little server that answers everybody at once."""
    return scripted_server([answer_each(answer)])
