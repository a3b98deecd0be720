"""Locust's own clients with the same work: plain users in a closed loop that read every body whole and parse nothing.

locust -f benchmarks/generator/peer_users.py --headless -u 64 -r 64 --host URL FastW1
"""

from typing import Any

from locust import FastHttpUser, HttpUser, constant, task

from benchmarks.generator.workload import W1, W2, W3, posts

# FastHttpSession's annotations know no bytes, which it sends as they are.
_Posts = tuple[tuple[str, dict[str, str], Any], ...]
_OF_W1: _Posts = posts(W1)
_OF_W2: _Posts = posts(W2)
_OF_W3: _Posts = posts(W3)


class _Fast(FastHttpUser):
    abstract = True
    wait_time = constant(0)


class _Plain(HttpUser):
    abstract = True
    wait_time = constant(0)


class FastW1(_Fast):
    """FastHttpUser, one JSON POST a task."""

    @task
    def post(self) -> None:
        """Send W1."""
        for path, headers, body in _OF_W1:
            self.client.post(path, data=body, headers=headers)


class FastW2(_Fast):
    """FastHttpUser, one stream a task."""

    @task
    def post(self) -> None:
        """Send W2."""
        for path, headers, body in _OF_W2:
            self.client.post(path, data=body, headers=headers)


class FastW3(_Fast):
    """FastHttpUser, the five requests of a purchase a task."""

    @task
    def post(self) -> None:
        """Send W3."""
        for path, headers, body in _OF_W3:
            self.client.post(path, data=body, headers=headers)


class PlainW1(_Plain):
    """HttpUser, one JSON POST a task."""

    @task
    def post(self) -> None:
        """Send W1."""
        for path, headers, body in _OF_W1:
            self.client.post(path, data=body, headers=headers)


class PlainW2(_Plain):
    """HttpUser, one stream a task."""

    @task
    def post(self) -> None:
        """Send W2."""
        for path, headers, body in _OF_W2:
            self.client.post(path, data=body, headers=headers)


class PlainW3(_Plain):
    """HttpUser, the five requests of a purchase a task."""

    @task
    def post(self) -> None:
        """Send W3."""
        for path, headers, body in _OF_W3:
            self.client.post(path, data=body, headers=headers)
