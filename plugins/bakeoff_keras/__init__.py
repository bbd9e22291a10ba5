"""A library for plugins that train with Keras: compiled loop, training record, determinism.

`choices` turns a target into loss and output activation, `training` runs the epochs and reports
them, `program` compiles, `session` makes a result independent of what its process did before.
"""
