"""The official models of UCP, one release a version: what neither side of the wire is made from.

All releases are the package `ucp_sdk`, so each is imported from its own folder and then forgotten by name; its classes
live on. The models are open by design: what they do not know is a complaint here, and so is a null.
"""

import importlib
import sys
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

from pydantic import AnyUrl, BaseModel, ConfigDict, Field, RootModel, TypeAdapter, ValidationError, create_model

RELEASES = {"2026-01-11": "0.1.0", "2026-01-23": "0.3.0", "2026-04-08": "0.4.6"}
"""Protocol version: the release of ucp-sdk that models it."""
FOLDER = Path(sys.prefix) / "ucp-sdk"
_PACKAGE = "ucp_sdk"
_MODULES = (
    "ucp",
    "shopping.discount",
    "shopping.fulfillment",
    "shopping.order",
    "shopping.checkout_create_request",
    "shopping.checkout_update_request",
    "shopping.checkout_complete_request",
    "shopping.types.fulfillment_create_request",
    "shopping.types.fulfillment_update_request",
    "shopping.types.card_payment_instrument",
    "shopping.types.message",
)
_MODULES_OF_JANUARY_11 = (
    "shopping.discount_create_req",
    "shopping.discount_update_req",
    "shopping.fulfillment_create_req",
    "shopping.fulfillment_update_req",
    "shopping.payment_data",
    "shopping.types.card_payment_instrument",
)
_ERROR_RESPONSE = "shopping.types.error_response"
"""Modelled from 2026-04-08 on."""


@cache
def sdk(version: str) -> dict[str, ModuleType]:
    """The modules of the release that models a version, by their path below `ucp_sdk.models.schemas`."""
    folder = str(FOLDER / RELEASES[version])
    sys.path.insert(0, folder)
    try:
        names = {"2026-01-11": _MODULES_OF_JANUARY_11, "2026-01-23": _MODULES}.get(
            version, (*_MODULES, _ERROR_RESPONSE)
        )
        return {name: importlib.import_module(f"{_PACKAGE}.models.schemas.{name}") for name in names}
    finally:
        sys.path.remove(folder)
        for name in [name for name in sys.modules if name.partition(".")[0] == _PACKAGE]:
            del sys.modules[name]


def _extended(base: Any, **fields: Any) -> Any:
    optional = {name: (kind, ...) if name == "ucp" else (kind | None, None) for name, kind in fields.items()}
    bases = base if isinstance(base, tuple) else (base,)
    make: Any = create_model  # the bases are known when the tests run, not to a type checker
    return make(bases[0].__name__, __base__=bases, **optional)


def _list_of(kind: Any) -> Any:
    return list[kind]


def _envelope(**fields: Any) -> Any:
    return create_model("Envelope", __config__=ConfigDict(extra="forbid"), **fields)


@cache
def models(version: str) -> dict[str, Any]:
    """The model of each body of a version: its base, put together with the extensions that the shop speaks.

    Errors without a checkout have a model of their own in 2026-04-08 only; the others are made of the official parts.
    """
    of = sdk(version)
    if version == "2026-01-11":
        return _requests_of_january_11(of)
    ucp, discount, fulfillment = of["ucp"], of["shopping.discount"], of["shopping.fulfillment"]
    codes = discount.DiscountsObject
    wished = of["shopping.types.fulfillment_create_request"].FulfillmentCreateRequest
    chosen = of["shopping.types.fulfillment_update_request"].FulfillmentUpdateRequest
    complete = of["shopping.checkout_complete_request"].CheckoutCompleteRequest
    message = of["shopping.types.message"].Message
    checkout = _extended((discount.Checkout, fulfillment.Checkout), ucp=ucp.ResponseCheckoutSchema)
    found = {
        "profile": _envelope(ucp=(ucp.BusinessSchema, ...)),
        "checkout": checkout,
        "order": _extended(of["shopping.order"].Order, ucp=ucp.ResponseOrderSchema),
        "create": _extended(
            of["shopping.checkout_create_request"].CheckoutCreateRequest, discounts=codes, fulfillment=wished
        ),
        "update": _extended(
            of["shopping.checkout_update_request"].CheckoutUpdateRequest, discounts=codes, fulfillment=chosen
        ),
        "complete": complete,
        "card": of["shopping.types.card_payment_instrument"].CardPaymentInstrument,
    }
    if version == "2026-01-23":
        found["complete"] = _extended(complete, risk_signals=dict[str, Any])
        found["error"] = _envelope(
            status=(Literal["requires_escalation"], ...), messages=(_list_of(message), Field(min_length=1))
        )
    else:
        found["error"] = _envelope(code=(str, ...), content=(str, ...), continue_url=(AnyUrl | None, None))
        found["no_resource"] = _extended(of[_ERROR_RESPONSE].ErrorResponse, ucp=ucp.Error)
    return found


def _requests_of_january_11(of: dict[str, ModuleType]) -> dict[str, Any]:
    """What a platform sends in 2026-01-11; its release has no one model of a request with extensions."""
    found: dict[str, Any] = {}
    for name in ("create", "update"):
        fulfillment, discount = of[f"shopping.fulfillment_{name}_req"], of[f"shopping.discount_{name}_req"]
        found[name] = _extended((fulfillment.Checkout, discount.Checkout))
    card = of["shopping.types.card_payment_instrument"].CardPaymentInstrument
    found["complete"] = _envelope(payment_data=(card, ...), risk_signals=(dict[str, Any], ...))
    return found


def complaints(version: str, name: str, body: bytes) -> list[str]:
    """What is wrong with a body, one line each, with the place; empty when it is valid."""
    try:
        value = TypeAdapter(models(version)[name]).validate_json(body, strict=True)
    except ValidationError as error:
        return [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]
    return list(_surplus(value, "$"))


def _surplus(value: object, path: str) -> Any:
    """Members that no model knows, and members that are null."""
    if isinstance(value, RootModel):
        yield from _surplus(value.root, path)
    elif isinstance(value, BaseModel):
        yield from (f"{path}.{name}: not in the model" for name in value.model_extra or {})
        for name in value.model_fields_set & set(type(value).model_fields):
            member = getattr(value, name)
            if member is None:
                yield f"{path}.{name}: null"
            yield from _surplus(member, f"{path}.{name}")
    elif isinstance(value, list):
        for place, one in enumerate(value):
            yield from _surplus(one, f"{path}[{place}]")
    elif isinstance(value, dict):
        for name, one in value.items():
            yield from _surplus(one, f"{path}.{name}")
