"""Files of other systems into the record: one mapping file says what each column means.

``mapping`` reads the mapping, ``rows`` the file, ``values`` single cells, ``loading`` stages and
loads a file; one module a target says what its rows are and how they go in. docs/import.md is the
operator's page.
"""
