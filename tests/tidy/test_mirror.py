"""Who reads a module finds its test under the same path."""

from pathlib import Path

from tests.helpers.source_tree import PACKAGES, ROOT, modules_of_tests, package_modules, shown

WITHOUT_A_MIRROR: dict[str, str] = {
    "locustfiles/arrivals/arrival.py": "a value without behaviour; the pacer's and the process's tests are full of it",
    "locustfiles/journeys/prompt_words_en.py": "words without behaviour; test_prompts.py reads the prompts made of them",
    "locustfiles/journeys/prompt_words_zh.py": "words without behaviour; test_prompts.py reads the prompts made of them",
    "locustfiles/protocols/checkout.py": "values and an interface; each dialect's test holds it",
    "locustfiles/transport/exchange.py": "values without behaviour; the connection's tests are full of them",
    "target_stub/admission/arrival.py": "values without behaviour; the tests of doors and controller are full of them",
    "reports/exit_codes.py": "a list of numbers; the gate's tests hold their order",
    "reports/run_record/arrow_stream.py": "test_run_directory.py writes and reads every table through it",
    "reports/run_record/schema.py": "values without behaviour; test_run_directory.py writes and reads every row",
    "reports/run_record/said.py": "values without behaviour; test_evidence.py and test_kept_texts.py write and read every row",
    "reports/run_record/outcome.py": "a closed vocabulary; tests/locustfiles/recording/test_classify.py gives each word its case",
    "target_stub/ucp_dialect.py": "values without behaviour; every test of UCP names its version, rule and posture with them",
}
"""Module: why no file of its own tests it."""


def mirror_of(module: Path) -> Path:
    """Where a module's test lies."""
    relative = module.relative_to(ROOT)
    return ROOT / "tests" / relative.parent / f"test_{relative.name}"


def mirrored_modules() -> list[Path]:
    """The modules that need a test file: all but ``__init__`` files."""
    return [path for path in package_modules() if path.name != "__init__.py"]


def test_every_module_has_a_test_file() -> None:
    """Every module has its test file, or the exception table says why not."""
    missing = [
        f"{shown(path)} has no {shown(mirror_of(path))}"
        for path in mirrored_modules()
        if not mirror_of(path).exists() and shown(path) not in WITHOUT_A_MIRROR
    ]

    assert not missing, "\n".join(missing)


def test_every_mirrored_test_file_has_a_module() -> None:
    """A test file under a package's mirror belongs to a module that exists."""
    mirrors = {mirror_of(path) for path in mirrored_modules()}
    folders = [ROOT / "tests" / package for package in PACKAGES]
    orphans = [
        shown(path)
        for path in modules_of_tests()
        if path.name.startswith("test_") and any(folder in path.parents for folder in folders) and path not in mirrors
    ]

    assert not orphans, "\n".join(orphans)


def test_the_exception_table_is_true() -> None:
    """Every module in the exception table exists and has no test file."""
    stale = [path for path in WITHOUT_A_MIRROR if not (ROOT / path).exists() or mirror_of(ROOT / path).exists()]

    assert not stale, "\n".join(stale)
