"""Charts: golden files, escaping, accessibility, strange data, labels that keep their distance.

A golden file is what a chart looked like when a person last approved it. After a change that is meant to
be seen, rewrite them with ``CHARTS_REWRITE_GOLDEN=1 pytest implement/core/tests/test_charts.py`` and look
at every changed file in a browser before committing it.
"""

import os
import re
from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import weasyprint

from implement.core.charts import (
    BudgetRow,
    CurvePoint,
    FanPoint,
    Forecast,
    GanttLink,
    GanttRow,
    IndexLine,
    Segment,
    Series,
    TrendLine,
    WeekBurn,
    Wording,
    budget_bars,
    bullet,
    burn_columns,
    gantt,
    index_trend,
    milestone_trend,
    progress_ring,
    s_curve,
    sparkline,
    stacked_bar,
    stacked_columns,
)
from implement.core.charts.base import text_width
from implement.core.charts.gantt import HEADER_HEIGHT
from implement.core.charts.theme import PALETTE
from implement.core.tests.chart_samples import AS_OF, GOLDEN, KICKOFF, LINKS, curve_points, plan_rows

GOLDEN_FOLDER = Path(__file__).parent / "golden"
STYLESHEET = Path(__file__).resolve().parents[3] / "static" / "css" / "charts.css"
SVG = "{http://www.w3.org/2000/svg}"
NASTY = "<script>alert('x')</script> & \"quotes\" \x00\x1b \ud800 ]]>"
HUGE = Decimal("9" * 30)
STRANGE = [0, -5, Decimal("-0.001"), HUGE, -HUGE, float("nan"), float("inf"), None, 1e-9]


def draw_all(number, text="Label"):
    """Every chart with one figure (and one text) everywhere."""
    day = date(2026, 2, 2)
    row = GanttRow(key="a", label=text, start=day, finish=day, progress=number, baseline_finish=day)
    return [
        s_curve(
            title=text,
            points=[CurvePoint(day=day, planned=number, earned=number, actual=number)],
            as_of=day,
            budget=number,
            forecast=None if number is None else Forecast(day=day, amount=number, low=number, high=number),
            unit=text,
        ),
        s_curve(
            title=text,
            points=[CurvePoint(day=day, planned=1, earned=1, actual=1)],
            forecast=None
            if number is None
            else Forecast(
                day=day, amount=1, fan=[FanPoint(day=day, low=number, middle=number, high=number)], name=text
            ),
        ),
        index_trend(
            title=text, days=[day], lines=[IndexLine(label=text, values=[number])], warnings=[number]
        ),
        burn_columns(title=text, weeks=[WeekBurn(start=day, planned=number, actual=number)], as_of=day),
        stacked_columns(title=text, categories=[text], series=[Series(label=text, values=[number])]),
        stacked_bar(title=text, segments=[Segment(label=text, value=number)]),
        budget_bars(title=text, rows=[BudgetRow(label=text, budget=number, actual=number, forecast=number)]),
        sparkline(title=text, values=[number], labels=[text], reference=number),
        progress_ring(title=text, fraction=number),
        bullet(title=text, value=number, limits=[] if number is None else [number], target=number),
        milestone_trend(title=text, lines=[TrendLine(label=text, points=[(day, day)])]),
        gantt(title=text, rows=[row], links=[GanttLink(source="a", target="a")], today=day, label_width=90),
    ]


def empty_charts():
    return [
        s_curve(title="Empty", points=[]),
        index_trend(title="Empty", days=[], lines=[]),
        burn_columns(title="Empty", weeks=[]),
        stacked_columns(title="Empty", categories=[], series=[]),
        stacked_bar(title="Empty", segments=[]),
        budget_bars(title="Empty", rows=[]),
        sparkline(title="Empty", values=[]),
        bullet(title="Empty", value=None),
        milestone_trend(title="Empty", lines=[]),
        gantt(title="Empty", rows=[]),
    ]


def texts_of(chart):
    """Every drawn text with its estimated box (left, top, right, bottom)."""
    for element in ET.fromstring(chart.svg).iter(f"{SVG}text"):
        size, weight = float(element.get("font-size")), int(element.get("font-weight") or 400)
        width = text_width(element.text or "", size=size, weight=weight)
        x, y = float(element.get("x")), float(element.get("y"))
        left = x - {"middle": width / 2, "end": width}.get(element.get("text-anchor"), 0)
        yield element.text, (left, y - size * 0.75, left + width, y + size * 0.2)


