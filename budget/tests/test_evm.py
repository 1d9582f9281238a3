"""Earned value: published cases at their published rounding, our own vectors, and properties."""

import decimal
import json
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budget.evm import (
    EacAssumption,
    EarnedSchedule,
    EarnedValue,
    HealthLimits,
    earned_schedule,
    figure_names,
    health,
    spread,
)

CASES_FILE = Path(__file__).resolve().parents[3] / "shared" / "data" / "evm" / "evm_cases.json"
D = Decimal
money = st.decimals(min_value=0, max_value=10**10, places=2)
positive = st.decimals(min_value=D("0.01"), max_value=10**10, places=2)


def shown(value, published):
    """Round a figure as its publication did: half up, to as many decimals as it printed (at most 9)."""
    places = min(max(-D(published).as_tuple().exponent, 0), 9)
    return value.quantize(D(1).scaleb(-places), rounding=ROUND_HALF_UP)


def figures_of(inputs):
    """The figures of one published case, whatever form its inputs take."""
    bac, pv, ev, ac = (inputs.get(name) for name in ("bac", "pv", "ev", "ac"))
    if tasks := inputs.get("tasks"):
        bac = sum(task["budget"] for task in tasks)
        pv = sum(spread(cost=t["budget"], fraction=D(t["planned_pct"]) / 100) for t in tasks)
        ev = sum(spread(cost=t["budget"], fraction=D(t["actual_pct"]) / 100) for t in tasks)
        ac = sum(task["ac"] for task in tasks)
    if schedule := inputs.get("schedule"):
        pv = spread(cost=bac, fraction=schedule[inputs["period"] - 1])
        ev = spread(cost=bac, fraction=inputs["actual_pct"])
        ac = sum(inputs["period_costs"])
    value = EarnedValue(bac=bac, pv=pv, ev=ev, ac=ac)
    one_off = value.assuming(EacAssumption.ONE_OFF)
    figures = {name: getattr(value, name) for name in figure_names()}
    figures |= {"eac_atypical": one_off.eac, "etc_cpi": value.etc, "etc_atypical": one_off.etc}
    if curve := inputs.get("pv_curve"):
        time = EarnedSchedule.from_curve(pv_curve=curve, ev=ev, at=inputs.get("at"))
        planned_duration = inputs["periods"][-1]
        figures |= {
            "es": time.es,
            "sv_t": time.sv_t,
            "spi_t": time.spi_t,
            "ieac_t": time.forecast_duration(planned_duration),
        }
    return figures


class PublishedCaseTests:
    def test_every_published_figure_is_reproduced_at_its_published_rounding(self):
        if not CASES_FILE.exists():
            pytest.skip(f"published earned value cases are not here: {CASES_FILE.name}")
        cases = json.loads(CASES_FILE.read_text(), parse_float=D)["cases"]
        assert len(cases) >= 6
        for case in cases:
            figures = figures_of(case["inputs"])
            for name, published in case["expected"].items():
                got = shown(figures[name], published)
                wanted = shown(D(published), published)
                assert got == wanted, f"{case['id']}: {name} is {got}, published {published}"


VECTOR = EarnedValue(bac=D(100_000), pv=D(40_000), ev=D(35_000), ac=D(50_000))


class VectorTests:
    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            ("cv", "-15000"),
            ("sv", "-5000"),
            ("cpi", "0.70"),
            ("spi", "0.875"),
            ("eac_cpi", "142857.14"),
            ("eac_remaining_at_plan", "115000.00"),
            ("eac_cpi_spi", "156122.45"),
            ("eac", "142857.14"),
            ("etc", "92857.14"),
            ("vac", "-42857.14"),
            ("tcpi_bac", "1.30"),
            ("tcpi_eac", "0.70"),
        ],
    )
    def test_reference_vector(self, name, expected):
        assert shown(getattr(VECTOR, name), expected) == D(expected)

    def test_each_assumption_gives_its_own_estimate(self):
        totals = {
            EacAssumption.PERFORMANCE_CONTINUES: "142857.14",
            EacAssumption.ONE_OFF: "115000.00",
            EacAssumption.COST_AND_SCHEDULE: "156122.45",
            EacAssumption.BOTTOM_UP: "130000.00",
        }
        for assumption, total in totals.items():
            figures = VECTOR.assuming(assumption, bottom_up_etc=D(80_000))
            assert shown(figures.eac, total) == D(total)
            assert shown(figures.etc, total) == D(total) - D(50_000)
            assert assumption.label

    def test_bottom_up_without_an_estimate_is_not_available(self):
        assert VECTOR.assuming(EacAssumption.BOTTOM_UP).eac is None
        assert VECTOR.eac_bottom_up(D(70_000)) == D(120_000)
        assert VECTOR.eac_bottom_up(None) is None

    def test_assumption_may_be_given_by_its_stored_value(self):
        assert EarnedValue(bac=D(1), pv=D(1), ev=D(1), ac=D(1), assumption="one_off").eac == 1

    def test_a_finished_project_costs_what_it_cost(self):
        done = EarnedValue(bac=D(90), pv=D(90), ev=D(90), ac=D(77))
        assert done.eac_cpi == done.eac_remaining_at_plan == done.eac_cpi_spi == 77
        assert done.tcpi_bac == 0
        assert done.tcpi_eac is None

    def test_a_narrow_global_precision_does_not_change_a_figure(self):
        exact = VECTOR.eac_cpi
        with decimal.localcontext() as context:
            context.prec = 4
            assert VECTOR.eac_cpi == exact


