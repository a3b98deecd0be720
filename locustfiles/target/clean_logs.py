"""Secrets kept out of this process's logs: Locust logs what a journey raises, and shows its log on its page."""

import logging
import traceback

from locustfiles.target.secret import Redactor


class CleanLogs(logging.Filter):
    """Blanks secrets in every record's message and traceback; lets every record through."""

    def __init__(self, redactor: Redactor) -> None:
        """``redactor`` knows the secrets."""
        super().__init__()
        self._clean = redactor.clean

    def filter(self, record: logging.LogRecord) -> bool:
        """Blank the record in place."""
        record.msg, record.args = self._clean(record.getMessage()), ()
        if record.exc_info and record.exc_info[0] is not None:
            record.exc_text = self._clean("".join(traceback.format_exception(*record.exc_info)).rstrip())
            record.exc_info = None
        return True


def clean_logs(logger: logging.Logger, redactor: Redactor) -> None:
    """Have every handler of a logger blank these secrets, in the place of those of the run before."""
    for handler in logger.handlers:
        for old in [one for one in handler.filters if isinstance(one, CleanLogs)]:
            handler.removeFilter(old)
        handler.addFilter(CleanLogs(redactor))