def overlaps(chart):
    """Pairs of drawn texts whose boxes overlap."""
    return [
        (one, two)
        for (one, a), (two, b) in combinations(texts_of(chart), 2)
        if a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
    ]


class GoldenTests:
    @pytest.mark.parametrize("name", GOLDEN)
    def test_chart_looks_as_approved(self, name):
        chart, path = GOLDEN[name](), GOLDEN_FOLDER / f"{name}.svg"
        if os.environ.get("CHARTS_REWRITE_GOLDEN"):
            GOLDEN_FOLDER.mkdir(exist_ok=True)
            path.write_text(chart.svg.replace("><", ">\n<") + "\n", encoding="utf-8")
        assert chart.svg.replace("><", ">\n<") + "\n" == path.read_text(encoding="utf-8")

    @pytest.mark.parametrize("name", GOLDEN)
    def test_labels_keep_their_distance(self, name):
        assert overlaps(GOLDEN[name]()) == []

    @pytest.mark.parametrize("name", GOLDEN)
    def test_a_chart_names_itself_and_brings_its_table(self, name):
        chart = GOLDEN[name]()
        root = ET.fromstring(chart.svg)
        ids = root.get("aria-labelledby").split()
        assert root.get("role") == "img"
        assert "chart" in root.get("class").split()
        assert root.get("viewBox")
        assert [root.find(f"*[@id='{name_id}']").text for name_id in ids] == [chart.title, chart.description]
        assert chart.rows
        assert all(len(row) == len(chart.headers) for row in chart.rows)
        assert all(isinstance(cell, str) for row in chart.rows for cell in row)

    @pytest.mark.parametrize("name", GOLDEN)
    def test_a_strict_content_policy_has_nothing_to_refuse(self, name):
        for element in ET.fromstring(GOLDEN[name]().svg).iter():
            assert element.tag.removeprefix(SVG) not in {"script", "style", "foreignObject"}
            assert not [key for key in element.attrib if key == "style" or key.startswith("on")]

    @pytest.mark.parametrize("name", GOLDEN)
    def test_a_tooltip_works_without_scripts(self, name):
        for element in ET.fromstring(GOLDEN[name]().svg).iter():
            if tip := element.get("data-tip"):
                assert element.find(f"{SVG}title").text == tip

    def test_charts_on_one_page_have_ids_of_their_own(self):
        pages = [GOLDEN["gantt"](), GOLDEN["s_curve"](), progress_ring(title="A", fraction=1)]
        pages.append(progress_ring(title="A", fraction=1, key="second"))
        ids = [name for chart in pages for name in re.findall(r'id="([^"]+)"', chart.svg)]
        assert len(ids) == len(set(ids))

    def test_print_takes_every_chart(self):
        body = "".join(draw().svg for draw in GOLDEN.values())
        assert weasyprint.HTML(string=f"<html><body>{body}").write_pdf().startswith(b"%PDF")


class StrangeDataTests:
    @pytest.mark.parametrize("number", STRANGE)
    def test_any_figure_gives_a_whole_picture(self, number):
        for chart in draw_all(number):
            assert not re.search(r"\b(nan|inf)\b", chart.svg)
            for element in ET.fromstring(chart.svg).iter(f"{SVG}rect"):
                assert float(element.get("width")) >= 0
                assert float(element.get("height")) >= 0

    def test_text_is_escaped_and_cleaned(self):
        for chart in draw_all(3, text=NASTY):
            root = ET.fromstring(chart.svg)
            assert "<script" not in chart.svg
            assert "alert('x')" in root.find(f"{SVG}title").text
            assert not re.search("[\x00-\x08\x1b\ud800]", chart.svg)

    def test_no_data_says_so(self):
        for chart in empty_charts():
            assert "No data yet" in chart.svg
            assert chart.rows == ()
            assert chart.headers

    def test_missing_reads_as_missing_and_never_as_zero(self):
        assert progress_ring(title="Scope", fraction=None).rows == (("Scope", "n/a"),)
        chart = budget_bars(title="B", rows=[BudgetRow(label="A", budget=None, actual=5)])
        assert chart.rows == (("A", "n/a", "5", "n/a", "n/a"),)
        burn = burn_columns(title="B", weeks=[WeekBurn(start=KICKOFF, planned=3)])
        assert burn.rows[0][1:] == ("3 h", "n/a")

    def test_an_overrun_is_told_in_words(self):
        chart = budget_bars(title="B", rows=[BudgetRow(label="A", budget=1_000, actual=Decimal(3_500))])
        assert "2.5k over" in [text for text, _ in texts_of(chart)]

    def test_money_and_floats_add_up_together(self):
        series = [Series(label="A", values=[Decimal("0.10"), 0.2]), Series(label="B", values=[-1])]
        chart = stacked_columns(title="S", categories=["x", "y"], series=series)
        assert [row[-1] for row in chart.rows] == ["−0.90", "0.20"]

    def test_another_language_writes_its_own_words_and_signs(self):
        german = Wording(
            group_mark=".", decimal_mark=",", no_data="Noch keine Daten", date_format="{day}. {month} {year}"
        )
        assert german.number(Decimal("1234567.5")) == "1.234.567,50"
        assert german.compact(1_250_000) == "1,2M"
        assert german.day(date(2026, 3, 2)) == "2. Mar 2026"
        assert "Noch keine Daten" in s_curve(title="S", points=[], words=german).svg


