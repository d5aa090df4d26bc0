// SPDX-License-Identifier: MIT
// Tests of the checks themselves: they must detect faults that occur only at the edge of the number
// range or at the sizes of real models, and kernel constants that no sample tries.
#include "tests/catch.h"
#include "tests/source.h"

#include <algorithm>
#include <map>
#include <regex>
#include <set>

#include "check/edge.h"
#include "check/size.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/view.h"

using namespace gradus;
using namespace gradus::check;
using namespace gradus::tests;

namespace check_test {

const std::vector<OpRow>& table() {
  static const std::vector<OpRow> rows = op_table();
  return rows;
}

const OpRow& row_of(const std::string& name) {
  const auto at =
      std::find_if(table().begin(), table().end(), [&](const OpRow& r) { return r.name == name; });
  REQUIRE(at != table().end());
  return *at;
}

// A row of an activation as a user would add it: y = f(x), reference g.
template <class G> OpRow activation(const std::string& name, Tensor (*f)(const Tensor&), G g) {
  const auto all = [g]<class T>(const Arrays<T>& in) {
    Array<T> y(in[0].shape);
    for (int64_t i = 0; i < y.count(); ++i) y[i] = g(in[0][i]);
    return y;
  };
  OpRow row{.name = name, .rules = {name}, .samples = [=](Generator& gen) {
              return std::vector<Sample>{{.label = name,
                                          .inputs = {values(gen, {5})},
                                          .call = [f](Inputs in) { return Tensors{f(in[0])}; },
                                          .reference = Reference(all).with_edge(all)}};
            }};
  row.elementwise = true;
  return row;
}

std::string joined(const std::vector<std::string>& all) {
  std::string lines;
  for (const std::string& one : all) lines += one + "\n";
  return lines;
}

TEST_CASE("a formula that overflows at the edge is detected", "[check]") {
  const auto square_plus = [](auto x) {
    using std::sqrt;
    return 0.5 * (x + sqrt(x * x + 4));
  };
  const OpRow naive = activation(
      "square_plus", [](const Tensor& x) { return 0.5 * (x + gradus::sqrt(x * x + 4)); },
      square_plus);
  const std::string failures = joined(edge_failures(naive));
  INFO(failures);
  CHECK(failures.find("f32") != std::string::npos);
  CHECK(failures.find("output 0") != std::string::npos);
  CHECK(failures.find("gradient of input 0") != std::string::npos);
}

TEST_CASE("a derivative that divides infinities is detected at the edge", "[check]") {
  const OpRow naive = activation(
      "soft_sign", [](const Tensor& x) { return x / gradus::sqrt(1 + x * x); },
      [](auto x) {
        using std::sqrt;
        return x / sqrt(1 + x * x);
      });
  CHECK(!edge_failures(naive).empty());
}

TEST_CASE("a formula that is right at the edge passes", "[check]") {
  const OpRow row = activation(
      "halved", [](const Tensor& x) { return x * 0.5; }, [](auto x) { return 0.5 * x; });
  CHECK(joined(edge_failures(row)) == "");
  CHECK(joined(place_failures(row)) == "");
}

TEST_CASE("a reference that is NaN at the edge asks for a formula", "[check]") {
  const OpRow row = activation("swish", silu, [](auto x) {
    using std::exp;
    return x / (1 + exp(-x));
  });
  CHECK(joined(edge_failures(row)).find("give the row a formula for the edge") !=
        std::string::npos);
}

TEST_CASE("bits that depend on the position of an element are detected", "[check]") {
  const OpRow row = activation(
      "placed",
      [](const Tensor& x) {
        return x.size(0) > 32 && x.size(0) % 8 == 1 ? x * (1 + 1e-7) : x + 0.0;
      },
      [](auto x) { return x + 0.0; });
  CHECK(!place_failures(row).empty());
}

// ---- faults of some sizes

using Fault = std::function<Tensor(const Tensor& y)>;

// The row with `fault` in its first output.
OpRow with_fault(OpRow row, const Fault& fault) {
  for (Axis& axis : row.axes)
    axis.sample = [sample = axis.sample, fault](Generator& gen, int64_t n) {
      Sample s = sample(gen, n);
      s.call = [call = s.call, fault](Inputs in) {
        Tensors y = call(in);
        y[0] = fault(y[0]);
        return y;
      };
      return s;
    };
  return row;
}

// Elements of the last axis from `from` on, if y is longer; optionally only of f32.
bool reaches(const Tensor& y, int64_t from) { return y.dim() > 0 && y.size(-1) > from; }

Tensor marks_from(const Tensor& y, int64_t from) {
  Tensor mask = zeros(y.shape(), DType::boolean);
  const int64_t cols = y.size(-1);
  for (int64_t i = 0; i < y.numel(); ++i) mask.mutable_data<bool>()[i] = i % cols >= from;
  return mask;
}

// Faults of a large enough y alone: a wrong value, or a wrong derivative with right values.
Fault halved_from(int64_t from, bool f32_alone) {
  return [=](const Tensor& y) {
    if (!reaches(y, from) || (f32_alone && y.dtype() == DType::f64)) return y;
    return where(marks_from(y, from), y * 0.5, y);
  };
}
Fault slope_lost_from(int64_t from) {
  return [=](const Tensor& y) {
    if (!reaches(y, from)) return y;
    return where(marks_from(y, from), y.detach(), y);
  };
}
Fault last_lost_above(int64_t from) {
  return [=](const Tensor& y) {
    if (!reaches(y, from)) return y;
    return masked_fill(y, marks_from(y, y.size(-1) - 1), 0);
  };
}

TEST_CASE("faults that occur only at real sizes are detected", "[check]") {
  for (const std::string name :
       {"relu", "softmax", "layer_norm", "cumsum", "embedding", "dropout"}) {
    const OpRow& row = row_of(name);
    INFO(name);
    const auto noticed = [&](const Fault& fault) {
      return !size_failures(with_fault(row, fault), 0, false).empty();
    };
    CHECK(!noticed([](const Tensor& y) { return y; }));
    for (int64_t from : {64, 128, 256}) {
      INFO(from);
      CHECK(noticed(halved_from(from, false)));
      CHECK(noticed(halved_from(from, true)));
      CHECK(noticed(slope_lost_from(from)));
      CHECK(noticed(last_lost_above(from)));
    }
  }
}

TEST_CASE("an axis is tried around each constant and at twice its size plus a tail", "[check]") {
  const Axis axis{"rows", {{"tile", 64}, {"strip", 1000}}, {}};
  const std::vector<int64_t> n = sizes_of(axis);
  for (int64_t wanted : {63, 64, 65, 134, 999, 1000, 1001, 2006, 127, 128, 129, 261})
    CHECK(std::count(n.begin(), n.end(), wanted) == 1);
}

// ---- the constants of kernels

// Constants that samples of ops need not reach, with the reason.
const std::map<std::string, std::string> not_sizes = {
    {"merge_grain", "tasks that merge parts of lines of 131,072: small blocks reach it"}};

// The names of integer constants in a line "inline constexpr int64_t a = 1, b = 2;".
std::vector<std::string> names_in(const std::string& line) {
  std::vector<std::string> names;
  if (!std::regex_search(line, std::regex("^(inline )?constexpr (int64_t|int) "))) return names;
  const std::regex name("(\\w+) = ");
  for (std::sregex_iterator at(line.begin(), line.end(), name), end; at != end; ++at)
    names.push_back((*at)[1]);
  return names;
}

bool is_kernel(const SourceFile& f) {
  static const std::set<std::string> of_optimisers = {"adafactor", "adam", "muon", "rmsprop"};
  return f.path.rfind("src/kernels/", 0) == 0 && !of_optimisers.count(base_name(f.path));
}

TEST_CASE("every constant of a kernel is tried by the samples of some op", "[check]") {
  std::set<std::string> tried;
  for (const OpRow& row : table())
    for (const Axis& axis : row.axes)
      for (const KernelConstant& c : axis.constants) tried.insert(c.name);
  std::set<std::string> known;
  std::string missing;
  for (const SourceFile& f : source_files())
    for (size_t i = 0; is_kernel(f) && i < f.code.size(); ++i)
      for (const std::string& name : names_in(f.code[i])) {
        known.insert(name);
        if (!tried.count(name) && !not_sizes.count(name))
          missing += f.path + ":" + std::to_string(i + 1) + ": " + name + "\n";
      }
  INFO("no axis of a row in src/check/rows names\n" << missing);
  CHECK(missing.empty());
  CHECK(known.size() > 50);
  for (const std::string& name : tried) {
    INFO(name << " is not a constant of a kernel");
    CHECK(known.count(name));
  }
}

TEST_CASE("the sizes of blocks in kernels have names", "[check]") {
  const std::regex bare(
      "(tile_size|grain_size)\\(\\d{2,}|parallel_for\\([^,]*, \\d{2,}|"
      "for_each_run\\([^,]*, \\d{2,}|\\+ \\d{2,} <=|\\+= \\d{2,}\\)");
  std::string found;
  for (const SourceFile& f : source_files())
    for (size_t i = 0; is_kernel(f) && i < f.code.size(); ++i)
      if (std::regex_search(f.code[i], bare))
        found += f.path + ":" + std::to_string(i + 1) + ": " + f.lines[i] + "\n";
  INFO(found);
  CHECK(found.empty());
}

}  // namespace check_test
