"""Executor for Dask clusters: the core's supervised workers inside Dask's worker processes.

`bakeoff run SUITE --executor dask` starts a cluster on this machine and ends it with the run. With
your own cluster, here of two workers on one machine:

    dask scheduler --host 127.0.0.1 --port 8786
    dask worker tcp://127.0.0.1:8786 --nthreads 1      (twice; with a GPU: --resources GPU=1)
    bakeoff run SUITE --executor dask --scheduler tcp://127.0.0.1:8786

Every worker needs the runner's packages in the runner's versions; differences end the run with a
message that names them. No file system is shared. On Slurm and other batch systems dask-jobqueue
starts scheduler and workers. Anybody who reaches a scheduler can run code on its workers: keep it
on loopback or in a private network, or use Dask's TLS.
"""
