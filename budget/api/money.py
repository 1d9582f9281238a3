"""Budget lines, baselines, what the contract agrees, budget against actual and earned value."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django.db import models
from drf_spectacular.helpers import forced_singular_serializer
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from budget.choices import Measure
from budget.filtersets import money as filtersets
from budget.forms.money import AsOfForm
from budget.models import BudgetLine, BudgetSettings
from budget.presenting import figure_data
from budget.selectors import BudgetFigures, budget_figures
from budget.selectors.compared import TODAY, ComparedRow, compare_asked
from budget.services import baselines as baseline_services
from budget.services import lines as services
from implement.core.errors import DomainError, NotAllowed
from projects.kit.access import Entry
from projects.kit.rest import (
    PROJECT,
    ProjectModelViewSet,
    ProjectScope,
    ReadOnlyProjectViewSet,
    RowSerializer,
)
from projects.models import Baseline, BaselineTask
from projects.planning import today_of

FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2100, 12, 31)


class BudgetLineSerializer(RowSerializer):
    hidden_without = {"cost": "cost.view", "bill": "money.view"}

    class Meta:
        model = BudgetLine
        fields = [
            "id",
            "version",
            "task",
            "category",
            "person",
            "job_role",
            "description",
            "planned_seconds",
            "cost",
            "bill",
            "change_request",
            "release",
            "created_at",
            "updated_at",
        ]


class BudgetLineViewSet(ProjectModelViewSet, viewsets.ModelViewSet):
    """Hours and money planned for a task and a person or role, in one category."""

    queryset = BudgetLine.objects.select_related("project", "task", "person")
    serializer_class = BudgetLineSerializer
    filterset_class = filtersets.BudgetLineFilterSet
    ordering_fields = ("category", "planned_seconds", "created_at")
    room = "budget"

    def save(self, *, row: Any, expected_version: int | None) -> Any:
        return services.line_save(line=row, actor=self.entry.user, expected_version=expected_version)

    def remove(self, *, row: Any, expected_version: int | None) -> None:
        services.line_delete(line=row, actor=self.entry.user, expected_version=expected_version)


class BaselineTaskSerializer(serializers.ModelSerializer):
    """What a task was; money only for who may see it."""

    class Meta:
        model = BaselineTask
        fields = ["task", "start", "finish", "duration_minutes", "planned_seconds", "cost", "bill"]

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        entry = getattr(self.context.get("view"), "entry", None)
        for name, grant in (("cost", "cost.view"), ("bill", "money.view")):
            if entry is not None and not entry.can(grant):
                fields.pop(name)
        return fields


class BaselineSerializer(RowSerializer):
    """A baseline in a list; to take one, only its name is sent."""

    version = None

    class Meta:
        model = Baseline
        fields = ["id", "number", "name", "taken_at", "taken_by"]
        read_only_fields = ["number", "taken_at", "taken_by"]


class BaselineDetailSerializer(BaselineSerializer):
    """A baseline with what every task was."""

    tasks = BaselineTaskSerializer(many=True, read_only=True)

    class Meta(BaselineSerializer.Meta):
        fields = [*BaselineSerializer.Meta.fields, "tasks"]


class PlanStateSerializer(serializers.Serializer):
    """What a task is in one of two plans; cost only for who may see it."""

    start = serializers.DateTimeField(allow_null=True)
    finish = serializers.DateTimeField(allow_null=True)
    duration_minutes = serializers.IntegerField()
    seconds = serializers.IntegerField()
    cost = serializers.DecimalField(max_digits=16, decimal_places=2, allow_null=True, required=False)

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        if self.context.get("with_cost") is False:
            fields.pop("cost")
        return fields


class ComparedRowSerializer(PlanStateSerializer):
    """A task in both plans, `kind` added, removed, changed or same: `null` is not in that one.

    Days are working days, differences after − before.
    """

    task = serializers.IntegerField(source="task.pk", allow_null=True, default=None)
    kind = serializers.SerializerMethodField()
    before = PlanStateSerializer(allow_null=True)
    after = PlanStateSerializer(allow_null=True)
    start = None
    finish = None
    start_days = serializers.IntegerField(allow_null=True)
    finish_days = serializers.IntegerField(allow_null=True)
    duration_minutes = serializers.IntegerField(allow_null=True)

    def get_kind(self, row: ComparedRow) -> str:
        return row.kind if row.differs(with_cost=self.context.get("with_cost", True)) else "same"


class ComparisonSerializer(serializers.Serializer):
    """Two plans task by task; `after` null is today."""

    before = serializers.IntegerField()
    after = serializers.IntegerField(allow_null=True)
    total = ComparedRowSerializer()
    rows = ComparedRowSerializer(many=True)


class BaselineViewSet(ReadOnlyProjectViewSet):
    """The baselines to read, and taking the next one. A baseline never changes."""

    queryset = Baseline.objects.all()
    serializer_class = BaselineSerializer
    ordering_fields = ("number", "taken_at")
    room = "budget"
    permissions = {"create": "plan.change", "compared": "budget.view"}

    def get_serializer_class(self) -> Any:
        return BaselineDetailSerializer if self.action == "retrieve" else BaselineSerializer

    def get_queryset(self) -> Any:
        rows = super().get_queryset()
        return rows.prefetch_related("tasks") if self.action == "retrieve" else rows

    @extend_schema(
        parameters=[
            OpenApiParameter("with", str, description="Another baseline's number, or today."),
            OpenApiParameter("show", str, enum=["changed"], description="Only tasks that differ."),
        ],
        responses=ComparisonSerializer,
    )
    @action(detail=True, methods=["get"], filter_backends=[])
    def compared(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """A baseline beside another one, or beside today's plan and budget."""
        show = request.query_params.get("show")
        if show not in {None, "changed"}:
            raise DomainError("What is shown is not known.", fields={"show": "Say changed, or leave it out."})
        with_cost = self.entry.can("cost.view")
        said = request.query_params.get("with", TODAY)
        found = compare_asked(project=self.entry.project, before=self.get_object(), said=said)
        rows = found.shown(only_changed=show == "changed", with_cost=with_cost)
        words = {"context": {"with_cost": with_cost}}
        return Response(
            {
                "before": found.before.number,
                "after": found.after.number if found.after else None,
                "total": ComparedRowSerializer(found.total, **words).data,
                "rows": ComparedRowSerializer(rows, many=True, **words).data,
            }
        )

    @extend_schema(responses={201: BaselineSerializer})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Take the next baseline: dates of the plan, hours and money of today's budget."""
        asked = self.get_serializer(data=request.data)
        asked.is_valid(raise_exception=True)
        baseline = baseline_services.baseline_with_budget(
            project=self.entry.project, name=asked.validated_data["name"], actor=self.entry.user
        )
        return Response(self.get_serializer(baseline).data, status=status.HTTP_201_CREATED)


