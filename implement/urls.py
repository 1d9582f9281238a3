"""The table of contents of the web app."""

from django.urls import include, path

from implement.core.views import health, metrics

urlpatterns = [
    path("health", health, name="health"),  # for supervisors and load balancers
    path("metrics", metrics, name="metrics"),  # for Prometheus, by token
    path("", include("implement.dashboard.urls")),  # portfolio home and project home
    path("api/v1/", include("implement.api")),  # for integrations: resources, schema, docs
    path("", include("implement.portal.urls")),  # the customer's face, which only reads
    path("", include("implement.accounts.urls")),  # a person's own page, invitations
    path("account/", include("allauth.urls")),  # login, password, second factor, sessions
    path("", include("projects.urls")),  # plan, people, notes
    path("", include("projects.requirements.urls")),  # what the customer needs, and how it was found
    path("", include("projects.design.urls")),  # how the requirements are met
    path("", include("projects.builds.urls")),  # what is configured and developed, and where it stands
    path("", include("projects.signoffs.urls")),  # what the customer is asked, and the link to answer
    path("", include("projects.imports.urls")),  # files on their way in
    path("", include("budget.urls")),  # time, expenses, rates, budget
    path("", include("implement.reports.urls")),  # weekly reports and their schedules
]

handler400 = "implement.core.views.bad_request"
handler404 = "implement.core.views.not_found"
handler429 = "implement.core.views.too_many"
handler500 = "implement.core.views.server_error"
