"""Our JSON Schemas of ACP 2026-04-17, which neither side of the wire is made from."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

SCHEMA_FILE = Path(__file__).parents[1] / "contracts" / "schemas" / "acp_2026_04_17.json"


@cache
def validator(name: str) -> Draft202012Validator:
    """The validator of one body: session, create_request, error, and so on."""
    schema: dict[str, Any] = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    assert name in schema["$defs"], f"no schema named {name}"
    return Draft202012Validator({**schema, "$ref": f"#/$defs/{name}"})


def complaints(name: str, body: object) -> list[str]:
    """What is wrong with a body, one line each, with the place; empty when it is valid."""
    return [f"{error.json_path}: {error.message}" for error in validator(name).iter_errors(body)]
