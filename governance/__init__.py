"""May this be used? Privacy, validity, licences, gates, reports."""
