"""Scan: read every file once, hash it, and write the catalogue and the rejects.

Parts of a scan, for those who need the features of each image (`sort_planes`)
----------------------------------------------------------------------------
``scan(..., features=True)`` leaves the plane features beside the catalogue. They are read back a part at a time::

    parts = ScanParts.open(out)            # after scan(); out is the folder given to scan
    parts.n_rows, parts.n_parts            # rows of catalogue.parquet in all; number of parts
    for part in parts:                     # in the order of catalogue.parquet; may be iterated again
        part.first_row                     # int: the number in catalogue.parquet of part.rows[0]
        part.rows                          # pyarrow.Table, catalogue.SCHEMA: the rows as catalogue.parquet has them now
        part.features                      # float16 (m, N_FEATURES), memory-mapped read-only; m may be 0
        part.feature_row                   # int64 (m,): index into part.rows of each line of `features`, ascending

Masks, and rows dropped as CONSTANT, have no feature line; a 2-D image has one; a volume has up to 16, of evenly spaced slices.
All rows of one file lie in the same part. A part has at most about 2,048 files or 64 MiB of input.
"""
