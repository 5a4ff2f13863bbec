"""What looks into files, inside the fenced process: one module for each family of formats, by libraries that parse content.

`server` is the only module outside of this package that imports it.
"""
