"""The addresses of sign-offs: the team's below the project, the customer's behind a signed link."""

from django.urls import path

from projects.signoffs.views import answer, rooms

urlpatterns = [
    path("answer/<str:link>/", answer.AnswerView.as_view(), name="answer"),
    path("answer/<str:link>/code/", answer.CodeView.as_view(), name="answer_code"),
    path("answer/<str:link>/prove/", answer.ProveView.as_view(), name="answer_prove"),
    path("answer/<str:link>/files/<int:pk>/", answer.FileView.as_view(), name="answer_file"),
    path("answer/<str:link>/files/<int:pk>.png", answer.PictureView.as_view(), name="answer_picture"),
    path(
        "projects/<slug:project>/milestones/<int:pk>/acceptance/",
        rooms.MilestoneAskView.as_view(),
        name="milestone_acceptance",
    ),
    *rooms.RequestPages.urls("sign-offs"),
]