class CurveLabelTests:
    def test_the_check_itself_sees_an_overlap(self):
        crowded = gantt(title="G", rows=plan_rows(), label_width=200, row_height=6)
        assert overlaps(crowded)

    @pytest.mark.parametrize("weeks", [0, 1, 5, 40, 130, 600])
    @pytest.mark.parametrize("at", [0, 0.04, 0.3, 0.7, 0.96, 1])
    @pytest.mark.parametrize(("pace", "price"), [(0.8, 1.3), (1.1, 0.8), (0.9, 1.0), (1.0, 1.0), (0.7, 1.1)])
    @pytest.mark.parametrize("ahead", [False, True])
    def test_nothing_is_written_over_anything(self, weeks, at, pace, price, ahead):
        points = curve_points(weeks, pace=pace, price=price)
        now = points[round(at * (len(points) - 1))].day
        points = [
            point if point.day <= now else CurvePoint(day=point.day, planned=point.planned)
            for point in points
        ]
        last = points[-1].day + timedelta(weeks=3)
        chart = s_curve(
            title="S",
            points=points,
            as_of=now,
            budget=500_000,
            forecast=Forecast(day=last, amount=520_000) if ahead else None,
            unit="EUR",
        )
        assert overlaps(chart) == []

    def test_without_a_plan_the_lines_are_still_named(self):
        points = [
            CurvePoint(day=KICKOFF + timedelta(days=day), earned=day, actual=day * 2) for day in range(50)
        ]
        points.append(CurvePoint(day=KICKOFF + timedelta(days=300), earned=None))
        named = [text for text, _ in texts_of(s_curve(title="S", points=points, as_of=AS_OF))]
        assert "Earned 49" in named
        assert "Actual 98" in named

    def test_the_budget_is_named_once(self):
        texts = [text for text, _ in texts_of(GOLDEN["s_curve"]())]
        assert "Planned 480k" in texts
        assert "Budget 480k" not in texts


