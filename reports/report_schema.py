"""The JSON Schema of what ``springtide gate --json`` prints, made from the types of the report.

``python -m reports.report_schema`` writes it again to ``reports/report_schema.json``; a test holds the file equal to the types.

The schema belongs to ``REPORT_VERSION``, which the document carries as ``report_version``. A new field or a new word of a list is no
new version: a reader ignores what it does not know. The version is raised when a field goes, changes its name, its type or its
unit, when what a value means changes, or when a value that was always there may be absent. A number is null where it is not known,
and where it is beyond every recorded value: a quantile among events that were never answered.
"""

from pathlib import Path

import msgspec

from reports.gate import REPORT_VERSION, Report

SCHEMA_FILE = Path(__file__).with_name("report_schema.json")


def report_schema() -> bytes:
    """The schema as indented JSON, draft 2020-12."""
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"What springtide gate --json prints, version {REPORT_VERSION}",
    }
    return msgspec.json.format(msgspec.json.encode(head | msgspec.json.schema(Report)), indent=2) + b"\n"


if __name__ == "__main__":
    SCHEMA_FILE.write_bytes(report_schema())