class NotAvailableTests:
    def test_nothing_known_gives_nothing(self):
        empty = EarnedValue(bac=None, pv=None, ev=None, ac=None)
        assert all(getattr(empty, name) is None for name in figure_names())
        assert empty.tcpi_attainable is None

    def test_zero_denominators(self):
        begun = EarnedValue(bac=D(100), pv=D(0), ev=D(0), ac=D(0))
        assert (begun.cpi, begun.spi, begun.eac_cpi, begun.eac_cpi_spi) == (None,) * 4
        assert begun.eac_remaining_at_plan == 100
        assert (begun.cv, begun.sv) == (0, 0)

    def test_nothing_earned_gives_no_forecast_but_indices_of_zero(self):
        stuck = EarnedValue(bac=D(100), pv=D(50), ev=D(0), ac=D(40))
        assert (stuck.cpi, stuck.spi) == (0, 0)
        assert (stuck.eac_cpi, stuck.eac_cpi_spi, stuck.vac) == (None, None, None)

    def test_credit_notes_beyond_the_cost_give_no_index(self):
        assert EarnedValue(bac=D(100), pv=D(10), ev=D(10), ac=D(-5)).cpi is None

    @pytest.mark.parametrize("spent", [D(100), D(120)])
    def test_a_spent_budget_is_not_attainable(self, spent):
        over = EarnedValue(bac=D(100), pv=D(80), ev=D(70), ac=spent)
        assert over.tcpi_bac is None
        assert over.tcpi_attainable is False
        assert "not attainable" in over.explain("tcpi_bac").note

    @pytest.mark.parametrize("wrong", [1.5, "12", True])
    def test_inexact_input_is_refused(self, wrong):
        with pytest.raises(TypeError, match="bac"):
            EarnedValue(bac=wrong, pv=None, ev=None, ac=None)

    @pytest.mark.parametrize("wrong", ["NaN", "Infinity"])
    def test_endless_input_is_refused(self, wrong):
        with pytest.raises(ValueError, match="finite"):
            EarnedValue(bac=None, pv=D(wrong), ev=None, ac=None)


class ExplanationTests:
    def test_a_figure_names_its_formula_inputs_and_source(self):
        told = VECTOR.explain("cpi")
        assert (told.label, told.formula, told.unit) == ("Cost performance index", "EV / AC", "index")
        assert told.inputs == (("EV", D(35_000)), ("AC", D(50_000)))
        assert told.value == D("0.7")
        assert "PMI" in told.source
        assert told.note == ""

    def test_the_estimate_is_explained_by_its_assumption(self):
        assert VECTOR.explain("eac").formula == "BAC / CPI"
        assert VECTOR.assuming(EacAssumption.ONE_OFF).explain("eac").formula == "AC + (BAC − EV)"
        told = VECTOR.assuming(EacAssumption.BOTTOM_UP).explain("eac")
        assert told.note == "n/a: bottom-up ETC not known"

    def test_a_missing_figure_says_why(self):
        assert EarnedValue(bac=D(1), pv=None, ev=D(1), ac=D(1)).explain("spi").note == "n/a: PV not known"
        zero = EarnedValue(bac=D(1), pv=D(0), ev=D(0), ac=D(0)).explain("spi")
        assert zero.note == "n/a: the denominator is not above zero"

    def test_every_figure_can_be_explained(self):
        for name in figure_names():
            assert VECTOR.explain(name).value == getattr(VECTOR, name)

    def test_an_unknown_name_is_an_error(self):
        with pytest.raises(KeyError):
            VECTOR.explain("colour")


LINE = [D(10_000 * period) for period in range(11)]


