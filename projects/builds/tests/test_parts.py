"""A template holds how a project builds, and nothing of what was built."""

from __future__ import annotations

import copy
import json

import pytest

from implement.core.errors import DomainError, NotAllowed
from implement.testkit.cast import Cast
from projects import services
from projects.builds.models import BuildItem, DoneCriterion, Environment, WipLimit
from projects.builds.services.board import limit_set
from projects.builds.tests.factories import build, mara
from projects.kit.access import enter
from projects.models import ProjectTemplate
from projects.requirements.tests.test_parts import begin

pytestmark = pytest.mark.django_db


def take(cast: Cast, name: str = "mara") -> ProjectTemplate:
    entry = enter(getattr(cast, name), "nordwind", "project.view")
    return services.template_take(
        entry=entry, name="Like Nordwind", description="", keys={"builds"}, with_amounts=False
    )


class HabitsTests:
    @pytest.fixture(autouse=True)
    def _built(self, cast: Cast) -> None:
        build(cast, "Secret screen")
        for position, text in enumerate(("Built as designed", "Looked at"), start=1):
            DoneCriterion.objects.create(project=cast.nordwind, text=text, position=position)
        limit_set(entry=mara(cast), state="doing", limit=4)

    def test_a_project_begins_with_the_same_habits(self, cast: Cast) -> None:
        content = take(cast).content
        assert "Secret screen" not in json.dumps(content)
        started = begin(cast, content)
        assert ("Environments", "4") in started.made
        assert ("Criteria of done", "2") in started.made
        new = {"project__code": "alpen"}
        names = list(Environment.objects.filter(**new).values_list("name", "position", "is_shown"))
        assert names == [("DEV", 1, False), ("TEST", 2, False), ("UAT", 3, True), ("PROD", 4, True)]
        assert list(DoneCriterion.objects.filter(**new).values_list("text", flat=True)) == [
            "Built as designed", "Looked at",
        ]  # fmt: skip
        assert WipLimit.objects.get(**new).limit == 4
        assert not BuildItem.objects.filter(**new).exists()

    def test_only_who_decides_them_takes_them_along(self, cast: Cast) -> None:
        with pytest.raises(NotAllowed):
            take(cast, "tom")

    @pytest.mark.parametrize(
        ("key", "row", "words"),
        [
            ("environments", {"name": "dev"}, r"builds\.environments\[4\]\.name: this stands there twice"),
            ("done", {"text": "looked at"}, r"builds\.done\[2\]\.text: this stands there twice"),
            ("limits", {"state": "doing", "limit": 2}, r"builds\.limits\[1\]\.state"),
            ("limits", {"state": "verified", "limit": 2}, r"builds\.limits\[1\]\.state"),
            ("limits", {"state": "review", "limit": 0}, r"builds\.limits\[1\]\.limit"),
        ],
    )
    def test_what_a_file_says_wrong_is_told_with_its_place(
        self, cast: Cast, key: str, row: dict[str, object], words: str
    ) -> None:
        content = copy.deepcopy(take(cast).content)
        content["parts"]["builds"][key].append(row)
        with pytest.raises(DomainError, match=words):
            begin(cast, content)
