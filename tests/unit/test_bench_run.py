"""The exit code of the benches: a figure that is missing is never passed over in silence."""

import sys
from types import ModuleType

import pytest

from bench import __main__ as benches
from bench.measurement import Measurement, NotMeasured, Result


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    module = ModuleType("bench.example")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(benches, "BENCHES", ("example",))
    return module


@pytest.mark.parametrize(
    ("result", "code"),
    [(Measurement("quick", 0.1, reach=1), 0), (Measurement("slow", 2, reach=1), 0), (NotMeasured("x", "no npm"), 1)],
)
def test_what_could_not_be_measured_is_told_by_the_exit_code(bench: ModuleType, result: Result, code: int) -> None:
    bench.run = lambda: [Measurement("another", 0.1), result]  # type: ignore[attr-defined]  # a module made up here
    assert benches.main([]) == code


def test_a_bench_that_breaks_is_not_measured(bench: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    def broken() -> list[Result]:
        raise OSError("no terminal here")

    bench.run = broken  # type: ignore[attr-defined]  # a module made up here
    assert benches.main(["example"]) == 1
    assert "not measured" in capsys.readouterr().out


def test_an_unknown_name_is_bad_usage() -> None:
    assert benches.main(["nonsense"]) == 2
