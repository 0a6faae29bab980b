"""An approved adapter as files for runtimes that are not ours."""
