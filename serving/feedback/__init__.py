"""What people make of answers: remembered for a while, scrubbed, and written where the next run reads."""
