"""`python -m target_stub`: reads the configuration, listens, says so in one line, and ends cleanly."""

import asyncio
import contextlib
import gc
import os
import resource
import secrets
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec
import uvloop

from target_stub.app import build, keep_campaign, keep_truth
from target_stub.campaign_settings import expiry_of, plan_of, shelves_of, terms_of
from target_stub.catalogue import CATALOGUE
from target_stub.clock import SystemClock
from target_stub.command_line import as_toml, parse
from target_stub.config import Config, ConfigError, campaign_voice_of
from target_stub.http_server import BACKLOG, HttpServer
from target_stub.ledger import BooksError, LedgerUnavailableError
from target_stub.ledger_export import export
from target_stub.ledger_postgres import without_password
from target_stub.shop import open_shop
from target_stub.stations import open_stations
from target_stub.ucp_dialect import UcpTerms, UcpVersion

EXIT_USAGE: Final = 2
_LOOPBACK: Final = "127.0.0.1"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the stub until it is told to end; returns the exit code."""
    try:
        invocation = parse(sys.argv[1:] if arguments is None else arguments)
        if invocation.print_config:
            print(as_toml(invocation.config), end="")
            return 0
        if invocation.export_ledger is not None:
            export(str(invocation.config.ledger), invocation.export_ledger)
            return 0
        api_key = _api_key(invocation.config, os.environ)
        with _listening(invocation.config) as (public, control), _truth_sink(invocation.config) as sink:
            _allow_many_connections()
            uvloop.run(_run(invocation.config, api_key, public, control, sink))
    except (ConfigError, BooksError) as error:
        for sentence in error.sentences if isinstance(error, ConfigError) else [str(error)]:
            print(f"springtide-stub: {sentence}", file=sys.stderr)
        return EXIT_USAGE
    return 0


def _api_key(config: Config, environ: Mapping[str, str]) -> str | None:
    if config.api_key_env is None:
        return None
    key = environ.get(config.api_key_env, "")
    if not key:
        raise ConfigError([f"--api-key-env names {config.api_key_env!r}, which is not set: export it, or leave it out"])
    return key


@contextlib.contextmanager
def _listening(config: Config) -> Iterator[tuple[socket.socket, socket.socket]]:
    with contextlib.ExitStack() as stack:
        sockets = []
        for host, port, flag in (
            (config.host, config.port, "--port"),
            (_LOOPBACK, config.control_port, "--control-port"),
        ):
            try:
                family = socket.AF_INET6 if ":" in host else socket.AF_INET
                sockets.append(stack.enter_context(socket.create_server((host, port), family=family, backlog=BACKLOG)))
            except OSError as error:
                hint = f"choose another with {flag}, or 0 for a free one"
                raise ConfigError([f"cannot listen on {host} port {port} ({error.strerror}): {hint}"]) from None
        yield sockets[0], sockets[1]


@contextlib.contextmanager
def _truth_sink(config: Config) -> Iterator[Callable[[bytes], None]]:
    if config.truth is None:
        yield lambda _line: None
        return
    with contextlib.ExitStack() as stack:
        try:
            file = stack.enter_context(Path(config.truth).open("wb", buffering=0))
        except OSError as error:
            raise ConfigError([f"--truth {config.truth}: cannot write there ({error.strerror})"]) from None

        def sink(line: bytes) -> None:
            # A full disk must not refuse shoppers: the line is lost, aloud, and the doors stay open.
            try:
                file.write(line)
            except OSError as error:
                lost = f"a second of the truth is lost ({error.strerror})"
                print(f"springtide-stub: --truth {config.truth}: {lost}", file=sys.stderr)

        yield sink


def _allow_many_connections() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


async def _run(
    config: Config, api_key: str | None, public: socket.socket, control: socket.socket, sink: Callable[[bytes], None]
) -> None:
    clock = SystemClock()
    stations = open_stations(config, clock, sink)
    shop = open_shop(
        config.ledger,
        instance=f"{os.getpid():x}",
        clock=clock,
        catalogue=CATALOGUE,
        api_key=api_key,
        voice=campaign_voice_of(config),
        terms=terms_of(config),
        plan=plan_of(config),
        cards_expire_unix_ns=expiry_of(config, clock.unix_ns()),
        supply=shelves_of(config, CATALOGUE),
        quantity_limit=config.quantity_limit,
        ucp=UcpTerms(UcpVersion(config.ucp_version), config.ucp_update, config.ucp_posture),
        stations=stations.turns,
    )
    try:
        await shop.start()
    except LedgerUnavailableError as error:
        raise ConfigError([f"--ledger {without_password(config.ledger or '')}: {error}"]) from None
    token = secrets.token_urlsafe(24)
    stub = build(config, shop, stations, clock, control_token=token, api_key=api_key)
    servers = (HttpServer(stub.public), HttpServer(stub.control))
    runs = [asyncio.create_task(server.serve([sock])) for server, sock in zip(servers, (public, control), strict=True)]
    tickers = (
        asyncio.create_task(keep_truth(stations, clock)),
        asyncio.create_task(keep_campaign(shop, clock)),
    )
    end = _end_wish(config.until_stdin_closes)
    for server in servers:
        await server.listening.wait()
    ready = {
        "event": "ready",
        "url": _url(public),
        "control_url": _url(control),
        "control_token": token,
        "pid": os.getpid(),
        "capacity_orders_per_s": stations.capacity.orders_per_s,
        "binding_station": stations.capacity.binding,
        "station_orders_per_s": stations.capacity.stations,
    }
    _calm_collector()
    print(msgspec.json.encode(ready).decode(), flush=True)
    await end.wait()
    for server in servers:
        server.should_exit = True
    await asyncio.gather(*runs)
    for server in servers:
        await server.last_tasks()
    for ticker in tickers:
        ticker.cancel()
    stations.close()
    await shop.close()


def _calm_collector() -> None:
    # With thousands of shoppers in the queue a full collection stops the loop for 50-100 ms, which every client would
    # measure as the service's latency; a run leaves hardly a cycle behind. So what exists by now is never looked at,
    # and what comes later in small lots, while it is young.
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 1_000, 1_000)


def _url(sock: socket.socket) -> str:
    host, port = sock.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _end_wish(until_stdin_closes: bool) -> asyncio.Event:
    end = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end.set)
    if until_stdin_closes:
        threading.Thread(target=_await_stdin_end, args=(loop, end), name="stdin", daemon=True).start()
    return end


def _await_stdin_end(loop: asyncio.AbstractEventLoop, end: asyncio.Event) -> None:
    # os.read and not sys.stdin: a daemon thread that holds the buffer's lock would abort the interpreter at its end.
    with contextlib.suppress(OSError):
        while os.read(0, 4096):
            pass
    with contextlib.suppress(RuntimeError):  # the loop is closed: the stub has ended for another reason
        loop.call_soon_threadsafe(end.set)


if __name__ == "__main__":
    sys.exit(main())
