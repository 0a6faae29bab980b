"""Licences as code: which licence a text is, what it asks, and what an adapter made under it may be used for.

`identify` reads a file, `expressions` reads what people state, `terms` knows what each licence asks,
`obligations` follows an adapter's whole lineage, `notice` writes what must travel with it.
"""
