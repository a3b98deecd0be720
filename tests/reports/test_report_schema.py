"""What --json prints is what the schema says, and the schema in the repository is that of the types."""

import json

import jsonschema
import msgspec

from reports.gate import REPORT_VERSION
from reports.report_schema import SCHEMA_FILE, report_schema
from reports.run_record.schema import to_json
from tests.helpers.sample_report import REPORT, filled_with


def test_the_file_is_made_of_the_types() -> None:
    """`python -m reports.report_schema` writes the file; it has been run since the last change of a type."""
    assert SCHEMA_FILE.read_bytes() == report_schema()


def test_reports_follow_the_schema() -> None:
    """Reports of every kind are valid, one without its verdict is not."""
    schema = json.loads(SCHEMA_FILE.read_bytes())
    check = jsonschema.Draft202012Validator(schema)
    for report in (REPORT, filled_with("x"), msgspec.structs.replace(REPORT, audit=None, objectives=[])):
        check.validate(json.loads(to_json(report)))
    broken = {name: value for name, value in json.loads(to_json(REPORT)).items() if name != "verdict"}

    assert not check.is_valid(broken)


def test_the_document_carries_its_version() -> None:
    """A reader learns from the document which schema it follows."""
    assert json.loads(to_json(REPORT))["report_version"] == REPORT_VERSION
    assert f"version {REPORT_VERSION}" in json.loads(SCHEMA_FILE.read_bytes())["title"]
