"""The team's face: home, project home, settings, the firm's pages, notices, command palette."""
