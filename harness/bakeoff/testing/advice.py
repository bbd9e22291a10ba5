"""Advice on how to fix each failing contract test, by the name of the test."""

from __future__ import annotations

ADVICE = {
    # plugins
    "test_it_is_found_through_its_entry_point": "name the module that holds the hooks under "
    "[project.entry-points.bakeoff] in pyproject.toml, and install the distribution again",
    "test_finding_it_imports_nothing_heavy": "import what is heavy in the module that a component's"
    " import string names, not in the one that the entry point names",
    "test_it_offers_or_watches_something": "mark the functions of the module with "
    "@bakeoff.hookimpl, and spell them as in bakeoff.registry.hookspecs",
    "test_it_loads_or_names_what_it_lacks": "correct the import string 'module:attribute', and "
    "declare in `needs` every library that its module imports",
    "test_its_name_can_be_typed_and_found": "rename it: lower case, digits and underscores",
    "test_its_summary_is_one_short_line": "register a summary of 1 to 80 characters on one line, "
    "without a full stop",
    "test_its_needs_are_importable_names": "write `needs` as modules are imported: 'sklearn', not "
    "'scikit-learn'",
    "test_its_facts_are_known_words": "use the words of bakeoff.records for inputs, problems and "
    "source, and those of bakeoff.registry.catalogue for the rest",
    "test_its_face_is_that_of_its_kind": "add the methods that bakeoff.interfaces names for its "
    "kind",
    # estimators
    "test_its_docstring_says_what_it_is": "write a docstring: `bakeoff show` prints it",
    "test_the_constructor_stores_its_parameters": "store each parameter unchanged under its own "
    "name, and do all work in fit",
    "test_parameters_make_an_equal_copy": "let get_params tell exactly the constructor's parameters"
    " (sklearn.base.BaseEstimator does)",
    "test_a_parameter_it_lacks_is_refused": "name every parameter in the constructor; take no "
    "**kwargs",
    "test_its_parameters_are_known_without_an_import": "write the constructor's parameters out in"
    " the class itself, or in one that it inherits from by name",
    "test_its_space_varies_parameters_that_it_has": "name in space() parameters of the "
    "constructor, with values that it takes",
    "test_nothing_around_it_is_changed": "put back what it changes (np.errstate, "
    "warnings.catch_warnings, sklearn.config_context), and write to the working directory or "
    "tempfile alone",
    "test_one_training_row_is_refused_or_enough": "raise a ValueError that says how many rows are "
    "needed, or handle a single one",
    "test_the_same_seed_gives_the_same_matrix": "take random_state in the constructor, draw from "
    "it alone, and keep nothing in the class or the module between fits",
    "test_the_same_seed_gives_the_same_answers": "take random_state in the constructor, draw from "
    "it alone, and keep nothing in the class or the module between fits",
    "test_inputs_stay_as_they_were": "work on a copy of X: the same rows are handed to other "
    "trials",
    # features
    "test_fit_returns_self": "end fit with `return self`",
    "test_rows_become_a_finite_float_matrix": "return a float array or CSR matrix (n_samples, "
    "n_features) of as many columns for any rows, without NaN, also for gaps and for categories "
    "that training lacked; or narrow `inputs` of the registration",
    "test_fit_needs_no_target": "let fit work with y=None",
    "test_a_row_does_not_depend_on_the_others": "use in transform only what fit learned: nothing "
    "computed over the rows at hand",
    "test_stateless_features_learn_nothing": "register it without stateless=True, or learn nothing "
    "in fit",
    "test_equal_rows_are_data_too": "guard divisions by a spread of zero",
    # learners and methods
    "test_answers_fit_the_task": "answer class codes or values of shape (n_samples,), or "
    "probabilities (n_samples, n_classes) in the order of classes_; or narrow `problems` or "
    "`inputs` of the registration",
    "test_labels_agree_with_probabilities": "let predict name the class of the largest probability",
    "test_a_class_may_be_missing_in_training": "set classes_ to the codes that y holds, and give "
    "predict_proba one column for each",
    "test_one_class_is_refused_or_predicted": "raise a ValueError that speaks of one class, or "
    "predict that class",
    "test_a_row_is_answered_alone_as_among_others": "use in predict only what fit learned: nothing "
    "computed over the rows at hand",
    "test_rows_that_are_all_equal_are_no_error": "guard divisions by a spread of zero",
    "test_sparse_and_dense_matrices_are_both_read": "read scipy.sparse matrices too, if only by "
    "toarray(): texts come as CSR",
    "test_rounds_are_reported": "call record.epoch(train_loss=..., validation_loss=...) once a "
    "round",
    "test_it_stops_when_time_is_up": "ask record.should_stop() after each round, and end the "
    "training where it says so",
    "test_what_a_search_tries_is_kept": "call record.budget.tried(...) as each configuration ends",
    "test_it_takes_as_many_classes_as_it_declares": "register max_classes, or handle as many "
    "classes as y holds",
    # clusterers
    "test_each_row_gets_a_label": "leave labels_ after fit(X): int64 (n_samples,), -1 for noise",
    "test_new_rows_are_placed_in_known_clusters": "let predict answer with codes of labels_, or -1,"
    " from what fit learned alone",
    "test_the_same_seed_gives_the_same_labels": "take random_state in the constructor, draw from "
    "it alone, and keep nothing in the class or the module between fits",
    # datasets
    "test_data_are_what_the_interface_says": "return bakeoff.interfaces.Data with the shapes and "
    "types of that module's docstring, its origin and its licence",
    "test_data_are_what_the_registration_says": "register the inputs, problems, n_rows and "
    "n_classes that load returns",
    "test_loading_twice_gives_the_same": "draw with a fixed seed, and keep the order of rows",
    "test_asking_is_light": "answer is_cached and fingerprint without network and without heavy "
    "imports; import inside load",
    "test_the_fingerprint_is_stable": "build the fingerprint from versions, paths and sizes, not "
    "from hash() or the time",
    # metrics
    "test_a_perfect_prediction_reaches_the_end_of_the_range": "register the range and direction "
    "that the metric has",
    "test_values_stay_in_the_range": "register `low` and `high` as the metric reaches them",
    "test_the_direction_is_that_of_better_predictions": "register direction='minimize' where less "
    "is better",
    "test_the_order_of_rows_does_not_matter": "compute over all rows alike",
    "test_truths_and_predictions_stay_as_they_were": "work on copies of y_true and y_pred",
    "test_a_part_without_rows_has_no_value": "return NaN for a part without rows",
    "test_a_part_of_one_class_is_no_error": "return NaN, or a value in the range, for rows of one "
    "class",
    # studies
    "test_it_fits_some_method": "return variants for at least one method that plugins offer",
    "test_its_control_is_a_variant_and_comes_first": "put the control first, and name a variant of "
    "the same study as everybody's control",
    "test_its_variants_differ": "return two or more variants with names and changes of their own",
    "test_it_changes_what_there_is": "name fields of bakeoff.records.Protocol in `protocol`",
    "test_asking_twice_gives_the_same": "build variants from the constructor's parameters alone",
    # sections
    "test_it_makes_a_section_or_nothing": "return a bakeoff_report.blocks.Section, or None",
    "test_a_run_without_scores_is_no_error": "return None where context.main is empty",
    "test_the_page_shows_it": "hand over words and numbers in the blocks of bakeoff_report.blocks",
    "test_it_leaves_the_tables_as_they_were": "work on copies of the context's frames",
    # executors
    "test_each_trial_has_one_result_of_its_own_state": "yield exactly one result a job, with the "
    "state of its end",
    "test_each_trial_is_announced_once": "call started(trial) once, when a worker gets it",
    "test_failures_have_reasons_and_successes_scores": "never give a result both or neither",
    "test_a_raised_error_keeps_its_message": "carry reason and traceback over as text",
    "test_no_trials_give_no_results": "end at once without jobs",
    "test_closing_it_ends_what_is_running": "end the processes when the generator is closed",
    "test_predictions_are_there_before_their_result": "yield a result after its files are written",
    "test_it_tells_how_many_trials_run_at_a_time": "let workers be from 1 to what was asked for",
    # times
    "test_time_of_fit": "let fit run on the contracts' small samples",
    "test_time_of_predict": "let predict run on the contracts' small samples",
}
"""Sentences that start in lower case and end without a full stop."""
