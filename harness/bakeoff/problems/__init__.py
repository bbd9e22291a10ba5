"""Define what each problem type means for targets, predictions and scores."""
