"""Pictures of the running dashboard, taken by a script: `make screenshots`."""
