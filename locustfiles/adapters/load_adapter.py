"""The class that a target file names: ``my_shop.py:MyShop`` or ``package.module:Class``."""

import importlib
import importlib.util
import sys
import traceback
from difflib import get_close_matches
from pathlib import Path
from types import ModuleType

from locustfiles.adapters.shop_adapter import ShopAdapter

VERBS = ("create", "apply_card", "pay", "read_order")


class AdapterError(ValueError):
    """A class that cannot be had or used; the text is one sentence for the user."""


def load_adapter(spec: str, folder: Path | None = None) -> type[ShopAdapter]:
    """The adapter class of ``file.py:Class``, relative to ``folder`` (default: where one stands), or ``package.module:Class``.

    AdapterError with one sentence when file, module, class, base class or a verb is missing.
    """
    place, colon, name = spec.rpartition(":")
    if not colon or not place or not name.isidentifier():
        raise AdapterError(
            f"The adapter {spec!r} names no class; write it as my_shop.py:MyShop or package.module:MyShop."
        )
    module = _of_file((folder or Path()) / place) if place.endswith(".py") else _of_name(place)
    found = getattr(module, name, None)
    if found is None:
        classes = [each for each, value in vars(module).items() if _is_adapter(value)]
        near = get_close_matches(name, classes, 1) or classes[:1]
        hint = f"did you mean {near[0]}?" if near else "it holds no subclass of ShopAdapter either."
        raise AdapterError(f"The adapter {spec!r}: {place} has no class {name}; {hint}")
    if not _is_adapter(found):
        raise AdapterError(
            f"The adapter {spec!r}: {name} is no subclass of ShopAdapter (locustfiles.adapters.shop_adapter); derive it from that."
        )
    adapter: type[ShopAdapter] = found
    lacking = [verb for verb in VERBS if verb in adapter.__abstractmethods__]
    if lacking:
        raise AdapterError(
            f"The adapter {spec!r}: {name} lacks {_listed(lacking)}; an adapter has all of {_listed(VERBS)}."
        )
    if adapter.__abstractmethods__:
        raise AdapterError(
            f"The adapter {spec!r}: {name} is abstract, since it lacks {_listed(sorted(adapter.__abstractmethods__))}."
        )
    return adapter


def made_adapter(
    spec: str, *, currency: str, country: str, payment_handler: str, credential: str, folder: Path | None = None
) -> ShopAdapter:
    """An object of the class, told what the target file says; AdapterError when it cannot be had or made."""
    adapter = load_adapter(spec, folder)
    try:
        return adapter(currency=currency, country=country, payment_handler=payment_handler, credential=credential)
    except Exception as error:
        raise AdapterError(
            f"The adapter {spec!r} cannot be made: {_why(error)}; leave __init__ out, or take what ShopAdapter.__init__ takes."
        ) from error


def _is_adapter(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, ShopAdapter) and value is not ShopAdapter


def _listed(names: list[str] | tuple[str, ...]) -> str:
    return " and ".join([*filter(None, [", ".join(names[:-1])]), names[-1]])


def _of_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise AdapterError(f"The adapter's file {str(path)!r} does not exist; the path is relative to the target file.")
    # The name is the file's own place, so that two shops of one name do not share a module.
    name = f"springtide_adapter_{path.resolve()}"
    made = importlib.util.spec_from_file_location(name, path)
    if made is None or made.loader is None:
        raise AdapterError(f"The adapter's file {str(path)!r} cannot be imported as Python.")
    module = importlib.util.module_from_spec(made)
    sys.modules[name] = module  # dataclasses look their module up
    try:
        made.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise AdapterError(f"The adapter's file {str(path)!r} cannot be imported: {_why(error)}.") from error
    return module


def _of_name(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except Exception as error:
        hint = "" if "." in name else "; the path of a file ends in .py"
        raise AdapterError(f"The adapter's module {name!r} cannot be imported: {_why(error)}{hint}.") from error


def _why(error: Exception) -> str:
    """The exception and its line, without its text, which may quote anything."""
    if isinstance(error, SyntaxError):
        return f"{type(error).__name__} in line {error.lineno}"
    if isinstance(error, ImportError):
        return f"{type(error).__name__} ({error.name} is not to be found)"
    frames = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} in line {frames[-1].lineno} of {Path(frames[-1].filename).name}"
