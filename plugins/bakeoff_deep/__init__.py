"""Networks that learn their features: MLP, CNN, RNN, LSTM and GRU.

`hooks` registers all components; the other modules are imported when a component is used. A network
consists of a front, which converts one input kind to tensors, and a body on top of it.
"""
