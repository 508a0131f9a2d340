"""The registry of user actions, which footer, help and palette read."""
