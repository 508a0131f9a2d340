"""What goes on while the dashboard runs, whatever screen is shown."""
