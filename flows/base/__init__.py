"""The base model: found, checked, converted, loaded in the numbers of this machine."""
