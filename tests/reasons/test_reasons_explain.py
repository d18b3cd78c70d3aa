"""Every statement of an explanation holds when the changed request is solved by the whole planner."""

from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.plan.explanation import Explained, Flip, Need
from planner.reasons.explain import explain
from tests.pipeline.requests import catalog, request
from tests.reasons.asking import answer, answer_over, choice, cost, spec_with

few = settings(max_examples=2)
LIMITS = "{accelerators: [h100-sxm-80gb, l40s, a100-sxm-80gb], providers: [hyperstack, lambda, runpod]}"


def asked(rate: float, tpot: float, **more: str) -> str:
    changes = {
        "workload": f"{{requests_per_s: {rate}, input_tokens: 1000, output_tokens: 200}}",
        "slo": f"{{ttft_p95_ms: 1500, tpot_p95_ms: {tpot}}}",
        "limits": LIMITS,
    }
    return request(**(changes | more))


@cache
def explained(text: str) -> Explained:
    return explain(spec_with(text), catalog=catalog(), time_limit_s=600.0)


rates = st.floats(2.0, 120.0).map(lambda value: round(value, 1))
bounds = st.integers(18, 90)


@few
@given(rates, bounds)
def test_a_loosened_limit_gains_what_is_said_and_its_neighbour_nothing(rate: float, tpot: int) -> None:
    text = asked(rate, tpot)
    base = cost(answer(text))
    for shadow in explained(text).shadows:
        if shadow.without is not None and shadow.unit == "ms":
            assert cost(answer(text, f"{shadow.key}=null")) == pytest.approx(shadow.without.usd_per_mtok, rel=1e-5)
            assert shadow.without.usd_per_mtok < base
        if shadow.loosened is None:
            continue
        change = shadow.loosened
        assert cost(answer(text, f"{shadow.key}={change.to:.9g}")) == pytest.approx(change.then.usd_per_mtok, rel=1e-5)
        assert change.then.usd_per_mtok < base
        if change.last != change.start:
            assert cost(answer(text, f"{shadow.key}={change.last:.9g}")) == pytest.approx(base, rel=1e-5)


@few
@given(rates, bounds)
def test_the_choice_changes_where_it_is_said_to_and_not_one_step_before(rate: float, tpot: int) -> None:
    text = asked(rate, tpot)
    for flip in explained(text).flips:
        if flip.of == "price":
            continue
        _holds(text, flip)
        if flip.infeasible_from is not None:
            assert answer(text, f"{flip.key}={flip.infeasible_from:.9g}").status == "infeasible"


def _holds(text: str, flip: Flip) -> None:
    change, base = flip.change, choice(answer(text))
    if change is None:
        return
    there = answer(text, f"{flip.key}={change.to:.9g}")
    assert choice(there) == choice(change.then) != base
    assert cost(there) == pytest.approx(change.then.usd_per_mtok, rel=1e-5)
    if change.last is not None and {"accelerator", "layout", "weight_format"} & set(flip.changes):
        before = answer(text, f"{flip.key}={change.last:.9g}")
        kept = {(mark[0], mark[2:7], mark[7]) for mark in choice(before)}
        assert kept == {(mark[0], mark[2:7], mark[7]) for mark in base}
    elif change.last is not None:
        assert choice(answer(text, f"{flip.key}={change.last:.9g}")) == base


@few
@given(rates, bounds)
def test_the_best_of_each_accelerator_and_format_is_what_they_give_alone(rate: float, tpot: int) -> None:
    text = asked(rate, tpot)
    found = explained(text)
    assert sum(rival.wins for rival in found.rivals if rival.kind == "accelerator") == 1
    for rival in found.rivals:
        if rival.kind == "parallelism":
            continue
        key = {"accelerator": "limits.accelerators", "weight_format": "formats", "kv_format": "kv_formats"}[rival.kind]
        alone = answer(text, f"{key}=[{rival.name}]")
        assert (alone.status == "infeasible") == (rival.best is None), rival.name
        if rival.best is not None:
            assert cost(alone) == pytest.approx(rival.best.usd_per_mtok, rel=1e-5), rival.name
            assert rival.best.usd_per_mtok >= cost(answer(text)) * (1 - 1e-6)


