"""The interface of one host to the front ends: snapshots, operations, logs, events, onboarding and registrations."""
