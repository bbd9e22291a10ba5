"""The executor for a cluster: the core's supervised workers inside Dask's worker processes."""
