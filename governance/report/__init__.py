"""The audit report: everything known about one adapter, for people who were not there."""
