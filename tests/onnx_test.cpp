// SPDX-License-Identifier: MIT
// The node tests of the ONNX standard, from ../shared/onnx beside the checkout: which pass, which
// are skipped and why. tests/onnx/ runs the operators.
#include <algorithm>
#include <filesystem>
#include <iostream>

#include "gradus/tensor/tensor.h"
#include "tests/catch.h"
#include "tests/onnx/case.h"

using namespace gradus;
using namespace gradus::tests;
using onnx::Outcome;
namespace fs = std::filesystem;

namespace onnx_test {

struct Named {
  std::string name;
  TensorFile file;
  const std::string& op() const { return file.metadata.at("op"); }
};

std::vector<Named> cases() {
  std::vector<Named> all;
  for (const auto& entry : fs::directory_iterator(shared_folder("onnx")))
    if (entry.path().extension() == ".safetensors")
      all.push_back({entry.path().stem().string(), read_safetensors(entry.path().string())});
  std::sort(all.begin(), all.end(), [](const Named& a, const Named& b) { return a.name < b.name; });
  return all;
}

// One line per operator.
struct Table {
  struct Row {
    int passed = 0, skipped = 0, failed = 0;
    std::map<std::string, int> reasons{};
  };
  std::map<std::string, Row> rows;
  Row all;

  void add(const std::string& op, const Outcome& o) {
    for (Row* row : {&rows[op], &all}) {
      row->passed += o.verdict == Outcome::passed;
      row->skipped += o.verdict == Outcome::skipped;
      row->failed += o.verdict == Outcome::failed;
      if (o.verdict == Outcome::skipped && row != &all) ++row->reasons[o.reason];
    }
  }
  void print() const {
    std::cout
        << "| ONNX operator | passed | skipped | failed | why skipped |\n|---|---|---|---|---|\n";
    for (const auto& [op, row] : rows) {
      std::cout << "| " << op;
      std::string why;
      for (const auto& [reason, count] : row.reasons) why += (why.empty() ? "" : "; ") + reason;
      print(row, why);
    }
    std::cout << "| all";
    print(all, "");
  }

 private:
  static void print(const Row& row, const std::string& why) {
    std::cout << " | " << row.passed << " | " << row.skipped << " | " << row.failed << " | " << why
              << (why.empty() ? "|\n" : " |\n");
  }
};

// A case with one thing changed.
Outcome changed(const Named& c, const std::function<void(TensorFile&)>& change) {
  TensorFile file = c.file;
  change(file);
  return onnx::run(file, c.name);
}

// Changes the last element.
Tensor altered(const Tensor& from) {
  Tensor t = from.clone_data();
  dispatch_all(t.dtype(), [&]<class T>() {
    T& last = t.mutable_data<T>()[t.numel() - 1];
    if constexpr (std::is_same_v<T, bool>) last = !last;
    else last = last == last && std::abs(double(last)) < 1e30 ? T(last + last / 100 + 1) : T(0);
  });
  return t;
}

void check_notices(const Named& c) {
  for (const auto& [key, t] : c.file.tensors) {
    if (!key.starts_with("out/")) continue;
    INFO(c.name << " " << key);
    const auto with = [&, k = key](const Tensor& other) {
      return changed(c, [&](TensorFile& f) { f.tensors[k] = other; }).verdict;
    };
    if (t.numel() > 0) CHECK(with(altered(t)) == Outcome::failed);
    Shape longer = t.shape();
    if (longer.size() < max_rank) longer.push_back(1);
    CHECK(with(t.with_layout(Layout::contiguous(longer))) == Outcome::failed);
    CHECK(with(t.to(t.dtype() == DType::f64 ? DType::f32 : DType::f64)) == Outcome::failed);
  }
  const Outcome strange = changed(c, [](TensorFile& f) {
    std::string& all = f.metadata["attributes"];
    all = (all == "{}" ? "{" : all.substr(0, all.size() - 1) + ", ") + "\"strange\": 1}";
  });
  const Outcome none = changed(c, [](TensorFile& f) {
    f.metadata["outputs"] = "[]";
    std::erase_if(f.tensors, [](const auto& t) { return t.first.starts_with("out/"); });
  });
  INFO(c.name);
  CHECK(strange.verdict == Outcome::skipped);
  CHECK(strange.reason == "attribute strange is not known");
  CHECK(none.verdict == Outcome::failed);
}

TEST_CASE("the node tests of ONNX pass or have a reason to be skipped", "[onnx]") {
  Table table;
  std::set<std::string> found;
  for (const Named& c : cases()) {
    const Outcome o = onnx::run(c.file, c.name);
    INFO(c.name << ": " << o.reason);
    CHECK(o.verdict != Outcome::failed);
    CHECK((o.verdict == Outcome::passed) == o.reason.empty());
    table.add(c.op(), o);
    found.insert(c.op());
  }
  table.print();
  const int count = table.all.passed + table.all.skipped + table.all.failed;
  CHECK(table.all.passed * 10 >= count * 9);
  if (count >= 762)  // no operator here without a case
    for (const auto& [name, op] : onnx::operators()) CHECK(found.count(name));
}

TEST_CASE("a changed output or a new attribute of an ONNX case is detected", "[onnx]") {
  for (const Named& c : cases())
    if (onnx::run(c.file, c.name).verdict == Outcome::passed) check_notices(c);
}

}  // namespace onnx_test