class FigureRowSerializer(serializers.Serializer):
    """A line of the budget; amounts as exact text in the answer's unit, shares 0 to 1 with four digits, null is n/a."""

    key = serializers.CharField()
    name = serializers.CharField()
    level = serializers.IntegerField()
    is_rollup = serializers.BooleanField()
    original = serializers.CharField(allow_null=True)
    changes = serializers.CharField(allow_null=True)
    released = serializers.CharField(allow_null=True)
    current = serializers.CharField(allow_null=True)
    pending = serializers.CharField(allow_null=True)
    actual = serializers.CharField(allow_null=True)
    unapproved = serializers.CharField(allow_null=True)
    committed = serializers.CharField(allow_null=True)
    remaining = serializers.CharField(allow_null=True)
    etc = serializers.CharField(allow_null=True)
    eac = serializers.CharField(allow_null=True)
    variance = serializers.CharField(allow_null=True)
    consumed = serializers.CharField(allow_null=True)
    physical = serializers.CharField(allow_null=True)
    etc_basis = serializers.ChoiceField(choices=["rule", "typed", "mixed"])


class BudgetFiguresSerializer(serializers.Serializer):
    """Budget against actual; rows that are no roll-up add up to the total in every view."""

    as_of = serializers.DateField()
    measure = serializers.ChoiceField(choices=Measure.choices)
    unit = serializers.CharField()
    notes = serializers.ListField(child=serializers.CharField())
    total = FigureRowSerializer()
    by_task = FigureRowSerializer(many=True)
    by_person = FigureRowSerializer(many=True)
    by_role = FigureRowSerializer(many=True)
    by_category = FigureRowSerializer(many=True)
    by_month = FigureRowSerializer(many=True)


