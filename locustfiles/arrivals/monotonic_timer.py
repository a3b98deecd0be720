"""A kernel timer that wakes a greenlet at an absolute time of the monotonic clock.

gevent's own timers run on the loop's cached time in steps of about a millisecond; a timerfd on an io watcher is late by
hundredths of one. The descriptor is made when the timer is, so make the timer after any fork.
"""

import ctypes
import os
import sys
import time
from typing import Self

from gevent import get_hub

_READABLE = 1
_NS = 1_000_000_000

if sys.version_info >= (3, 13):

    def _create() -> int:
        return os.timerfd_create(time.CLOCK_MONOTONIC, flags=os.TFD_NONBLOCK | os.TFD_CLOEXEC)

    def _set(fd: int, at_ns: int) -> None:
        os.timerfd_settime_ns(fd, flags=os.TFD_TIMER_ABSTIME, initial=at_ns)

else:
    _LIBC = ctypes.CDLL(None, use_errno=True)
    _TFD_TIMER_ABSTIME = 1
    """``linux/timerfd.h``; the creation flags are those of ``open``."""

    class _Timespec(ctypes.Structure):
        _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))

    class _Itimerspec(ctypes.Structure):
        _fields_ = (("interval", _Timespec), ("value", _Timespec))

    def _libc(name: str, *arguments: object) -> int:
        call = getattr(_LIBC, name, None)
        if call is None:
            raise OSError(f"The pacer needs {name}, which this system ({sys.platform}) does not have; run it on Linux.")
        result = int(call(*arguments))
        if result < 0:
            number = ctypes.get_errno()
            raise OSError(number, f"{name}: {os.strerror(number)}")
        return result

    def _create() -> int:
        return _libc("timerfd_create", time.CLOCK_MONOTONIC, os.O_NONBLOCK | os.O_CLOEXEC)

    def _set(fd: int, at_ns: int) -> None:
        value = _Itimerspec(_Timespec(0, 0), _Timespec(*divmod(at_ns, _NS)))
        _libc("timerfd_settime", fd, _TFD_TIMER_ABSTIME, ctypes.byref(value), None)


class MonotonicTimer:
    """One timer of the current hub; a context manager that gives descriptor and watcher back."""

    def __init__(self) -> None:
        self._hub = get_hub()
        self._fd = _create()
        self._watcher = self._hub.loop.io(self._fd, _READABLE)

    def __enter__(self) -> Self:
        """The timer itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the watcher first: the loop must not watch a descriptor that is somebody else's by then."""
        self._watcher.close()
        os.close(self._fd)

    def set(self, at_ns: int) -> None:
        """Fire at ``at_ns`` of ``time.monotonic_ns``, at once when that is past; replaces what was set before."""
        # A time of 0 disarms the timer.
        _set(self._fd, max(at_ns, 1))

    def wait(self) -> None:
        """Block the calling greenlet until the timer fires; other greenlets run meanwhile, also when it fires at once."""
        self._hub.wait(self._watcher)
        try:
            os.read(self._fd, 8)
        except BlockingIOError:
            # Set again between the loop's look at the descriptor and this read; the caller looks at its clock anyway.
            return
