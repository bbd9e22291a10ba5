"""Training of Keras networks for plugins: compiled loop, training record, determinism.

`choices` selects loss and output activation for a target, `training` runs and records the epochs,
`program` compiles, `session` makes results independent of earlier trainings in the process.
"""
