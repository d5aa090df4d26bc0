// SPDX-License-Identifier: MIT
// Writes and reads schema.json.
#include "tools/tasks/series_schema.h"

#include <algorithm>
#include <cmath>

namespace gradus::tools {
namespace {

Json numbers(const std::vector<double>& values) {
  Json all = Json::array();  // null: infinite, the deviation of a constant
  for (double v : values) all.push_back(std::isinf(v) ? Json() : Json(v));
  return all;
}
std::vector<double> values_of(const Json& numbers) {
  std::vector<double> all;
  for (const Json& v : numbers.items()) all.push_back(v.is_null() ? INFINITY : v.number());
  return all;
}
std::vector<std::string> texts_of(const Json& list) {
  std::vector<std::string> all;
  for (const Json& v : list.items()) all.push_back(v.string());
  return all;
}

Json date_json(const DateKind& d) {
  Json all;
  all["unit"] = name(d.unit);
  all["order"] = name(d.order);
  return all;
}
DateKind date_of(const Json& j) {
  const auto unit = time_unit(j.at("unit").string());
  const auto order = date_order(j.at("order").string());
  if (!unit || !order) file_error({"dates: an unknown unit or order: ", write_json(j)});
  return {*unit, *order};
}

// Reads a key that older runs lack.
template <class F> void if_there(const Json& s, const char* key, F&& take) {
  if (const Json* v = s.find(key); v && !v->is_null()) take(*v);
}

size_t feature_of(const SeriesSet& like, const Json& name) {
  const auto at = std::find(like.features.begin(), like.features.end(), name.string());
  if (at == like.features.end())
    file_error({"texts or dates: there is no feature ", printable(name.string())});
  return static_cast<size_t>(at - like.features.begin());
}

// ---- texts and dates

Json texts_json(const ClassifySchema& c) {
  Json all = Json::array();
  for (const TextScale& t : c.scale.texts) {
    const auto f = static_cast<size_t>(t.feature);
    Json one;
    one["column"] = c.like.features[f];
    one["categories"] = Json::list(c.like.categories.at(f));
    one["embedded"] = t.embedded;
    Json unseen = Json::array();
    for (size_t i = 0; i < t.seen.size(); ++i)
      if (!t.seen[i]) unseen.push_back(static_cast<int64_t>(i));
    one["unseen"] = std::move(unseen);
    all.push_back(std::move(one));
  }
  return all;
}

void read_texts(const Json& texts, ClassifySchema& c) {
  for (const Json& one : texts.items()) {
    const size_t f = feature_of(c.like, one.at("column"));
    std::vector<std::string> names = texts_of(one.at("categories"));
    TextScale t{.feature = static_cast<int64_t>(f),
                .seen = std::vector<bool>(names.size(), true),
                .embedded = one.at("embedded").boolean()};
    for (const Json& n : one.at("unseen").items()) {
      if (n.integer() < 0 || n.integer() >= static_cast<int64_t>(names.size()))
        file_error({"unseen: there is no category number ", n.integer()});
      t.seen[static_cast<size_t>(n.integer())] = false;
    }
    c.scale.texts.push_back(std::move(t));
    c.like.categories[f] = std::move(names);
  }
}

Json dates_json(const SeriesSet& like) {
  Json all = Json::object();
  for (const auto& [f, date] : like.dates) all[like.features[f]] = date_json(date);
  return all;
}

void read_dates_of(const Json& dates, SeriesSet& like) {
  for (const auto& [feature, date] : dates.members())
    like.dates[feature_of(like, Json(feature))] = date_of(date);
}

// ---- the logistic regression

constexpr int64_t most_weights = 100000;  // more would make the file large

void write_logistic(Json& s, const std::optional<LogisticFit>& fit) {
  if (!fit || fit->weight.numel() > most_weights) return;
  Json& to = s["logistic"];
  to["weight"] = Json::list(fit->weight.to_vector<double>());
  to["bias"] = Json::list(fit->bias.to_vector<double>());
}

LogisticFit logistic_of(const Json& s, size_t classes) {
  const std::vector<double> weight = values_of(s.at("weight")), bias = values_of(s.at("bias"));
  if (bias.size() != classes || classes == 0 || weight.size() % classes != 0)
    file_error({"logistic: weight of ", weight.size(), " and bias of ", bias.size(), " for ",
                classes, " classes"});
  const auto rows = static_cast<int64_t>(classes);
  return {.weight = tensor(weight, {rows, static_cast<int64_t>(weight.size()) / rows}, DType::f64),
          .bias = tensor(bias, {rows}, DType::f64)};
}

}  // namespace

Json ClassifySchema::json() const {
  Json s;
  s["id"] = columns.id;
  s["time"] = columns.time;
  s["label"] = columns.label;
  s["drop"] = Json::list(columns.drop);
  s["plain"] = like.plain;
  s["features"] = Json::list(like.features);
  s["classes"] = Json::list(like.classes);
  s["class_counts"] = Json::list(class_counts);
  s["longest"] = longest;
  s["median"] = numbers(scale.median);
  s["mean"] = numbers(scale.mean);
  s["deviation"] = numbers(scale.deviation);
  s["first_time"] = scale.first_time;
  s["gap"] = scale.gap;
  s["time_gap"] = scale.time_gap;
  s["masked"] = Json::list(scale.masked);
  s["threshold"] = threshold ? Json(*threshold) : Json();
  if (like.classes.size() == 2) s["positive"] = like.classes[1];
  s["summary"] = summary;
  s["low"] = numbers(scale.low);
  s["high"] = numbers(scale.high);
  s["low_time"] = scale.low_time;
  s["high_time"] = scale.high_time;
  s["texts"] = texts_json(*this);
  s["dates"] = dates_json(like);
  s["time_dates"] = like.time_dates ? date_json(*like.time_dates) : Json();
  s["left_out"] = Json::list(like.left_out);
  write_logistic(s, logistic);
  return s;
}

namespace {

void read_scale(const Json& s, size_t width, SeriesScale& scale) {
  scale.median = values_of(s.at("median"));
  scale.mean = values_of(s.at("mean"));
  scale.deviation = values_of(s.at("deviation"));
  scale.first_time = s.at("first_time").number();
  scale.gap = s.at("gap").number();
  scale.time_gap = s.at("time_gap").boolean();
  for (const auto* part : {&scale.median, &scale.mean, &scale.deviation})
    if (part->size() != width)
      file_error({width, " features, but median, mean or deviation of ", part->size()});
  for (const Json& n : s.at("masked").items()) {
    scale.masked.push_back(n.integer());
    if (n.integer() < 0 || n.integer() >= static_cast<int64_t>(width))
      file_error({"masked: there is no feature number ", n.integer()});
  }
  if_there(s, "low", [&](const Json& v) { scale.low = values_of(v); });
  if_there(s, "high", [&](const Json& v) { scale.high = values_of(v); });
  if (scale.low.size() != scale.high.size() || scale.low.size() > width)
    file_error(
        {width, " features, but low and high of ", scale.low.size(), " and ", scale.high.size()});
  if_there(s, "low_time", [&](const Json& v) { scale.low_time = v.number(); });
  if_there(s, "high_time", [&](const Json& v) { scale.high_time = v.number(); });
}

ClassifySchema read_schema(const Json& s) {
  ClassifySchema c;
  c.columns.id = s.at("id").string();
  c.columns.time = s.at("time").string();
  c.columns.label = s.at("label").string();
  c.columns.drop = texts_of(s.at("drop"));
  c.like.plain = s.at("plain").boolean();
  c.like.features = texts_of(s.at("features"));
  c.like.classes = texts_of(s.at("classes"));
  for (const Json& n : s.at("class_counts").items()) c.class_counts.push_back(n.integer());
  c.longest = s.at("longest").integer();
  read_scale(s, c.like.features.size(), c.scale);
  if (!s.at("threshold").is_null()) c.threshold = s.at("threshold").number();
  if_there(s, "positive", [&](const Json& v) {
    if (c.like.classes.empty() || v.string() != c.like.classes.back())
      file_error({"positive is ", printable(v.string()), "; expected the last class"});
  });
  if_there(s, "summary", [&](const Json& v) { c.summary = v.boolean(); });
  if_there(s, "texts", [&](const Json& v) { read_texts(v, c); });
  if_there(s, "dates", [&](const Json& v) { read_dates_of(v, c.like); });
  if_there(s, "time_dates", [&](const Json& v) { c.like.time_dates = date_of(v); });
  if_there(s, "left_out", [&](const Json& v) { c.like.left_out = texts_of(v); });
  if_there(s, "logistic",
           [&](const Json& v) { c.logistic = logistic_of(v, c.like.classes.size()); });
  return c;
}

}  // namespace

ClassifySchema ClassifySchema::from(const Json& s) {
  if (s.is_null())
    file_error({"the run has no schema.json; expected the file that training wrote"});
  try {
    return read_schema(s);
  } catch (const std::runtime_error& e) {  // it names the key; the file is added here
    file_error({"schema.json of the run: ", e.what()});
  }
}

}  // namespace gradus::tools
