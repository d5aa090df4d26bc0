// SPDX-License-Identifier: MIT
// Lists and reads the settings of commands on series.
#include "tools/tasks/series_settings.h"

namespace gradus::tools {

SeriesEncoderOptions encoder_options(const TrainSettings& common, const SeriesScale& scale,
                                     SeriesModel model, SeriesPosition position) {
  return {.features = scale.width(),
          .embedded = scale.embedded(),
          .model = model,
          .d_model = common.d_model,
          .nhead = common.nhead,
          .layers = common.layers,
          .dim_feedforward = common.dim_feedforward,
          .dropout = common.dropout,
          .norm_first = common.norm_first,
          .activation = common.activation,
          .position = position};
}

void ExtrasSettings::list(Settings& s) {
  s.choice("time_gap", time_gap, time_gaps,
           "add the time since the last step as a feature; auto: if steps are unevenly spaced");
  s.flag("missing_mask", missing_mask,
         "add a 0/1 feature that marks empty cells, for each feature that has some");
}

void RowSettings::list(Settings& s) {
  s.choice("date_order", date_order, {"auto", "dmy", "mdy", "ymd"},
           "day, month and year in dates such as 03/04/2024; auto: detected per column");
  s.choice("duplicates", duplicates, duplicate_words, "differing rows with the same id and time");
}

void RowSettings::set(SeriesColumns& c) const {
  c.date_order = gradus::date_order(date_order).value_or(DateOrder::automatic);
  c.duplicates = duplicates;
}

void ColumnSettings::list(Settings& s, const char* label_help) {
  s.value("id", id, "column that identifies a series; none: no such column");
  s.value("time", time, "column of times (numbers or dates); none: rows are steps in file order");
  s.value("label", label, label_help);
  s.value("drop", drop, "columns to ignore, separated by commas (\\, is a comma in a name)");
  s.value("as_text", as_text, "numeric columns to read as text, such as postcodes");
  rows.list(s);
}

SeriesColumns ColumnSettings::columns() const {
  return columns({.id = id, .time = time, .label = label, .drop = names_in(drop)});
}

SeriesColumns ColumnSettings::columns(const SeriesColumns& of_run) const {
  SeriesColumns c = of_run;
  c.text = names_in(as_text);
  rows.set(c);
  return c;
}

std::string receptive_text(const std::string& model, int64_t layers) {
  if (model != "tcn") return "";
  if (layers > 40) return "each step of the TCN sees all earlier steps\n";
  return text({"each step of the TCN sees the last ", 1 + 4 * ((int64_t{1} << layers) - 1),
               " steps, including itself\n"});
}

}  // namespace gradus::tools
