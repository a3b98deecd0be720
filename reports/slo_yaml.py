"""YAML documents as plain values, stricter than YAML: a key that is written twice is an error, not the later one."""

from typing import Any

import yaml

from reports.slo_fields import SloError


class _StrictLoader(yaml.SafeLoader):
    """SafeLoader with a constructor of its own for mappings."""


def _mapping(loader: _StrictLoader, node: yaml.MappingNode) -> Any:
    seen: set[str] = set()
    for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
        if key.value in seen:
            raise yaml.constructor.ConstructorError(None, None, f"the key {key.value} is there twice", key.start_mark)
        seen.add(key.value)
    return loader.construct_yaml_map(node)


_StrictLoader.add_constructor("tag:yaml.org,2002:map", _mapping)


def load_documents(content: str) -> list[Any]:
    """Every document that is not empty. Raises SloError with line and column."""
    try:
        loaded = yaml.load_all(content, Loader=_StrictLoader)
        return [document for document in loaded if document is not None]
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise SloError(f"is not YAML that can be read: {_where(error)}") from error


def _where(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or type(error).__name__
    return f"{problem} at line {mark.line + 1}, column {mark.column + 1}" if mark else str(problem)
