"""The output guard: no personal data leaves in an answer, whatever the adapter has learnt."""
