"""The team's face."""

from django.urls import path

from implement.dashboard.views import calendars, firm, home, inbox, palette, settings, templates

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
    path("people/<int:pk>/absences/", firm.PersonAbsencesView.as_view(), name="person_absences"),
    path("people/<int:pk>/week/", calendars.PersonWeekView.as_view(), name="person_week"),
    path("people/<int:pk>/week/days/", calendars.PersonDaysView.as_view(), name="person_days"),
    path("absences/<int:pk>/", firm.AbsenceView.as_view(), name="absence_firm"),
    path("calendars/", calendars.CalendarListView.as_view(), name="workcalendar_list"),
    path("calendars/add/", calendars.CalendarFormView.as_view(), name="workcalendar_add"),
    path("calendars/<int:pk>/", calendars.CalendarFormView.as_view(), name="workcalendar_edit"),
    path("calendars/<int:pk>/days/", calendars.CalendarFirmDaysView.as_view(), name="workcalendar_days"),
    path("people/<int:pk>/invite/", firm.PersonInviteView.as_view(), name="person_invite"),
    path("projects/add/", firm.ProjectAddView.as_view(), name="project_add"),
    path("templates/", templates.TemplateListView.as_view(), name="template_list"),
    path("templates/<int:pk>/", templates.TemplateFormView.as_view(), name="template_edit"),
    path("templates/<int:pk>/delete/", templates.TemplateDeleteView.as_view(), name="template_delete"),
    path("templates/<int:pk>/file/", templates.TemplateFileView.as_view(), name="template_file"),
    path("templates/<int:pk>/start/", templates.TemplateStartView.as_view(), name="template_start"),
    path("projects/<slug:project>/", home.ProjectHomeView.as_view(), name="project"),
    path("projects/<slug:project>/rail/", home.RailView.as_view(), name="project_rail"),
    path("projects/<slug:project>/settings/", settings.SettingsView.as_view(), name="project_settings"),
    path("projects/<slug:project>/template/", templates.TemplateMakeView.as_view(), name="template_make"),
    path("projects/<slug:project>/calendar/", calendars.CalendarView.as_view(), name="project_calendar"),
    path(
        "projects/<slug:project>/calendar/exceptions/",
        calendars.CalendarDaysView.as_view(),
        name="project_calendar_exception",
    ),
]
