"""The limits that the comparison with nginx is held against: kept, missed, not measured."""

import importlib.machinery
import importlib.util
import json

import pytest

from support.processes import ROOT


@pytest.fixture(scope="module")
def compare():
    loader = importlib.machinery.SourceFileLoader("compare", str(ROOT / "Benchmarks/compare"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("compare", loader))
    loader.exec_module(module)
    return module


def figures_at(compare, factor):
    """Figures of three runs whose medians are `factor` times what is allowed."""
    figures = {}
    for limit in compare.LIMITS:
        columns = figures.setdefault(limit.figure, {})
        base = 50.0
        if limit.over:
            columns[limit.over] = [base, 1.0, 999.0]
            value = base * limit.most * factor
        elif limit.minus:
            columns[limit.minus] = [base, 1.0, 999.0]
            value = base + limit.most * factor
        else:
            value = limit.most * factor if limit.most else 0 if factor <= 1 else 1
        columns[limit.column] = [value, value / 2, value * 3]
    return figures


def test_medians_at_their_limits_are_kept_and_above_are_missed(compare):
    assert all(is_kept for is_kept, _ in compare.verdicts(figures_at(compare, 1), compare.PARTS))
    assert not any(is_kept for is_kept, _ in compare.verdicts(figures_at(compare, 1.01), compare.PARTS))


def test_one_missed_limit_is_named_with_its_figures(compare):
    figures = figures_at(compare, 1)
    figures["MiB (PSS) when idle"]["patchbay"] = [21.0, 30.0, 5.0]
    missed = [line for is_kept, line in compare.verdicts(figures, compare.PARTS) if not is_kept]
    assert missed == ["MiB (PSS) when idle: patchbay: 21.00, at most 20.00"]


def test_a_figure_that_was_not_measured_is_missed_if_its_part_ran(compare):
    figures = figures_at(compare, 1)
    del figures["µs of processor time per chunk"]["nginx"]
    missed = [line for is_kept, line in compare.verdicts(figures, compare.PARTS) if not is_kept]
    assert len(missed) == 1 and "µs of processor time per chunk" in missed[0] and "not measured (nginx)" in missed[0]
    assert all(is_kept for is_kept, _ in compare.verdicts(figures, ["requests", "start"]))


def test_every_limit_belongs_to_a_part_and_every_configuration_has_the_size_it_says(compare, tmp_path):
    assert {limit.part for limit in compare.LIMITS} <= set(compare.PARTS)
    few, many = (
        json.loads(compare.settings(1, 2, tmp_path, models=count // compare.ENDPOINTS_EACH, endpoints=compare.ENDPOINTS_EACH))
        for count in [compare.FEW, compare.MANY])
    for document, count in [(few, compare.FEW), (many, compare.MANY)]:
        assert sum(len(model["endpoints"]) for model in document["models"]) == count
        assert {len(model["endpoints"]) for model in document["models"]} == {compare.ENDPOINTS_EACH}
    assert len(json.loads(compare.settings(1, 2, tmp_path, keys=10_000))["access"]["keys"]) == 10_000
