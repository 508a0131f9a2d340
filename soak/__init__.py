"""The soak: a dashboard over a home in which all the time something happens, while random keys are pressed."""
