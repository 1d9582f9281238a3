"""A person's own pages and the way in by invitation."""

from django.urls import path

from implement.accounts import views

urlpatterns = [
    path("me/", views.AccountView.as_view(), name="account"),
    path("me/tokens/", views.TokensView.as_view(), name="tokens"),
    path("me/tokens/<int:pk>/revoke/", views.TokenRevokeView.as_view(), name="token_revoke"),
    path("invitation/<str:link>/", views.InvitationView.as_view(), name="invitation"),
]
