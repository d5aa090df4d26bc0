// SPDX-License-Identifier: MIT
// Exchanges npy and npz files with NumPy. Skipped if python3, or the program in GRADUS_PYTHON, does
// not have it.
#include "gradus/io/file.h"
#include "gradus/io/npz.h"
#include "io/zip.h"
#include "tests/catch.h"
#include "tests/python.h"

using namespace gradus;
using namespace gradus::tests;

namespace io_npz_python_test {

std::string bytes_of(const Tensor& x) {
  return dispatch_all(x.dtype(), [&]<class T>() {
    return std::string(reinterpret_cast<const char*>(x.data<T>()),
                       static_cast<size_t>(x.numel()) * sizeof(T));
  });
}

// Two entries with all the fields of zip64.
std::string wide_zip() {
  ZipWriter zip(1);
  std::string all;
  for (const auto& [name, data] : {std::pair("a", "first"), std::pair("b", "second")})
    all += zip.begin(name, std::string_view(data).size(), crc32(0, data)) + data;
  return all + zip.end();
}

TEST_CASE("npz: NumPy reads our files and we read its files", "[npz]") {
  const std::string python = python_with({"numpy"});
  const TempFolder folder;
  const std::string here = folder.path + "/";
  Generator gen(12);
  const TensorFile file = {{{"f32", randn({3, 5}, gen, DType::f32)},
                            {"f64", randn({40}, gen, DType::f64)},
                            {"i64", arange(-3, 4)},
                            {"bool", tensor({1, 0}, DType::boolean)},
                            {"empty", zeros({2, 0})},
                            {"scalar", full({}, 0.1)},
                            {"cube", randn({2, 3, 1, 2}, gen, DType::f32)}},
                           {}};
  write_npz(here + "plain.npz", file);
  write_npz(here + "half.npz", file, FloatForm::f16);
  for (const auto& [name, x] : file.tensors) write_npy(here + name + ".npy", x);
  write_file(here + "wide.zip", wide_zip());
  const Finished done = run(python + " tests/io/check_npz.py " + folder.path);
  INFO(done.err);
  REQUIRE(done.out == "good\n");

  for (const char* archive : {"stored.npz", "deflated.npz"}) {
    const TensorFile found = read_npz(here + archive, {.halves = true});
    CHECK(found.tensors.size() == 13);
    for (const auto& [name, x] : found.tensors) {
      INFO(archive << " " << name);
      CHECK((bytes_of(x) == read_file(here + name + ".raw")));
    }
    CHECK(found.tensors.at("columns").shape() == Shape{3, 4, 5});
    CHECK(found.tensors.at("empty").shape() == Shape{0, 7});
    CHECK(found.tensors.at("zeros").str() == "f32 [1000, 200]");
  }
  for (int level = 0; level < 10; ++level) {
    const TensorFile found = read_npz(here + "level" + std::to_string(level) + ".npz");
    CHECK((bytes_of(found.tensors.at("text")) == read_file(here + "text.raw")));
  }
  CHECK(has(message_of<std::runtime_error>([&] { read_npz(here + "objects.npz"); }),
            "entry \"o.npy\": it contains Python objects"));
}

}  // namespace io_npz_python_test
