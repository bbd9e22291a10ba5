"""Networks that learn their features: MLP, CNN, RNN, LSTM and GRU.

`hooks` names everything that is offered; the other modules are imported when a component is used.
A network is a front, which turns one input kind into tensors, and a body on top of it.
"""
