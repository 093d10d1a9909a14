"""Which tests hold each case from the field: the value that the case names, and further members of its kind.

``FILE::test`` by the number of the case; files are under ``tests/``.
"""

from __future__ import annotations

from typing import Final

OF_FIELD: Final = "config/test_field_cases.py"
READING: Final = "accounts/test_imports_reading.py"
DATED: Final = "accounts/test_imports_dated.py"
ROWS: Final = "accounts/test_imports_rows.py"
VALUES: Final = "accounts/test_imports_values.py"
KINDS: Final = "accounts/importing/test_kinds.py"
REJECTS: Final = "accounts/test_imports_rejects.py"
WAYS: Final = "accounts/identity/test_ways.py"

# (tests of the value, tests of the kind)
CASES: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "01": (
        (f"{OF_FIELD}::test_01_a_renewal_that_comes_as_a_new_contract_is_no_churn", f"{OF_FIELD}::test_01_its_terms_were_renewed",
         f"{OF_FIELD}::test_01_without_a_rule_the_report_counts_the_pairs", f"{OF_FIELD}::test_01_a_column_names_what_is_replaced"),
        (f"{DATED}::test_the_end_of_what_is_replaced_follows_the_start_of_its_follower",
         "renewals/test_field_cases.py::test_where_two_go_on_from_one_their_sum_does"),
    ),
    "03": (
        (f"{OF_FIELD}::test_03_revenue_without_a_rate_cannot_be_told", f"{OF_FIELD}::test_03_after_a_rate_is_entered_everything_follows"),
        ("accounts/test_churns.py::test_revenue_without_a_rate_cannot_be_told",),
    ),
    "04": (
        (f"{READING}::test_04_a_quote_that_is_never_closed_takes_its_own_tail_only",),
        (f"{ROWS}::test_no_row_with_quotes_that_cannot_be_told_goes_in", f"{ROWS}::test_what_could_be_the_tail_of_a_refused_row_does_not_go_in"),
    ),
    "05": (
        (f"{READING}::test_05_backslashes_by_escape_or_not_at_all",),
        (f"{ROWS}::test_backslashes_before_quotes_are_read_where_the_mapping_says_so",),
    ),
    "06": ((f"{READING}::test_06_marks_of_a_spreadsheet_lose_no_row",), (f"{ROWS}::test_a_line_that_names_the_delimiter_is_understood",)),
    "06b": ((f"{READING}::test_06_marks_of_a_spreadsheet_lose_no_row",), (f"{ROWS}::test_one_trailing_empty_cell_is_dropped",)),
    "06c": (
        (f"{READING}::test_06c_the_foot_of_a_report_is_refused_by_line",),
        (f"{ROWS}::test_the_foot_of_a_report_is_refused", f"{ROWS}::test_a_name_that_only_sounds_like_a_foot_stays"),
    ),
    "07": (
        (f"{READING}::test_07_rejects_come_back_whatever_the_mapping_says",),
        (f"{READING}::test_07_a_corrected_row_comes_back_as_a_spreadsheet_saves_it", f"{REJECTS}::test_no_character_of_a_rejected_row_is_lost"),
    ),
    "09": (
        (f"{READING}::test_09_money_with_a_point_before_its_fraction", f"{READING}::test_09_money_with_a_comma_before_its_fraction"),
        (f"{VALUES}::test_money_as_people_write_it", f"{VALUES}::test_any_grouping_gives_the_number"),
    ),
    "10": (
        (f"{READING}::test_10_cents_by_the_digits_of_the_currency", f"{READING}::test_10_times_takes_fractions", f"{READING}::test_10_yen_have_no_fraction"),
        ("accounts/test_imports_multiplied.py::test_units_and_periods_multiply_the_price",),
    ),
    "11": ((f"{READING}::test_11_an_instant_is_the_organisations_day",), (f"{VALUES}::test_a_day_in_any_notation_is_the_day_in_tokyo",)),
    "12": (
        (f"{READING}::test_12_days_in_the_notations_that_the_mapping_names",),
        (f"{VALUES}::test_eras", f"{VALUES}::test_what_is_no_day_is_refused", f"{VALUES}::test_a_day_that_means_no_end_is_none"),
    ),
    "13": (
        (f"{READING}::test_13_days_that_two_notations_read_apart_are_refused", "accounts/recognising/test_cases.py::test_13_both_orders_are_asked_about"),
        ("accounts/recognising/test_columns.py::test_days_written_in_a_notation_are_read_back_or_asked_about",),
    ),
    "15": (
        (f"{OF_FIELD}::test_15_lines_without_a_start_begin_with_their_contract",),
        (f"{OF_FIELD}::test_15_the_reason_names_what_coincides_and_how_lines_are_told_apart",),
    ),
    "15b": (
        (f"{OF_FIELD}::test_15_lines_without_a_start_begin_with_their_contract",),
        (f"{OF_FIELD}::test_15_the_reason_names_what_coincides_and_how_lines_are_told_apart",),
    ),
    "15c": (
        (f"{OF_FIELD}::test_15_lines_without_a_start_begin_with_their_contract",),
        (f"{DATED}::test_no_day_counts_a_line_twice_whatever_the_order_of_files",),
    ),
    "16": (
        (f"{OF_FIELD}::test_16_amounts_whose_sum_is_large_are_held",),
        ("config/test_limits.py::test_overflow_sets_one_customer_aside_and_everybody_elses_night_is_whole",),
    ),
    "17": (
        (f"{OF_FIELD}::test_17_use_beyond_any_measure_is_refused_by_line",),
        ("config/test_limits.py::test_overflow_sets_one_customer_aside_and_everybody_elses_night_is_whole",),
    ),
    "18": ((f"{OF_FIELD}::test_18_an_owner_who_left_loses_the_cell_only",), (f"{DATED}::test_an_owner_is_found_by_a_name_that_only_one_has",)),
    "19": ((f"{READING}::test_19_words_for_nothing_are_empty_and_a_name_stays",), (f"{VALUES}::test_null_words_are_empty_but_not_as_a_name",)),
    "20": (
        (f"{READING}::test_20_ids_that_a_spreadsheet_changed_are_remarked", f"{WAYS}::test_case_20_ids_that_a_spreadsheet_changed_are_remarked"),
        ("accounts/identity/test_twins.py::test_ids_that_a_spreadsheet_changed",),
    ),
    "21": (
        (f"{READING}::test_21_names_that_look_like_formulas_stay_and_come_back",),
        (f"{ROWS}::test_any_cell_comes_back_from_the_rejects_as_it_went", "accounts/exporting/test_coming_back.py::test_the_export_of_a_record_gives_the_record"),
    ),
    "23": (
        (f"{OF_FIELD}::test_23_who_comes_back_after_years_begins_anew",),
        ("accounts/test_churns.py::test_who_pays_again_soon_has_not_churned", "accounts/test_churns.py::test_customer_may_churn_twice"),
    ),
    "25": (
        (f"{OF_FIELD}::test_25_a_new_price_counts_from_the_day_of_its_file",),
        (f"{DATED}::test_every_day_keeps_what_the_file_of_the_time_said", f"{DATED}::test_a_snapshot_that_comes_late_fills_its_own_stretch"),
    ),
    "26": (
        (f"{OF_FIELD}::test_26_a_line_below_zero_is_refused_with_the_way_to_say_it", f"{OF_FIELD}::test_26_a_credit_note_settles_its_invoice"),
        (f"{DATED}::test_credit_notes_settle_one_invoice_each", f"{DATED}::test_each_note_settles_the_nearest_invoice_before_it_that_is_left"),
    ),
    "27": ((f"{OF_FIELD}::test_27_nobody_pays_for_a_free_plan",), ("accounts/test_churns.py::test_fall_to_a_free_plan_is_churned_revenue",)),
    "29": (
        (f"{OF_FIELD}::test_29_an_end_that_passed_is_to_be_settled", f"{OF_FIELD}::test_29_a_mapping_may_say_that_what_expired_ended"),
        (f"{OF_FIELD}::test_29_who_says_an_end_changes_it", f"{DATED}::test_to_be_settled_is_said_of_what_the_record_asks_to_settle"),
    ),
    "30": (
        (f"{OF_FIELD}::test_30_what_an_owner_had_is_the_heirs_on_the_day_itself",),
        (f"{OF_FIELD}::test_30_somebody_shut_out_is_a_remark_and_no_owner",),
    ),
    "31": ((f"{READING}::test_31_headings_with_marks_blanks_and_line_ends",), (f"{KINDS}::test_a_heading_is_its_text_whatever_is_unseen",)),
    "32": (
        (f"{READING}::test_32_hidden_characters_are_no_difference", f"{WAYS}::test_case_32_hidden_characters_do_not_part_ids"),
        (f"{ROWS}::test_characters_are_composed_and_those_without_width_dropped",),
    ),
    "33": ((f"{READING}::test_33_a_byte_order_mark_says_the_encoding",), (f"{ROWS}::test_a_byte_order_mark_goes_before_what_is_said",)),
    "33b": (
        (f"{READING}::test_33b_another_delimiter_is_named",),
        ("accounts/recognising/test_layout.py::test_a_delimiter_is_the_one_that_makes_columns",),
    ),
    "33c": (
        (f"{READING}::test_33c_another_encoding_is_named",),
        ("accounts/recognising/test_layout.py::test_an_encoding_is_recognised_or_asked_about",),
    ),
    "34": (
        (f"{READING}::test_34_a_row_that_leaves_out_what_stands_above_is_refused",),
        (f"{KINDS}::test_a_row_that_leaves_out_what_stands_above_is_never_guessed",),
    ),
    "35": (
        (f"{OF_FIELD}::test_35_every_task_is_due_before_the_nearer_of_notice_and_end",),
        ("renewals/test_field_cases.py::test_35_every_task_is_due_before_notice_and_end",),
    ),
    "35b": (
        (f"{OF_FIELD}::test_35_every_task_is_due_before_the_nearer_of_notice_and_end",),
        ("renewals/test_field_cases.py::test_35_every_task_is_due_before_notice_and_end",),
    ),
    "40": (
        ("accounts/identity/test_twins.py::test_case_40_the_companies_of_one_crm_and_the_one_of_billing",
         f"{WAYS}::test_case_40_finds_the_subscription_by_the_crm_key"),
        (f"{WAYS}::test_however_a_domain_is_written_it_is_found", "accounts/identity/test_merging_property.py::test_parted_each_has_what_it_would_have_had"),
    ),
    "41": ((f"{WAYS}::test_case_41_an_answer_lands_by_person_and_a_strangers_by_domain",), (f"{WAYS}::test_a_word_leads_to_its_customer",)),
    "42": (
        (f"{OF_FIELD}::test_42_an_answer_off_its_scale_is_refused_with_the_scale",),
        ("health/signals/test_imports.py::test_surveys_keep_to_their_scales",
         "health/signals/test_imports.py::test_answers_are_taken_up_to_both_ends_of_their_scale"),
    ),
    "47": (
        (f"{OF_FIELD}::test_47_an_owner_changes_by_file",),
        (f"{DATED}::test_a_file_hands_over_only_where_it_names_another_owner_than_before",),
    ),
    "49": (
        (f"{OF_FIELD}::test_49_a_contact_left_on_the_day_of_the_file",),
        (f"{KINDS}::test_a_state_holds_since_the_file_that_said_it_first",),
    ),
    "49b": (
        (f"{OF_FIELD}::test_49_a_contact_left_on_the_day_of_the_file",),
        (f"{KINDS}::test_a_state_holds_since_the_file_that_said_it_first",),
    ),
    "53": (
        (f"{READING}::test_53_each_reading_of_one_file_has_its_rejects", f"{REJECTS}::test_case_53_each_reading_of_a_file_has_rejected_rows_of_its_own"),
        (f"{KINDS}::test_each_reading_of_a_file_has_its_own_rejects_and_takes_them_back",),
    ),
    "56": ((f"{OF_FIELD}::test_56_a_trial_that_turned_paid_cost_nothing_before",), ("accounts/test_imports_kept_ends.py::test_what_was_paid_for_becomes_no_trial",)),
    "57": (
        (f"{OF_FIELD}::test_57_a_row_that_is_gone_is_counted_and_ends_by_choice",),
        (f"{DATED}::test_what_a_snapshot_names_no_more_ends_by_choice_only", f"{DATED}::test_what_its_absence_ended_its_return_takes_back"),
    ),
    "58": ((f"{OF_FIELD}::test_58_what_lies_in_the_future_is_refused_by_line",), (f"{DATED}::test_what_happens_tomorrow_is_refused_and_today_is_not",)),
    "59": ((f"{OF_FIELD}::test_59_payment_is_what_the_source_says",), (f"{DATED}::test_payment_is_what_the_columns_say",)),
    "60": (
        (f"{OF_FIELD}::test_60_an_end_that_is_known_is_a_notice",),
        ("renewals/test_field_cases.py::test_60_an_end_already_known_is_expected_to_bring_nothing",),
    ),
    "61": ((f"{OF_FIELD}::test_61_a_row_goes_in_without_a_cell_it_can_be_without",), (f"{DATED}::test_a_row_goes_in_without_a_cell_and_the_record_keeps_what_it_had",)),
    "62": (
        (f"{OF_FIELD}::test_62_people_of_a_day_are_counted_as_the_mapping_says",),
        (f"{OF_FIELD}::test_62_named_people_are_counted_distinct",),
    ),
    "63": (
        (f"{OF_FIELD}::test_63_of_a_history_the_last_row_counts",),
        ("accounts/test_imports_latest.py::test_the_last_line_of_each_id_counts_and_the_same_file_again_changes_nothing",),
    ),
    "70": (
        (f"{READING}::test_70_what_is_no_workbook_is_one_sentence", "accounts/test_imports_sheets.py::test_70_what_only_looks_like_a_workbook"),
        ("accounts/test_imports_sheets.py::test_a_workbook_cut_short_is_one_sentence",),
    ),
    "72": ((f"{READING}::test_72_any_line_end_ends_a_line",), ("accounts/recognising/test_layout.py::test_a_table_in_any_encoding_and_dialect_is_read_back",)),
    "74": (
        (f"{READING}::test_74_title_lines_are_proposed_and_skipped",),
        ("accounts/recognising/test_layout.py::test_titles_are_skipped", f"{ROWS}::test_lines_above_the_names_are_skipped_and_count"),
    ),
    "75": (
        (f"{READING}::test_75_a_copy_is_asked_about_and_case_is_no_difference",),
        (f"{KINDS}::test_names_that_could_be_the_same_file_are_asked_about",),
    ),
    "76": ((f"{READING}::test_76_a_mistake_of_the_mapping_is_told_before_the_first_row",), (f"{REJECTS}::test_a_column_that_a_later_file_lacks_is_told_before_the_first_row",)),
    "features": ((f"{OF_FIELD}::test_a_file_that_nothing_reads_is_named",), (f"{KINDS}::test_whatever_of_a_folder_nothing_reads_is_named",)),
}  # fmt: skip
