"""Rows of wishes as bytes."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from locustfiles.recording.packing import pack, unpack
from reports.run_record.schema import PurchaseRow

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=9)
INT64 = st.integers(-(2**63), 2**63 - 1)
ROWS = st.builds(
    PurchaseRow,
    *[INT64] * 2,
    *[TEXT] * 6,
    *[INT64] * 3,
    st.booleans(),
    *[TEXT] * 3,
    *[INT64] * 4,
    *[st.booleans()] * 4,
)


@given(st.lists(ROWS, max_size=5))
def test_rows_survive(rows: list[PurchaseRow]) -> None:
    """What is unpacked is what was packed, in order."""
    assert unpack(pack(rows)) == rows


@given(st.lists(ROWS, max_size=5))
def test_rows_without_the_last_column(rows: list[PurchaseRow]) -> None:
    """A row that was written before shoppers returned is one of a shopper who does not."""
    older = msgspec.msgpack.encode([msgspec.structs.astuple(row)[:-1] for row in rows])

    assert unpack(older) == [msgspec.structs.replace(row, returning=False) for row in rows]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\x91\x91\x01", id="a row of one field"),
        pytest.param(b"\xc1", id="no MessagePack"),
        pytest.param(b"\x91" * 10_000, id="nested without end"),
        pytest.param(b"\x91\xa1\xff", id="no text"),
    ],
)
def test_bytes_without_rows(data: bytes) -> None:
    """Bytes that hold no rows are told from bytes that hold none of them."""
    assert unpack(data) is None
    assert unpack(b"\x90") == []
