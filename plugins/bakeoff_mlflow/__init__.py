"""Export of results to the MLflow tracking server that `$BAKEOFF_MLFLOW` names."""
