"""The store of finished work: a stopped command continues where it stopped, and an unchanged input costs nothing.

`medcurate.journal.store.Journal` maps keys to bytes in one file. The adapters keep NumPy columns
(`medcurate.journal.columns`) and Arrow tables (`medcurate.journal.tables`) in it. `medcurate.versions.version_digest`
makes the version that decides whether old content still counts.

A journal is a cache: deleting it costs time and never changes a result. What a person decided does not belong here.
"""