class EarnedScheduleTests:
    @pytest.mark.parametrize(
        ("earned", "expected"),
        [(34_000, "3.4"), (0, "0"), (100_000, "10"), (120_000, "10"), (-1, "0"), (30_000, "3")],
    )
    def test_reads_time_off_the_plan(self, earned, expected):
        assert earned_schedule(pv_curve=LINE, ev=D(earned)) == D(expected)

    def test_late_project(self):
        time = EarnedSchedule.from_curve(pv_curve=LINE, ev=D(34_000), at=D(4))
        assert (time.sv_t, time.spi_t) == (D("-0.6"), D("0.85"))
        assert shown(time.forecast_duration(D(10)), "0.01") == D("11.76")

    def test_the_late_finish_stays_visible_where_spi_returns_to_one(self):
        done = EarnedValue(bac=D(100_000), pv=D(100_000), ev=D(100_000), ac=D(1))
        time = EarnedSchedule.from_curve(pv_curve=LINE, ev=done.ev, at=D(12))
        assert done.spi == 1
        assert time.spi_t < 1
        assert time.forecast_duration(D(10)) == 12

    def test_idle_periods_in_the_plan(self):
        curve = [D(0), D(10), D(10), D(20), D(20)]
        assert earned_schedule(pv_curve=curve, ev=D(10)) == 2
        assert earned_schedule(pv_curve=curve, ev=D(9)) == D("0.9")
        assert earned_schedule(pv_curve=curve, ev=D(20)) == 3

    def test_a_plan_that_starts_above_the_earned_value(self):
        assert earned_schedule(pv_curve=[D(5), D(10)], ev=D(1)) == 0

    @pytest.mark.parametrize("curve", [[], [D(0)], [D(0), D(0)]])
    def test_without_a_plan_there_is_no_schedule(self, curve):
        assert earned_schedule(pv_curve=curve, ev=D(1)) is None

    def test_without_earned_value_there_is_no_schedule(self):
        time = EarnedSchedule.from_curve(pv_curve=LINE, ev=None, at=D(3))
        assert (time.es, time.sv_t, time.spi_t, time.forecast_duration(D(10))) == (None,) * 4

    def test_no_forecast_before_the_start_or_without_progress_or_plan(self):
        assert EarnedSchedule(es=D(0), at=D(0)).forecast_duration(D(10)) is None
        assert EarnedSchedule(es=D(0), at=D(2)).forecast_duration(D(10)) is None
        assert EarnedSchedule(es=D(1), at=D(2)).forecast_duration(None) is None

    @pytest.mark.parametrize("curve", [[D(0), D(5), D(4)], [D(0), None, D(4)]])
    def test_a_broken_curve_is_refused(self, curve):
        with pytest.raises(ValueError, match="pv_curve"):
            earned_schedule(pv_curve=curve, ev=D(1))


class SpreadTests:
    @pytest.mark.parametrize(
        ("fraction", "expected"), [("0.25", "25"), ("-1", "0"), ("2", "100"), ("0", "0"), ("1", "100")]
    )
    def test_part_due(self, fraction, expected):
        assert spread(cost=D(100), fraction=D(fraction)) == D(expected)

    def test_missing(self):
        assert spread(cost=None, fraction=D(1)) is None
        assert spread(cost=D(1), fraction=None) is None


class HealthTests:
    @pytest.mark.parametrize(
        ("cpi", "spi", "expected"),
        [
            ("1.02", "0.95", "good"),
            ("1.00", "0.94", "watch"),
            ("0.90", "1.00", "watch"),
            ("0.89", "1.20", "trouble"),
            (None, None, None),
            ("1.10", None, None),
            (None, "0.92", "watch"),
            ("0.50", None, "trouble"),
        ],
    )
    def test_the_worse_index_decides_and_missing_is_never_good(self, cpi, spi, expected):
        values = [None if index is None else D(index) for index in (cpi, spi)]
        assert health(cpi=values[0], spi=values[1]) == expected

    def test_limits_are_the_projects_own(self):
        strict = HealthLimits(watch=D("1.05"), trouble=D("1.00"))
        assert health(cpi=D("1.01"), spi=D("1.10"), limits=strict) == "watch"
        with pytest.raises(ValueError, match="trouble"):
            HealthLimits(watch=D("0.8"), trouble=D("0.9"))


class PropertyTests:
    @given(bac=money, pv=money, ev=money, ac=money)
    def test_identities(self, bac, pv, ev, ac):
        value = EarnedValue(bac=bac, pv=pv, ev=ev, ac=ac)
        assert value.cv == ev - ac
        assert value.sv == ev - pv
        assert (value.cpi is None) == (ac == 0)
        assert (value.spi is None) == (pv == 0)
        assert value.eac_remaining_at_plan == bac - value.cv
        if value.eac is not None:
            assert value.etc + ac == pytest.approx(value.eac)
            assert value.vac + value.eac == pytest.approx(bac)
        assert value.tcpi_attainable == (ac < bac)

    @given(bac=positive, earned=positive)
    def test_assumptions_agree_when_all_goes_to_plan(self, bac, earned):
        value = EarnedValue(bac=bac, pv=earned, ev=earned, ac=earned)
        estimates = {value.eac_cpi, value.eac_remaining_at_plan, value.eac_cpi_spi}
        assert {shown(estimate, "0.000000001") for estimate in estimates} == {bac}

    @given(
        steps=st.lists(money, min_size=1, max_size=12),
        first=money,
        second=money,
    )
    def test_more_earned_is_never_less_time_earned(self, steps, first, second):
        curve = [D(0)]
        for step in steps:
            curve.append(curve[-1] + step)
        low, high = sorted((first, second))
        earlier, later = (earned_schedule(pv_curve=curve, ev=ev) for ev in (low, high))
        if earlier is None:
            assert later is None
        else:
            assert 0 <= earlier <= later <= len(curve) - 1
