"""The sizes of the workloads are those that are told."""

from benchmarks.generator.workload import JSON_REQUEST_BYTES, W1, W2, chat_request, json_request, posts


def test_the_plain_request() -> None:
    """W1's request is as long as it is said to be."""
    assert len(json_request()) == JSON_REQUEST_BYTES


def test_a_peer_sends_the_same_body() -> None:
    """Peers send Springtide's own bytes."""
    (plain,) = posts(W1)
    (chat,) = posts(W2)

    assert json_request().endswith(plain.body)
    assert chat_request().endswith(chat.body)
    assert (plain.path, chat.path) == ("/json", "/v1/chat/completions")
