"""The addresses of build items."""

from django.urls import path

from projects.builds.views import board, environments, hooks, items, promotions, verbs

ROOT = "projects/<slug:project>/builds/"
ITEM = "projects/<slug:project>/build-items/<int:pk>/"

urlpatterns = [
    path(f"{ROOT}board/", board.BoardView.as_view(), name="builditem_board"),
    path(f"{ROOT}limits/", board.LimitsView.as_view(), name="builditem_limits"),
    path(f"{ITEM}move/", board.MoveView.as_view(), name="builditem_move"),
    path("hooks/builds/<str:uid>/", hooks.InboundView.as_view(), name="hook_builds"),
    path(f"{ROOT}hooks/", hooks.HooksView.as_view(), name="inboundhook_list"),
    path(f"{ROOT}hooks/<int:pk>/revoke/", hooks.HookRevokeView.as_view(), name="inboundhook_revoke"),
    path(f"{ROOT}hooks/<int:pk>/try/", hooks.HookTryView.as_view(), name="inboundhook_try"),
    path(f"{ROOT}where/", promotions.MatrixView.as_view(), name="environment_matrix"),
    path(f"{ITEM}block/", verbs.BlockView.as_view(), name="builditem_block"),
    path(f"{ITEM}unblock/", verbs.UnblockView.as_view(), name="builditem_unblock"),
    path(f"{ITEM}tick/", verbs.TickView.as_view(), name="builditem_tick"),
    path(f"{ITEM}check/", verbs.CheckView.as_view(), name="builditem_check"),
    path(f"{ITEM}references/", verbs.ReferenceAddView.as_view(), name="builditem_reference"),
    path(
        "projects/<slug:project>/references/<int:pk>/remove/",
        verbs.ReferenceRemoveView.as_view(),
        name="codereference_remove",
    ),
    path(
        "projects/<slug:project>/build-items/change/", items.BulkChangeView.as_view(), name="builditem_change"
    ),
    path(
        "projects/<slug:project>/promotions/<int:pk>/notes/print/",
        promotions.NotesPrintView.as_view(),
        name="promotion_print",
    ),
    *items.BuildItemPages.urls("build-items"),
    *environments.EnvironmentPages.urls("environments"),
    *promotions.PromotionPages.urls("promotions"),
    *environments.DoneCriterionPages.urls("definition-of-done"),
]
