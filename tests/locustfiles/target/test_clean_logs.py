"""What is logged holds no secret, neither in its message nor in its traceback."""

import io
import logging

from locustfiles.target.clean_logs import clean_logs
from locustfiles.target.secret import Redactor, Secret


def test_messages_and_tracebacks() -> None:
    """A secret in a message, its arguments or a traceback is blanked, once for each handler, and what is logged stays readable."""
    output = io.StringIO()
    logger = logging.getLogger("springtide.test.clean")
    logger.addHandler(logging.StreamHandler(output))
    clean_logs(logger, Redactor([Secret("sk-of-the-run-before")]))
    clean_logs(logger, Redactor([Secret("sk-canary")]))
    logger.warning("got %s and %d", "sk-canary", 7)
    try:
        raise ValueError("sk-canary is no JSON")
    except ValueError:
        logger.exception("crashed")

    assert output.getvalue().startswith("got *** and 7\ncrashed\nTraceback")
    assert output.getvalue().endswith("ValueError: *** is no JSON\n")
    assert [len(handler.filters) for handler in logger.handlers] == [1]
