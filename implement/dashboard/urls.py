"""The team's face."""

from django.urls import path

from implement.dashboard.views import firm, home, inbox, palette, settings

urlpatterns = [
    path("", home.HomeView.as_view(), name="home"),
    path("palette.json", palette.PaletteView.as_view(), name="palette"),
    path("notifications/", inbox.NotificationsView.as_view(), name="notifications"),
    path("views/", inbox.SavedViewsView.as_view(), name="saved_views"),
    path("customers/", firm.CustomerListView.as_view(), name="customer_list"),
    path("customers/add/", firm.CustomerFormView.as_view(), name="customer_add"),
    path("customers/<int:pk>/", firm.CustomerFormView.as_view(), name="customer_edit"),
    path("people/", firm.PersonListView.as_view(), name="person_list"),
    path("people/add/", firm.PersonFormView.as_view(), name="person_add"),
    path("people/<int:pk>/", firm.PersonFormView.as_view(), name="person_edit"),
    path("people/<int:pk>/invite/", firm.PersonInviteView.as_view(), name="person_invite"),
    path("projects/add/", firm.ProjectAddView.as_view(), name="project_add"),
    path("projects/<slug:project>/", home.ProjectHomeView.as_view(), name="project"),
    path("projects/<slug:project>/rail/", home.RailView.as_view(), name="project_rail"),
    path("projects/<slug:project>/settings/", settings.SettingsView.as_view(), name="project_settings"),
    path("projects/<slug:project>/calendar/", settings.CalendarView.as_view(), name="project_calendar"),
    path(
        "projects/<slug:project>/calendar/exceptions/",
        settings.CalendarExceptionView.as_view(),
        name="project_calendar_exception",
    ),
]
