"""`muniment scrub FOLDER`: files with personal data replaced, beside the walk."""
