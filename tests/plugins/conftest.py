"""Networks are tested on TensorFlow, on CPU, with one thread."""

from __future__ import annotations

import os

for name, value in {
    "KERAS_BACKEND": "tensorflow",
    "CUDA_VISIBLE_DEVICES": "",
    "TF_CPP_MIN_LOG_LEVEL": "2",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
}.items():
    os.environ.setdefault(name, value)
