// SPDX-License-Identifier: MIT
// The programs of examples/, compiled by make test, do what their head comments promise.
#include <cstdlib>
#include <filesystem>
#include <set>

#include "gradus/io/file.h"
#include "tests/catch.h"

using namespace gradus::tests;
namespace fs = std::filesystem;

namespace examples_test {

// The folder where make test builds them, beside the program.
std::string example(const std::string& name) {
  const fs::path built = fs::path(gradus_program()).parent_path() / "examples" / name;
  if (!fs::exists(built)) skip_test("examples are built by make test");
  return built.string();
}

Finished finished(const std::string& command) {
  const Finished f = run(command);
  INFO(f.out << f.err);
  REQUIRE(f.status == 0);
  return f;
}

double number_after(const std::string& text, const std::string& words) {
  const size_t at = text.rfind(words);
  REQUIRE(at != std::string::npos);
  return std::strtod(text.c_str() + at + words.size(), nullptr);
}

TEST_CASE("example xor: the loss goes to zero", "[examples]") {
  CHECK(number_after(finished(example("xor")).out, "step 500  loss ") < 0.01);
}

TEST_CASE("example digits: 95 of 100 test digits are right", "[examples][shared]") {
  const std::string data = shared_folder("data/optdigits");
  const Finished f = finished(example("digits") + " " + data + "/train.csv " + data + "/test.csv");
  CHECK(number_after(f.out, "accuracy on 1797 test digits: ") >= 0.95);
  CHECK(run(example("digits")).status == 2);
}

TEST_CASE("example custom_op: the right gradient passes and the wrong one does not", "[examples]") {
  const std::string out = finished(example("custom_op")).out;
  CHECK(has(out, "gradcheck: pass"));
  CHECK(has(out, "gradcheck: fail"));
  CHECK(has(out, "a division by 1 + y is missing"));
}

TEST_CASE("example scalar: numbers and tensors give the same gradients", "[examples]") {
  const std::string out = finished(example("scalar")).out;
  CHECK(has(out, "y = 12, dy/dx = 7"));
  CHECK(has(out, "neuron 0.664037, gradients of w 0.279528 -0.559055"));
  CHECK(has(out, "tensor 0.664037, gradients of w 0.279528 -0.559055"));
}

TEST_CASE("example character_gpt: it learns the letters of a text and writes", "[examples]") {
  const std::string out = finished(example("character_gpt") + " README.md 60").out;
  CHECK(number_after(out, "step 0  loss ") > 3.5);
  CHECK(number_after(out, "step 59  loss ") < 3.2);  // the text changes with the README
  CHECK(out.size() > 300);
}

TEST_CASE("example churn_attention: weeks 4 and 5 stand out", "[examples]") {
  const std::string out = finished(example("churn_attention")).out;
  CHECK(number_after(out, "accuracy ") > 0.8);
  const auto effect = [&](int week) {
    const size_t line = out.find("\n   " + std::to_string(week) + "  ");
    REQUIRE(line != std::string::npos);
    const size_t sign = out.find_first_of("+-", line);
    REQUIRE(sign != std::string::npos);
    return std::strtod(out.c_str() + sign, nullptr);
  };
  for (int week : {1, 2, 3, 6, 7, 8}) {
    CHECK(effect(4) > effect(week));
    CHECK(effect(5) > effect(week));
  }
}

TEST_CASE("the README shows the first example as it is", "[examples][house]") {
  const std::string readme = gradus::read_file("README.md");
  const std::string source = gradus::read_file("examples/xor.cpp");
  CHECK(has(readme, source.substr(source.find("#include"))));
  // Each example is named there.
  for (const auto& file : fs::directory_iterator("examples")) {
    INFO(file.path());
    CHECK(has(readme, file.path().string()));
  }
}

}  // namespace examples_test
