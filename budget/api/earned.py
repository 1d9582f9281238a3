"""Earned value, where it may end, and how it came there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from drf_spectacular.helpers import forced_singular_serializer
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from budget.api.money import AS_OF, MEASURE, asked_of
from budget.choices import Measure
from budget.evm import EacAssumption, figure_names
from budget.presenting import curve_data, earned_data
from budget.presenting.outlook import forecast_data, trend_points
from budget.presenting.words import cents_text, ratio_text
from budget.selectors import EarnedFigures, earned_value, s_curve
from budget.selectors.forecast import Forecast, forecast
from budget.selectors.trend import TrendPoint, index_trend
from projects.kit.rest import PROJECT, ProjectScope


class EarnedRowSerializer(serializers.Serializer):
    """Earned value of a task or person; null is n/a."""

    key = serializers.CharField()
    name = serializers.CharField()
    level = serializers.IntegerField()
    is_rollup = serializers.BooleanField()
    task = serializers.IntegerField(allow_null=True)
    person = serializers.IntegerField(allow_null=True)
    bac = serializers.CharField(allow_null=True)
    pv = serializers.CharField(allow_null=True)
    ev = serializers.CharField(allow_null=True)
    ac = serializers.CharField(allow_null=True)
    cv = serializers.CharField(allow_null=True)
    sv = serializers.CharField(allow_null=True)
    cpi = serializers.CharField(allow_null=True)
    spi = serializers.CharField(allow_null=True)
    physical = serializers.CharField(allow_null=True)


class EarnedFigureSerializer(serializers.Serializer):
    """One figure with how it came about; `value` null is n/a and `note` says why."""

    name = serializers.CharField()
    label = serializers.CharField()
    formula = serializers.CharField()
    value = serializers.CharField(allow_null=True)
    unit = serializers.CharField()
    note = serializers.CharField()


class CurveSerializer(serializers.Serializer):
    """The S-curve: points are [day, PV, EV, AC]."""

    points = serializers.ListField(child=serializers.ListField(child=serializers.CharField(allow_null=True)))
    bac = serializers.CharField(allow_null=True)
    eac = serializers.CharField(allow_null=True)
    eac_low = serializers.CharField(allow_null=True)
    eac_high = serializers.CharField(allow_null=True)
    finishes_on = serializers.CharField(allow_null=True)
    fan = serializers.ListField(
        child=serializers.ListField(child=serializers.CharField()),
        help_text="The cone: [day, P10, P50, P90] of the cost by then.",
    )


class ForecastLevelSerializer(serializers.Serializer):
    """In `percent` of the runs the project costs no more, and ends no later."""

    percent = serializers.IntegerField()
    cost = serializers.CharField()
    finishes_on = serializers.DateField(allow_null=True)


class ForecastSerializer(serializers.Serializer):
    """Where it may end. `reason` says why nothing is forecast; `basis` experience or estimates; shares 0 to 1."""

    reason = serializers.CharField(allow_blank=True)
    basis = serializers.CharField(allow_blank=True)
    levels = ForecastLevelSerializer(many=True)
    within_budget = serializers.CharField(allow_null=True)
    in_time = serializers.CharField(allow_null=True)
    agreed_on = serializers.DateField(allow_null=True)
    tasks = serializers.IntegerField(help_text="Finished tasks that it was drawn from.")
    runs = serializers.IntegerField()


class AssumedEacSerializer(serializers.Serializer):
    """The estimate at completion under one assumption; the project's own is chosen."""

    key = serializers.CharField()
    label = serializers.CharField()
    formula = serializers.CharField()
    is_chosen = serializers.BooleanField()
    eac = serializers.CharField(allow_null=True)
    etc = serializers.CharField(allow_null=True)
    vac = serializers.CharField(allow_null=True)
    tcpi_eac = serializers.CharField(allow_null=True)


