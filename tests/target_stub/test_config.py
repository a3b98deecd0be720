"""What a preset is made of."""

from typing import get_args

import msgspec
import pytest

from target_stub.config import PRESETS, Config, Preset


@pytest.mark.parametrize("preset", get_args(Preset))
def test_a_preset_changes_fields_that_exist_to_values_that_they_take(preset: str) -> None:
    """Every preset has its row, and the row makes a valid configuration."""
    made = msgspec.convert({"preset": preset, **PRESETS[preset]}, Config)

    assert {field: getattr(made, field) for field in PRESETS[preset]} == PRESETS[preset]
