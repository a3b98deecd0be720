"""The only file that adds listeners to a Locust environment. Idempotent: the environment itself is marked.

Local runner: both roles in one process. Master: conducts. Worker: generates.
"""

import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import gevent
from locust.runners import MasterRunner, WorkerRunner

from locustfiles.guard import GuardError
from locustfiles.session.conductor import permitted
from locustfiles.session.master_role import USAGE, MasterRole
from locustfiles.session.options import JOURNEY_SLO, offer_on
from locustfiles.session.scenarios import Scenario
from locustfiles.session.settings import Settings, SettingsError
from locustfiles.session.watch_master import WATCH_OPTIONS, WatchMaster
from locustfiles.session.watch_worker import WatchWorker
from locustfiles.session.worker_role import WorkerRole

_MARK = "springtide_installed"
_MARGIN_S = 60.0
"""Beyond everything a run may take by itself; Locust's run time is only the last resort that ends a hung one."""


def carry_out(events: Any, scenario: Scenario, *, steps: Sequence[str] = ()) -> None:
    """Make a locustfile with shoppers of one's own a ``scenario``, by one line in it; ``events`` is Locust's.

    ``steps`` are the names of the journeys' requests, in order: they let an SLO file be checked before the run, and say which
    request lets a shopper in. Steps that are not named are recorded too.
    """
    own = replace(scenario, steps=tuple(steps), slo=JOURNEY_SLO, lives_target=False)
    events.init_command_line_parser.add_listener(lambda parser, **_: offer_on(parser, own.options))
    events.init.add_listener(lambda environment, **_: install(environment, own))


def record(events: Any) -> None:
    """Give a locustfile's present users, ``HttpUser`` or any other that fires Locust's request event, a run record and a gate.

    One line in the locustfile; ``events`` is Locust's. Springtide then neither schedules nor sends anything.
    """
    if getattr(events, _MARK, False):
        return
    setattr(events, _MARK, True)
    events.init_command_line_parser.add_listener(lambda parser, **_: offer_on(parser, WATCH_OPTIONS))
    events.init.add_listener(lambda environment, **_: _watch(environment))


def _watch(environment: Any) -> None:
    gevent.get_hub().loop.update_now()  # or Locust's run time counts from before the locustfile was imported
    is_worker, is_master = (isinstance(environment.runner, kind) for kind in (WorkerRunner, MasterRunner))
    hooks = environment.events
    if not is_worker:
        owner = WatchMaster(environment)
        if environment.web_ui is None and (mistakes := owner.mistakes()):
            _leave(mistakes)
        hooks.test_start.add_listener(lambda **_: owner.open_run())
        if is_master:
            hooks.test_stopping.add_listener(lambda **_: owner.finish("stopped"))  # before workers are told to leave
        if not is_master or environment.web_ui is not None:  # a headless master's workers are busy until it has quit
            hooks.test_stop.add_listener(lambda **_: owner.end("stopped"))
        hooks.quitting.add_listener(lambda **_: owner.quitting())
        hooks.quit.add_listener(lambda **_: owner.print_verdict())
        _take_interrupts(owner.interrupt)
    if not is_master:
        worker = WatchWorker(environment)
        if is_worker:
            hooks.quitting.add_listener(lambda **_: worker.finish())
        worker.hello()


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
    if is_headless:
        try:
            permitted(settings)
        except GuardError as error:
            _leave([str(error)])
    if options.num_users is None:
        options.num_users = settings.usual_shoppers
    if options.spawn_rate is None:
        options.spawn_rate = options.num_users
    if is_headless:
        # The progress line takes the place of Locust's table every two seconds; the final tables stay.
        options.only_summary = True
        if options.run_time is None:
            options.run_time = int(settings.duration_s + settings.longest_wish_s + _MARGIN_S)


def _install_worker(environment: Any, is_worker: bool) -> None:
    role = WorkerRole(environment)
    if is_worker:
        environment.events.quitting.add_listener(lambda **_: role.leave())
        _take_interrupts(role.end_load)
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