def test_a_loser_wins_at_the_price_that_it_needs_and_not_above() -> None:
    text = asked(20.0, 60.0)
    for rival in explained(text).rivals:
        for need in rival.needs:
            if need.of == "price" and need.to is not None:
                assert _winner(text, rival.name, need, need.to) == {rival.name}
                assert _winner(text, rival.name, need, _step_up(need.to)) != {rival.name}


def _step_up(value: float) -> float:
    digits = 2 - len(str(int(value))) + 1 if value >= 1 else 2 - int(f"{value:e}".split("e")[1])
    return float(f"{value + 10.0**-digits:.3g}")


def _winner(text: str, name: str, need: Need, price: float) -> set[str]:
    """Accelerators of the plan when every offer of ``name`` is scaled as the need's own."""
    offers = {
        offer.id: next((p.usd_per_unit_h for p in reversed(offer.prices) if p.purchase == "on_demand"), None)
        for offer in catalog().offers.values()
        if catalog().nodes[offer.node].accelerator == name and offer.solvable
    }
    factor = price / need.start
    entries = [f"{{offer: {offer}, usd_per_unit_h: {listed * factor!r}}}" for offer, listed in offers.items() if listed]
    plan = answer(text, f"prices.override=[{', '.join(entries)}]")
    return {pool.accelerator for pool in plan.workloads[0].pools}


def test_a_loser_wins_with_the_bandwidth_that_it_needs_and_not_with_less() -> None:
    text = asked(20.0, 30.0)
    tried = 0
    for rival in explained(text).rivals:
        for need in rival.needs:
            if need.of == "bandwidth" and need.to is not None:
                tried += 1
                best = cost(answer(text))
                assert cost(_with_bandwidth(text, rival.name, need.to)) < best
                assert cost(_with_bandwidth(text, rival.name, need.to * 0.89)) >= best * (1 - 1e-6)
    assert tried


def _with_bandwidth(text: str, name: str, bandwidth: float):  # type: ignore[no-untyped-def]  # noqa: ANN202
    known = catalog()
    changed = known.accelerators[name].model_copy(update={"memory_bandwidth_gb_per_s": bandwidth})
    faster = replace(known, accelerators={**known.accelerators, name: changed})
    return answer_over(faster, text, f"limits.accelerators=[{name}]")


def test_an_objective_other_than_cost_is_explained_in_its_own_unit() -> None:
    text = asked(5.0, 60.0, objective="[ttft, usd_per_mtok]", limits=LIMITS.replace("}", ", max_usd_per_h: 12}"))
    found = explained(text)
    assert found.objective == "ttft"
    budget = next(shadow for shadow in found.shadows if shadow.key == "limits.max_usd_per_h")
    assert found.chosen is not None
    if budget.loosened is not None:
        there = answer(text, f"limits.max_usd_per_h={budget.loosened.to:.9g}")
        assert there.objective.value == pytest.approx(budget.loosened.then.value, rel=1e-5)
        assert budget.loosened.then.value < found.chosen.value


def test_one_more_in_stock_saves_what_is_said() -> None:
    pool = answer(asked(40.0, 40.0)).workloads[0].pools[0]
    stock = f"inventory: [{{accelerator: {pool.accelerator}, max: {pool.accelerators - 1}}}]"
    text = asked(40.0, 40.0, limits=LIMITS.replace("}", f", {stock}}}"))
    shadow = next(each for each in explained(text).shadows if each.key == "limits.inventory[0]")
    assert shadow.binds
    assert shadow.loosened is not None
    more = int(shadow.loosened.to)
    assert cost(answer(text, f"limits.inventory.0.max={more}")) == pytest.approx(
        shadow.loosened.then.usd_per_mtok, rel=1e-5
    )
    assert cost(answer(text, f"limits.inventory.0.max={more - 1}")) == pytest.approx(cost(answer(text)), rel=1e-5)


def test_the_same_request_is_explained_with_the_same_bytes() -> None:
    text = asked(20.0, 60.0)
    again = explain(spec_with(text), catalog=catalog(), time_limit_s=600.0)
    assert explained(text).model_dump_json() == again.model_dump_json()


def test_what_the_time_does_not_allow_is_named() -> None:
    found = explain(spec_with(asked(20.0, 60.0)), catalog=catalog(), time_limit_s=0.001)
    assert found.status in {"unknown", "optimal", "feasible"}
    if found.found:
        assert any("time limit" in note for note in found.notes)
