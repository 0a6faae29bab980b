"""Words that forms, wards and languages use, and the names that people have."""
