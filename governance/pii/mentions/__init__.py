"""Where people stand: in lists, in letters, behind a title, over the end of a line."""
