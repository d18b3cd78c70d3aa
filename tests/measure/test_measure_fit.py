from pathlib import Path
from typing import Any

import numpy as np
import pytest

from planner.catalog.catalog import Catalog
from planner.catalog.loader import load_catalog
from planner.errors import CatalogError, SpecError
from planner.measure.cases import gather
from planner.measure.fit import fit, problem
from planner.measure.overrides import value_of, with_values
from planner.measure.parameters import priors, values_at
from planner.measure.predict import predict
from planner.measure.rows import read_measurements
from planner.measure.validate import validate
from tests.measure.sheets import row, write

MODELS = ("meta-llama/Meta-Llama-3.1-8B", "Qwen/Qwen2.5-7B-Instruct")


def at_priors() -> Catalog:
    """The catalogue as before any end-to-end fit."""
    catalog = load_catalog()
    return with_values(catalog, {parameter.key: parameter.prior for parameter in priors(catalog)})


def generated(folder: Path, truth: Catalog, noise: float, **changes: Any) -> Any:
    """Rows that ``truth`` predicts, times lognormal noise."""
    asked = [
        row(model=model, concurrency=clients, input_tokens=prompt, tpot_ms=1.0, **changes)
        for model in MODELS
        for clients in (1, 16, 64, 256)
        for prompt in (128, 2048)
    ]
    rows = read_measurements(write(folder, *asked))
    exact = predict(gather(rows, truth), truth).tpot_s
    shaken = exact * np.exp(noise * np.random.default_rng(1).standard_normal(len(exact)))
    return read_measurements(
        write(folder, *({**each, "tpot_ms": 1e3 * tpot} for each, tpot in zip(asked, shaken, strict=True)))
    )


def test_every_parameter_is_a_number_of_the_catalogue_with_a_prior() -> None:
    catalog = load_catalog()
    for parameter in priors(catalog):
        assert parameter.prior > 0.0
        assert 0.0 < parameter.sigma <= 0.6
        assert value_of(catalog, parameter.key) > 0.0


def test_the_fitted_values_lie_where_their_priors_let_them() -> None:
    catalog = load_catalog()
    moved = [abs(np.log(value_of(catalog, p.key) / p.prior)) / p.sigma for p in priors(catalog)]
    assert max(moved) < 3.0
    assert np.mean(np.array(moved) ** 2) < 1.0


def test_a_number_that_is_not_there_is_refused() -> None:
    for key in ("engine.vllm.magic", "engine.none.step_ms", "gemm.magic", "link.nvlink4.magic"):
        with pytest.raises(CatalogError, match="of this name in the catalogue"):
            value_of(load_catalog(), key)


def test_replaced_numbers_are_read_back_and_leave_the_catalogue_alone() -> None:
    catalog = load_catalog()
    values = {"engine.trtllm-0.11.step_ms": 9.0, "link.nvlink4.efficiency": 0.5, "gemm.bf16.compute": 0.1}
    changed = with_values(catalog, values)
    assert {key: value_of(changed, key) for key in values} == values
    assert value_of(catalog, "link.nvlink4.efficiency") != 0.5


def test_a_fit_to_the_priors_own_predictions_stays_there(tmp_path: Path) -> None:
    task = problem(generated(tmp_path, at_priors(), 0.0), load_catalog())
    z, _ = fit(task)
    assert np.max(np.abs(z)) < 0.01


def test_a_fit_recovers_a_cost_that_differs(tmp_path: Path) -> None:
    key = "engine.vllm.sequence_us"
    truth = with_values(at_priors(), {key: 3.0 * value_of(at_priors(), key)})
    task = problem(generated(tmp_path, truth, 0.02), load_catalog())
    z, _ = fit(task)
    found = values_at(task.parameters, z)
    prior = value_of(at_priors(), key)
    assert 1.3 * prior < found[key] < 3.0 * prior
    assert all(abs(step) < 3.0 * p.sigma for step, p in zip(z, task.parameters, strict=True))
    start, end = (task.log_predicted(values_at(task.parameters, at)) - task.measured.log_measured for at in (0 * z, z))
    assert np.abs(end).mean() < 0.6 * np.abs(start).mean()


def test_flagged_rows_take_no_part(tmp_path: Path) -> None:
    rows = generated(tmp_path, at_priors(), 0.5, flag="odd")
    z, _ = fit(problem(rows, load_catalog()))
    assert np.max(np.abs(z)) < 1e-9


def test_a_model_left_out_is_predicted_by_what_the_others_show(tmp_path: Path) -> None:
    truth = with_values(
        at_priors(), {"engine.vllm.sequence_us": 3.0 * value_of(at_priors(), "engine.vllm.sequence_us")}
    )
    rows, catalog = generated(tmp_path, truth, 0.0), load_catalog()
    left_out = validate(rows, catalog, "model").found.error
    untouched = predict(gather(rows, at_priors()), at_priors())
    measured = np.array([each.numbers["tpot_ms"] for each in rows]) / 1e3
    tpots = validate(rows, catalog, "model").found.quantity == 1
    assert np.abs(left_out[tpots]).mean() < 0.6 * np.abs(np.log(untouched.tpot_s / measured)).mean()


def test_leaving_out_the_only_group_is_refused(tmp_path: Path) -> None:
    rows = read_measurements(write(tmp_path, row(), row(concurrency=2)))
    with pytest.raises(SpecError, match="nothing remains to refit to"):
        validate(rows, load_catalog(), "model")
