// SPDX-License-Identifier: MIT
// Finds the columns of ids, times and labels.
#include "data/series_roles.h"

#include <algorithm>
#include <unordered_set>

namespace gradus {
namespace {

// Whether a name is one of the words, or ends with one after a separator or a change of case:
// customer_id, customerId, week.
bool named_like(const std::string& name, std::initializer_list<std::string_view> words) {
  const std::string all = ascii_lower(name);
  for (std::string_view word : words) {
    if (all == word) return true;
    if (all.size() <= word.size() || !all.ends_with(word)) continue;
    const size_t at = all.size() - word.size();
    const char before = all[at - 1], first = name[at];
    if (!(before >= 'a' && before <= 'z') || (first >= 'A' && first <= 'Z')) return true;
  }
  return false;
}

size_t different_cells(const CsvTable& t, int column) {
  std::unordered_set<std::string_view> seen;
  for (int64_t row = 0; row < t.rows(); ++row) seen.insert(t.cell(row, column));
  return seen.size();
}

bool dated(const CsvTable& t, int column) {
  std::vector<std::string_view> cells;
  double unused = 0;
  for (int64_t row = 0; row < t.rows(); ++row) {
    cells.push_back(t.cell(row, column));
    if (parse_number(cells.back(), unused)) return false;
  }
  const auto read = read_dates(cells);
  const DateFault* fault = std::get_if<DateFault>(&read);
  return !fault || fault->kind == DateFault::Kind::ambiguous;
}

// Columns that may be intended, judging by names and cells.
class Candidates {
 public:
  Candidates(const CsvTable& t, const Roles& known) : t_(t), known_(known) {}

  int label() const {
    const int named = first([&](int c) {
      return named_like(name(c), {"label", "class", "target", "y", "outcome", "churn", "churned",
                                  "species", "status", "diagnosis", "category", "response",
                                  "default", "survived", "result"});
    });
    if (named >= 0) return named;
    const int last = width() - 1;
    const bool few = different_cells(t_, last) <= std::min<size_t>(20, rows() / 2 + 1);
    return !known_.holds(last) && few ? last : -1;
  }

  // Its names repeat in other rows.
  int id() const {
    const auto repeats = [&](int c) {
      const size_t n = different_cells(t_, c);
      return n > 1 && 2 * n <= rows();
    };
    const int named = first([&](int c) {
      return named_like(name(c), {"id", "customer", "user", "patient", "subject", "client",
                                  "account", "member", "person", "unit", "series", "sensor",
                                  "device", "store", "machine", "case"}) &&
             repeats(c);
    });
    double unused = 0;
    const bool first_repeats = !known_.holds(0) && rows() > 0 && repeats(0) && !dated(t_, 0) &&
                               !parse_number(t_.cell(0, 0), unused) && different_cells(t_, 0) > 20;
    return named >= 0 ? named : first_repeats ? 0 : -1;
  }

  int time() const {
    const int named = first([&](int c) {
      return named_like(
          name(c), {"time", "date", "week", "month", "day", "year", "timestamp", "datetime", "step",
                    "t", "hour", "period", "visit", "quarter", "ds", "when"});
    });
    return named >= 0 ? named : first([&](int c) { return dated(t_, c); });
  }

 private:
  int width() const { return static_cast<int>(t_.columns().size()); }
  size_t rows() const { return static_cast<size_t>(t_.rows()); }
  const std::string& name(int c) const { return t_.columns()[static_cast<size_t>(c)]; }
  template <class F> int first(F&& fits) const {
    for (int c = 0; c < width(); ++c)
      if (!known_.holds(c) && fits(c)) return c;
    return -1;
  }

  const CsvTable& t_;
  const Roles& known_;
};

// Collects missing columns for a single message.
class Missing {
 public:
  /// `trained`: the names of training apply, and no option can change them.
  Missing(const CsvTable& t, const Roles& known, bool trained)
      : t_(t), candidates_(t, known), trained_(trained) {}

