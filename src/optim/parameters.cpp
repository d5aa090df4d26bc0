// SPDX-License-Identifier: MIT
// Freezing by name, and rates by layer.
#include "gradus/optim/parameters.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "gradus/autograd/autograd.h"

namespace gradus {
namespace {

// The stack and the number in it: "encoder.layers.3.norm1.weight" is layer 3 of "encoder.layers.".
struct Place {
  std::string stack;
  int64_t number;
};

std::optional<Place> place_of(const std::string& name) {
  for (const std::string word : {"layers.", "layer."}) {
    for (size_t at = name.find(word); at != std::string::npos; at = name.find(word, at + 1)) {
      if (at > 0 && name[at - 1] != '.') continue;
      const size_t begin = at + word.size(), end = name.find('.', begin);
      if (end == std::string::npos || end == begin || end - begin > 6) continue;
      const std::string digits = name.substr(begin, end - begin);
      if (std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; }))
        return Place{name.substr(0, begin), std::stoll(digits)};
    }
  }
  return {};
}

bool is_table(const Tensor& p) {
  const std::string kind = detail::parameter_kind(p);
  return kind == "Embedding.weight" || kind == "LearnedPosition.weight";
}

std::string names_of(const std::vector<NamedTensor>& all) {
  std::string names;
  for (const NamedTensor& p : all) names += "\n  " + p.name;
  return names;
}

}  // namespace

bool name_fits(const std::string& pattern, const std::string& name) {
  size_t p = 0, n = 0, star = std::string::npos, retry = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      retry = n;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == name[n])) {
      ++p;
      ++n;
    } else if (star != std::string::npos) {  // the last * takes one character more
      p = star + 1;
      n = ++retry;
    } else {
      return false;
    }
  }
  return std::all_of(pattern.begin() + static_cast<std::ptrdiff_t>(p), pattern.end(),
                     [](char c) { return c == '*'; });
}

size_t freeze(Module& model, const std::vector<std::string>& patterns) {
  const std::vector<NamedTensor> all = model.named_parameters();
  std::vector<NamedTensor> frozen;
  for (const std::string& pattern : patterns)
    if (std::none_of(all.begin(), all.end(),
                     [&](const NamedTensor& p) { return name_fits(pattern, p.name); }))
      argument_error({"freeze: no parameter has a name like \"", printable(pattern, 200),
                      "\"; the names are", names_of(all)});
  for (const NamedTensor& p : all)
    if (std::any_of(patterns.begin(), patterns.end(),
                    [&](const std::string& pattern) { return name_fits(pattern, p.name); }))
      frozen.push_back(p);
  if (!all.empty() && frozen.size() == all.size())
    argument_error({"freeze: the patterns fit all ", all.size(),
                    " parameters, so nothing would be trained; leave some out"});
  for (NamedTensor& p : frozen) p.tensor.requires_grad_(false);
  return frozen.size();
}

std::vector<RateGroup> layer_rates(Module& model, double decay) {
  if (!(decay > 0 && decay <= 1))
    argument_error({"layer_rates: decay is ", decay, "; expected above 0 and at most 1"});
  const std::vector<NamedTensor> all = model.named_parameters();
  if (decay == 1) return {{1, all}};
  std::map<std::string, int64_t> depths;
  size_t first = all.size();
  for (size_t i = 0; i < all.size(); ++i)
    if (const std::optional<Place> place = place_of(all[i].name)) {
      first = std::min(first, i);
      int64_t& depth = depths[place->stack];
      depth = std::max(depth, place->number + 1);
    }
  if (depths.empty())
    argument_error({"layer_rates: no parameter belongs to a numbered layer, such as ",
                    "\"layers.0.weight\"; the names are", names_of(all)});
  int64_t deepest = 0;
  for (const auto& [stack, depth] : depths) deepest = std::max(deepest, depth);
  std::map<int64_t, RateGroup> groups;  // by layers above
  for (size_t i = 0; i < all.size(); ++i) {
    const std::optional<Place> place = place_of(all[i].name);
    const int64_t above = place ? depths[place->stack] - 1 - place->number
                          : i < first || is_table(all[i].tensor) ? deepest
                                                                 : 0;
    groups[above].parameters.push_back(all[i]);
  }
  std::vector<RateGroup> rates;
  for (auto& [above, group] : groups)
    rates.push_back({std::pow(decay, static_cast<double>(above)), std::move(group.parameters)});
  return rates;
}

}  // namespace gradus
