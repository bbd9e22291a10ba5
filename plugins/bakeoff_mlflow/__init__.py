"""Results to an MLflow tracking server, for those who name one in `$BAKEOFF_MLFLOW`."""