  void add(const std::string& role, const std::string& name) {
    const std::string near = nearest_of(name, t_.columns());
    const bool alone = what_.empty();
    what_ += text({alone ? "there is no " : ", no ", role, " column \"", printable(name), "\""});
    const int meant = role == "id"     ? candidates_.id()
                      : role == "time" ? candidates_.time()
                                       : candidates_.label();
    if (!near.empty()) what_ += "; the nearest is \"" + near + "\"";
    no_label_ = no_label_ || role == "label";
    const std::string word = !near.empty() ? near
                             : meant >= 0  ? t_.columns()[static_cast<size_t>(meant)]
                                           : "";
    hint_ += " --" + role + " " + (word.empty() ? "NAME" : shell_word(word));
    ++(word.empty() ? open_ : guessed_);
  }
  // Id and time, if neither is required but columns look like both.
  void suggest_series() {
    const int id = candidates_.id(), time = candidates_.time();
    if (id < 0 || time < 0 || id == time) return;
    const auto name = [&](int c) { return shell_word(t_.columns()[static_cast<size_t>(c)]); };
    hint_ += " --id " + name(id) + " --time " + name(time);
  }
  // An id, if a time is missing.
  void suggest_id() {
    const int id = candidates_.id();
    if (id >= 0) hint_ += " --id " + shell_word(t_.columns()[static_cast<size_t>(id)]);
  }
  void remark(const std::string& what) { remark_ += what; }
  void raise() const {
    if (what_.empty()) return;
    if (no_label_ && !t_.without_labels().empty())
      file_error({t_.name(), ": ", t_.without_labels()});
    if (trained_)
      file_error({t_.name(), ":1:1: ", what_, "; expected the column names of the training data",
                  no_label_ ? "; metrics need labels, gradus predict does not" : ""});
    file_error({t_.name(), ":1:1: ", what_,
                guessed_ > 0 && open_ == 0 ? ". Perhaps" : ". Name it with", hint_, remark_});
  }

 private:
  const CsvTable& t_;
  Candidates candidates_;
  std::string what_, hint_, remark_;
  int guessed_ = 0, open_ = 0;
  bool trained_, no_label_ = false;
};

// Whether each row has a distinct id.
bool names_rows(const CsvTable& t, int id) {
  return different_cells(t, id) == static_cast<size_t>(t.rows());
}

}  // namespace

std::string shell_word(std::string_view word) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_-.,:/+@%").find(c) != std::string_view::npos;
  };
  if (!word.empty() && std::all_of(word.begin(), word.end(), plain)) return std::string(word);
  std::string out = "'";
  for (char c : printable(word)) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string column_words(const CsvTable& t, int column) {
  return "column " + printable(t.columns()[static_cast<size_t>(column)]);
}

Roles roles_of(const CsvTable& t, const SeriesColumns& names, Purpose purpose,
               std::optional<bool> plain) {
  const SeriesColumns usual;
  Roles r{t.column(names.id), t.column(names.time), t.column(names.label)};
  r.steps = r.time < 0 && names.time == "none";
  const bool named_id = names.id != usual.id && names.id != "none";
  const bool named_time = names.time != usual.time && names.time != "none";
  const bool forecast = purpose == Purpose::forecast;
  Missing missing(t, r, plain.has_value());
  if (r.label < 0 && purpose == Purpose::classes) missing.add("label", names.label);
  const bool needs_time =
      forecast || (r.id >= 0 && !plain.value_or(false) && (plain || !names_rows(t, r.id)));
  const bool no_time = r.time < 0 && !r.steps && (named_time || needs_time);
  const bool needs_id =
      names.id != "none" && !plain.value_or(false) && !forecast && (r.time >= 0 || r.steps);
  if (r.id < 0 && (named_id || needs_id)) missing.add("id", names.id);
  if (no_time) {
    missing.add("time", names.time);
    missing.remark("; --time none reads the rows as steps in order");
    if (r.id >= 0 && !forecast && t.rows() > 0)
      missing.remark(text({", --id none each row as a series. The ids in ", column_words(t, r.id),
                           " occur in more than one row"}));
  }
  const bool neither = r.id < 0 && r.time < 0 && names.id == usual.id;
  if (neither && no_time) missing.suggest_id();
  if (neither && !no_time) missing.suggest_series();
  missing.raise();
  r.one_series = r.id < 0 && !r.plain();
  if (t.rows() == 0)
    file_error({t.name(), ":1:1: the file has a header but no rows; is it the right file?"});
  return r;
}

std::string series_hint(const CsvTable& t, const Roles& roles) {
  if (!roles.plain() || roles.id >= 0) return "";
  const Candidates candidates(t, roles);
  const int id = candidates.id(), time = candidates.time();
  if (id < 0 || time < 0 || id == time) return "";
  const auto name = [&](int c) { return shell_word(t.columns()[static_cast<size_t>(c)]); };
  return text({"each row is read as a series of its own; if the rows of one ",
               printable(t.columns()[static_cast<size_t>(id)]), " belong together, use --id ",
               name(id), " --time ", name(time)});
}

}  // namespace gradus