class GanttTests:
    def test_rows_line_up_with_a_table_beside(self):
        chart = gantt(title="Plan", rows=plan_rows(), row_height=28)
        assert float(ET.fromstring(chart.svg).get("height")) == HEADER_HEIGHT + 28 * len(plan_rows())
        body = gantt(title="Plan", rows=plan_rows(), row_height=28, part="body")
        assert float(ET.fromstring(body.svg).get("height")) == 28 * len(plan_rows())
        header = gantt(title="Plan", rows=plan_rows(), part="header", today=KICKOFF)
        assert float(ET.fromstring(header.svg).get("height")) == HEADER_HEIGHT
        assert "Today" in header.svg

    def test_pages_of_a_print_share_one_scale(self):
        first, second = (gantt(title="Plan", rows=plan_rows(), begin=at, count=5) for at in (0, 5))
        months = [[text for text in texts_of(chart) if "2026" in text[0]] for chart in (first, second)]
        assert months[0] == months[1]
        assert (first.rows[0][0], len(first.rows)) == ("Requirements", 5)
        assert second.rows[0][0] == "Design and build"

    @pytest.mark.parametrize("per_day", [0.2, 0.7, 1.2, 3, 3.2, 6, 18, 30])
    @pytest.mark.parametrize("first", [date(2026, 1, 30), date(2026, 2, 27), date(2025, 12, 31)])
    def test_header_labels_never_overlap(self, per_day, first):
        rows = [
            GanttRow(key="a", label="A", start=first, finish=first + timedelta(days=400)),
            GanttRow(key="b", label="B", start=first, finish=first + timedelta(days=9), kind="milestone"),
        ]
        for shift in range(8):
            now = first + timedelta(days=shift)
            assert overlaps(gantt(title="G", rows=rows, per_day=per_day, today=now)) == []

    def test_only_links_between_drawn_rows_are_drawn(self):
        chart = gantt(title="Plan", rows=plan_rows(), links=LINKS)
        assert len(re.findall(r'class="chart-link(-critical)?"', chart.svg)) == 11
        part = gantt(title="Plan", rows=plan_rows(), links=LINKS, begin=0, count=3)
        assert len(re.findall(r'class="chart-link(-critical)?"', part.svg)) == 1

    def test_a_thousand_rows(self):
        rows = [
            GanttRow(
                key=str(index),
                label=f"Task {index}",
                start=KICKOFF + timedelta(days=index),
                finish=KICKOFF + timedelta(days=index + 9),
            )
            for index in range(1000)
        ]
        links = [GanttLink(source=str(index), target=str(index + 1)) for index in range(999)]
        chart = gantt(title="Plan", rows=rows, links=links, label_width=160)
        assert len(chart.rows) == 1000
        assert chart.svg.count('class="chart-bar-task"') == 1000
        assert len(chart.svg) < 900_000

    def test_a_milestone_is_hollow_until_reached(self):
        for progress, look in ((None, "ahead"), (Decimal(1), "reached")):
            row = GanttRow(key="m", label="M", start=None, finish=AS_OF, kind="milestone", progress=progress)
            assert f"chart-milestone-plain-{look}" in gantt(title="G", rows=[row]).svg

    def test_the_critical_path_is_outlined_and_told(self):
        row = GanttRow(key="a", label="A", start=AS_OF, finish=KICKOFF, critical=True)
        chart = gantt(title="G", rows=[row])
        assert 'class="chart-bar-critical"' in chart.svg
        assert "Critical path" in chart.svg
        assert chart.rows[0][-1] == "yes"

    def test_a_week_without_days_off_has_no_shade(self):
        assert "chart-shade" not in gantt(title="G", rows=plan_rows(), working_week=range(7)).svg

    def test_a_row_known_only_by_its_baseline(self):
        rows = [
            GanttRow(
                key="a", label="A", start=None, finish=None, baseline_start=KICKOFF, baseline_finish=AS_OF
            ),
            GanttRow(key="b", label="B", start=None, finish=None, kind="milestone", baseline_finish=AS_OF),
        ]
        links = [GanttLink(source="a", target="b")]
        chart = gantt(title="G", rows=rows, links=links)
        assert "chart-link" not in chart.svg
        assert chart.rows[0][3] == "26 Jan 2026 – 5 Jun 2026"
        assert chart.rows[1][3] == "5 Jun 2026"


def luminance(colour):
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, two):
    high, low = sorted((luminance(one), luminance(two)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def variables(block):
    """The colours a theme block of the stylesheet sets, fallbacks standing for Tabler's own."""
    found = re.findall(r"--chart-([\w-]+):\s*(?:var\([\w-]+,\s*)?(#[0-9a-f]{6})", block)
    return dict(found)


class ThemeTests:
    css = STYLESHEET.read_text(encoding="utf-8")
    light = variables(css.split('[data-bs-theme="dark"]')[0])
    dark = variables(css.split('[data-bs-theme="dark"]')[1].split("}")[0])

    def test_page_and_print_share_their_colours(self):
        assert {name: self.light[name] for name in PALETTE} == dict(PALETTE)

    def test_dark_answers_every_colour_of_light(self):
        assert set(self.light) == set(self.dark)

    @pytest.mark.parametrize("theme", ["light", "dark"])
    def test_text_and_marks_stand_out(self, theme):
        colours = getattr(self, theme)
        surface = colours["surface"]
        for name in ("text", "muted", "planned", "earned", "actual", "trouble"):
            assert contrast(colours[name], surface) >= 4.5, name
        marks = ["actual-fill", "good", "watch", "info", "neutral", *(f"series-{n}" for n in range(1, 7))]
        for name in marks:
            assert contrast(colours[name], surface) >= 3, name
        for name in ("good", "watch", "trouble", "info", "neutral", *(f"series-{n}" for n in range(1, 7))):
            assert contrast(colours[name], colours["on-tone"]) >= 4.5, name

    def test_every_class_has_a_rule(self):
        ruled = set(re.findall(r"\.(chart[\w-]*)", self.css))
        used = set()
        for name in GOLDEN:
            for classes in re.findall(r'class="([^"]+)"', GOLDEN[name]().svg):
                used |= set(classes.split())
        structural = {"chart-hit", "chart-ring", "chart-milestone"}
        assert used - ruled - structural == set()
