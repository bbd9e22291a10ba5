"""Manual features for every input kind, and the classic learners of scikit-learn and XGBoost.

`hooks` registers all components; the other modules are imported when a component is used.
"""
