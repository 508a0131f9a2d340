"""The isolation audit in the dashboard."""