class EarnedValueSerializer(serializers.Serializer):
    """Earned value at the end of a day. `reason` says why figures are n/a; `health` null is unknown.

    Money and hours have two digits, indices and shares four.
    """

    as_of = serializers.DateField()
    measure = serializers.ChoiceField(choices=Measure.choices)
    unit = serializers.CharField()
    baseline = serializers.IntegerField(allow_null=True)
    reason = serializers.CharField(allow_blank=True)
    health = serializers.CharField(allow_null=True)
    assumption = serializers.CharField()
    notes = serializers.ListField(child=serializers.CharField())
    figures = EarnedFigureSerializer(many=True)
    estimates = AssumedEacSerializer(many=True)
    forecast = ForecastSerializer()
    trend = serializers.ListField(
        child=serializers.ListField(child=serializers.CharField(allow_null=True)),
        help_text="[day, CPI, SPI, SPI(t), SV(t) in weeks] up to the day.",
    )
    untasked = serializers.CharField(allow_null=True, help_text="How much of BAC has no task.")
    contingency = serializers.CharField(
        allow_null=True, help_text="What the baseline holds of it, beside BAC: it earns when it is released."
    )
    es = serializers.CharField(allow_null=True, help_text="Earned schedule in weeks.")
    sv_t = serializers.CharField(allow_null=True, help_text="In weeks.")
    spi_t = serializers.CharField(allow_null=True)
    finishes_on = serializers.DateField(allow_null=True)
    by_task = EarnedRowSerializer(many=True)
    by_person = EarnedRowSerializer(many=True)
    curve = CurveSerializer()


def estimates_json(figures: EarnedFigures) -> list[dict[str, Any]]:
    """Return the estimate at completion under each assumption as plain JSON."""
    found = []
    for assumption in EacAssumption:
        value = figures.assuming(assumption)
        found.append(
            {
                "key": assumption.value,
                "label": assumption.label,
                "formula": value.explain("eac").formula,
                "is_chosen": assumption == figures.value.assumption,
                **{name: cents_text(getattr(value, name)) for name in ("eac", "etc", "vac")},
                "tcpi_eac": ratio_text(value.tcpi_eac),
            }
        )
    return found


def earned_json(
    figures: EarnedFigures, curve: dict[str, Any], ahead: Forecast, points: Sequence[TrendPoint]
) -> dict[str, Any]:
    """Return earned value as plain JSON."""
    schedule = figures.schedule
    outlook = forecast_data(ahead)
    explained = [figures.value.explain(name) for name in figure_names()]
    return {
        "as_of": figures.as_of.isoformat(),
        "measure": str(figures.measure),
        "unit": figures.unit,
        "baseline": figures.baseline.number if figures.baseline else None,
        "reason": figures.reason,
        "health": figures.health,
        "assumption": figures.value.assumption.label,
        "notes": list(figures.notes),
        "figures": [
            {
                "name": said.name,
                "label": said.label,
                "formula": said.formula,
                "value": cents_text(said.value) if said.unit == "money" else ratio_text(said.value),
                "unit": said.unit,
                "note": said.note,
            }
            for said in explained
        ],
        "estimates": estimates_json(figures),
        "forecast": {name: outlook[name] for name in ForecastSerializer().fields},
        "trend": trend_points(points),
        "untasked": cents_text(figures.untasked),
        "contingency": cents_text(figures.contingency),
        **{
            name: ratio_text(getattr(schedule, name)) if schedule else None
            for name in ("es", "sv_t", "spi_t")
        },
        "finishes_on": figures.finishes_on.isoformat() if figures.finishes_on else None,
        "by_task": earned_data(figures.by_task),
        "by_person": earned_data(figures.by_person),
        "curve": {
            name: curve[name]
            for name in ("points", "bac", "eac", "eac_low", "eac_high", "finishes_on", "fan")
        },
    }


class EarnedValueViewSet(ProjectScope, viewsets.ViewSet):
    """Earned value."""

    permissions = {"list": "budget.view"}

    @extend_schema(
        operation_id="earned_value",
        parameters=[AS_OF, MEASURE],
        responses=forced_singular_serializer(EarnedValueSerializer),
    )
    def list(self, request: Request, project: str) -> Response:
        """Return earned value, its explanations, rows and S-curve at the end of a day."""
        as_of, measure = asked_of(request, self.entry)
        own = self.entry.project
        figures = earned_value(project=own, as_of=as_of, measure=measure)
        ahead = forecast(project=own, as_of=as_of, measure=measure)
        curve = curve_data(s_curve(project=own, as_of=as_of, measure=measure), ahead)
        points = index_trend(project=own, as_of=as_of, measure=measure)
        return Response(earned_json(figures, curve, ahead, points))


ROUTES = [(PROJECT + "earned-value", EarnedValueViewSet, "api-earned-value")]
