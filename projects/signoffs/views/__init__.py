"""The pages of sign-offs: the team's, and the one behind the link."""
