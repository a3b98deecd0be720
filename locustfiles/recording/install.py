"""The only file that adds listeners to a Locust environment. Idempotent: the environment itself is marked.

Local runner: both roles in one process. Master: conducts. Worker: generates.
"""

import signal
import sys
from collections.abc import Callable
from typing import Any

import gevent
from locust.runners import MasterRunner, WorkerRunner

from locustfiles.guard import GuardError, check_answers, check_loopback
from locustfiles.session.master_role import USAGE, MasterRole, default_shoppers, longest_wish_s
from locustfiles.session.scenarios import Scenario
from locustfiles.session.settings import Settings, SettingsError
from locustfiles.session.worker_role import WorkerRole

_MARK = "springtide_installed"
_MARGIN_S = 60.0
"""Beyond everything a run may take by itself; Locust's run time is only the last resort that ends a hung one."""


def install(environment: Any, scenario: Scenario) -> None:
    """Make ``scenario`` runs of this environment; call it from the locustfile's ``init`` listener.

    Headless, options that cannot be run end the process with exit code 2 before anything is started.
    """
    if getattr(environment, _MARK, False):
        return
    setattr(environment, _MARK, True)
    is_worker, is_master = (isinstance(environment.runner, kind) for kind in (WorkerRunner, MasterRunner))
    if not is_worker:
        _install_master(environment, scenario)
    if not is_master:
        _install_worker(environment, is_worker)


def _install_master(environment: Any, scenario: Scenario) -> None:
    role = MasterRole(environment, scenario)
    options = environment.parsed_options
    try:
        settings: Settings | None = role.settings()
    except SettingsError as error:
        settings = None
        if environment.web_ui is None:
            _leave(error.sentences)
    if settings is not None:
        _prepare_options(options, settings, is_headless=environment.web_ui is None)
    events = environment.events
    events.test_start.add_listener(lambda **_: role.open_run())
    events.spawning_complete.add_listener(lambda **_: role.begin())
    events.test_stopping.add_listener(lambda **_: role.finish("stopped"))
    events.quitting.add_listener(lambda **_: role.finish("terminated"))
    events.quit.add_listener(lambda **_: role.print_verdict())
    _take_interrupts(role.interrupt)


def _prepare_options(options: Any, settings: Settings, *, is_headless: bool) -> None:
    """Say before the run what Locust should know of it: the curve's length, the cap of shoppers, all of them at once."""
    if is_headless and settings.host:
        try:
            check_loopback(settings.host)
            check_answers(settings.host)
        except GuardError as error:
            _leave([str(error)])
    if options.num_users is None:
        options.num_users = default_shoppers(settings)
    if options.spawn_rate is None:
        options.spawn_rate = options.num_users
    if is_headless:
        # The progress line takes the place of Locust's table every two seconds; the final tables stay.
        options.only_summary = True
        if options.run_time is None:
            options.run_time = int(settings.duration_s + longest_wish_s(settings) + _MARGIN_S)


def _install_worker(environment: Any, is_worker: bool) -> None:
    role = WorkerRole(environment)
    if is_worker:
        environment.events.quitting.add_listener(lambda **_: role.leave())
        _take_interrupts(lambda: None)
    role.hello()


def _take_interrupts(note: Callable[[], None]) -> None:
    """Ctrl-C ends the run in order: by default it lands in whichever greenlet runs, and that greenlet dies of it."""

    def interrupted() -> None:
        note()
        gevent.get_hub().handle_system_error(KeyboardInterrupt, KeyboardInterrupt())

    gevent.signal_handler(signal.SIGINT, interrupted)


def _leave(sentences: list[str]) -> None:
    for sentence in sentences:
        sys.stderr.write(f"{sentence}\n")
    sys.exit(USAGE)