AS_OF = OpenApiParameter(
    "as_of",
    {"type": "string", "format": "date", "pattern": "^(199[0-9]|20[0-9]{2}|2100)-"},
    description="The day at whose end the figures stand, 1990 to 2100; default today.",
)
MEASURE = OpenApiParameter(
    "measure",
    str,
    enum=Measure.values,
    description="cost (needs the right to see cost) or hours; default: cost for who may see it.",
)


def asked_of(request: Request, entry: Entry) -> tuple[date, str]:
    """Return day and measure of the address.

    Raises DomainError for what cannot be read, NotAllowed for cost without the right to see it.
    """
    form = AsOfForm(request.query_params)
    form.fields["as_of"].input_formats = ["%Y-%m-%d"]  # type: ignore[attr-defined]
    for name in form.fields:
        if request.query_params.get(name) == "":
            form.add_error(name, "Give it a value, or leave it out.")
    if not form.is_valid():
        raise DomainError(
            "Some values are not right.",
            fields={name: " ".join(map(str, errors)) for name, errors in form.errors.items()},
        )
    as_of = form.cleaned_data["as_of"] or today_of(entry.project)
    if not FIRST_DAY <= as_of <= LAST_DAY:
        raise DomainError(
            f"{as_of.isoformat()} is out of reach.", fields={"as_of": "Choose a day from 1990 to 2100."}
        )
    may_cost = entry.can("cost.view")
    measure = form.cleaned_data["measure"] or (Measure.COST if may_cost else Measure.HOURS)
    if measure == Measure.COST and not may_cost:
        raise NotAllowed("Your role on this project does not see cost: ask for measure=hours.")
    return as_of, str(measure)


def figures_json(figures: BudgetFigures) -> dict[str, Any]:
    """Return budget figures as plain JSON."""
    return {
        "as_of": figures.as_of.isoformat(),
        "measure": str(figures.measure),
        "unit": figures.unit,
        "notes": list(figures.notes),
        "total": figure_data([figures.total])[0],
        "by_task": figure_data(figures.by_task),
        "by_person": figure_data(figures.by_person),
        "by_role": figure_data(figures.by_role),
        "by_category": figure_data(figures.by_category),
        "by_month": figure_data(figures.by_month),
    }


class BudgetSettingsSerializer(RowSerializer):
    """What the contract agrees, and the warning lines of CPI, SPI and EAC."""

    class Meta:
        model = BudgetSettings
        fields = [
            "id", "agreed_fees", "agreed_hours", "index_limit", "schedule_limit", "overrun_limit",
            "eac_assumption", "version",
        ]  # fmt: skip


class BudgetSettingsViewSet(ProjectModelViewSet):
    """The project's agreed budget and warning lines, one row."""

    http_method_names = ["get", "put", "patch", "head", "options"]
    queryset = BudgetSettings.objects.select_related("project")
    serializer_class = BudgetSettingsSerializer
    filterset_class = filtersets.BudgetSettingsFilterSet
    room = "budget"
    permissions: ClassVar[dict[str, str]] = {"list": "money.view", "retrieve": "money.view"}

    def visible(self, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        BudgetSettings.objects.get_or_create(project=self.entry.project)
        return super().visible(queryset)

    def save(self, *, row: Any, expected_version: int | None) -> Any:
        return services.settings_save(settings=row, actor=self.entry.user, expected_version=expected_version)


class FiguresViewSet(ProjectScope, viewsets.ViewSet):
    """Budget against actual."""

    permissions = {"list": "budget.view"}

    @extend_schema(
        operation_id="budget_figures",
        parameters=[AS_OF, MEASURE],
        responses=forced_singular_serializer(BudgetFiguresSerializer),
    )
    def list(self, request: Request, project: str) -> Response:
        """Return budget against actual by task, person, role, category and month at the end of a day."""
        as_of, measure = asked_of(request, self.entry)
        return Response(
            figures_json(budget_figures(project=self.entry.project, as_of=as_of, measure=measure))
        )


ROUTES = [
    (PROJECT + "budget-lines", BudgetLineViewSet, "api-budget-line"),
    (PROJECT + "budget-settings", BudgetSettingsViewSet, "api-budget-settings"),
    (PROJECT + "baselines", BaselineViewSet, "api-baseline"),
    (PROJECT + "budget/figures", FiguresViewSet, "api-budget-figures"),
]
