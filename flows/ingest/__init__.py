"""From folders of files to documents: every format becomes plain text or rows, every refusal a value."""
