"""Headers matched to fields, and remembered by shape."""

from __future__ import annotations

from implement.core.tabular import ColumnSpec, guess_mapping, missing_required, signature
from implement.core.tabular.mapping import normalise_header

SPECS = (
    ColumnSpec(key="rate", label="Billable rate", kind="decimal"),
    ColumnSpec(key="note", label="Note", aliases=("Description", "Comment")),
    ColumnSpec(key="description", label="Description"),
    ColumnSpec(key="day", label="Date", required=True, kind="date"),
)


class MappingTests:
    def test_case_blanks_punctuation_and_currency_do_not_matter(self) -> None:
        for header in (
            "Billable Rate (USD)",
            "billable_rate",
            " BILLABLE-RATE ",
            "Billable rate ()",
            "Billable Rate (€)",
        ):
            assert guess_mapping([header], SPECS) == {"rate": 0}

    def test_units_tell_columns_apart(self) -> None:
        assert normalise_header("Duration (h)") != normalise_header("Duration (decimal)")
        assert normalise_header("Café?") == "cafe"
        assert normalise_header(" # ") == "#"

    def test_a_name_beats_an_alias(self) -> None:
        assert guess_mapping(["Description", "Comment"], SPECS) == {"note": 1, "description": 0}

    def test_each_header_is_used_once(self) -> None:
        specs = (ColumnSpec(key="a", label="X"), ColumnSpec(key="b", label="x"))
        assert guess_mapping(["x"], specs) == {"a": 0}
        assert guess_mapping(["x", "X (EUR)"], specs) == {"a": 0, "b": 1}

    def test_missing(self) -> None:
        assert [spec.key for spec in missing_required({"rate": 0}, SPECS)] == ["day"]
        assert missing_required({"day": 0}, SPECS) == ()


class SignatureTests:
    def test_same_shape_same_signature(self) -> None:
        assert signature(["Date", "Rate (USD)"]) == signature([" date", "rate (EUR)"])
        assert len(signature(["Date"])) == 64

    def test_order_and_names_count(self) -> None:
        assert len({signature(["a", "b"]), signature(["b", "a"]), signature(["ab"]), signature(["a"])}) == 4
