// SPDX-License-Identifier: MIT
// Exchanges files with the Python package safetensors. Skipped if python3, or the program in
// GRADUS_PYTHON, does not have it.
#include <cmath>
#include <cstdlib>

#include "gradus/io/safetensors.h"
#include "tests/catch.h"
#include "tests/python.h"

using namespace gradus;
using namespace gradus::tests;

TEST_CASE("safetensors: the Python package reads our files and we read its files",
          "[safetensors]") {
  const std::string python = python_with({"numpy", "safetensors"});
  const TempFolder folder;
  Generator gen(11);
  Tensor special = tensor({65504, 1e-7, -0.0, INFINITY, -INFINITY, 1 + 0x1p-11, 6.1e-5, 1e-4});
  const TensorFile file = {{{"f32", randn({3, 5}, gen, DType::f32)},
                            {"f64", randn({40}, gen, DType::f32).to(DType::f64)},
                            {"special", special},
                            {"i64", arange(-3, 4)},
                            {"bool", tensor({1, 0}, DType::boolean)},
                            {"empty", zeros({2, 0})},
                            {"", full({}, 0.1)}},
                           {{"note", "caf\xC3\xA9"}}};
  write_safetensors(folder.path + "/plain.safetensors", file);
  write_safetensors(folder.path + "/f16.safetensors", file, FloatForm::f16);
  write_safetensors(folder.path + "/bf16.safetensors", file, FloatForm::bf16);
  const Finished done = run(python + " tests/io/check_safetensors.py " + folder.path);
  INFO(done.err);
  REQUIRE(done.out == "good\n");

  const TensorFile back = read_safetensors(folder.path + "/python.safetensors", {.halves = true});
  const auto& t = back.tensors;
  CHECK(back.metadata.at("from") == "numpy");
  CHECK(identical(t.at("same"), file.tensors.at("f32")));
  CHECK(t.at("f64").str() == "f64 [2, 3, 4]");
  CHECK(t.at("i64").str() == "i64 [9]");
  CHECK(t.at("i32").to_vector<int64_t>() == std::vector<int64_t>{-2147483648, 0, 2147483647});
  CHECK(t.at("u8").to_vector<int64_t>()[255] == 255);
  CHECK(t.at("bool").str() == "bool [2, 1]");
  CHECK(t.at("scalar").item() == 2.5);
  CHECK(t.at("empty").shape() == Shape{0, 4});
  const std::vector<double> half = t.at("half").to_vector<double>();
  const std::vector<double> expected = t.at("half_as_f64").to_vector<double>();
  int wrong = 0;
  for (size_t i = 0; i < 65536; ++i)
    wrong += half[i] != expected[i] && !(std::isnan(half[i]) && std::isnan(expected[i]));
  CHECK(wrong == 0);
}
