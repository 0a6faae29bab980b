"""What an alias means: signed releases, what serving checks of one, and what was in force at any time before."""
