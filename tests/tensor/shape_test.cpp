// SPDX-License-Identifier: MIT
// Shapes, axes, broadcasting and layouts.
#include "tests/catch.h"

#include "gradus/tensor/shape.h"

using namespace gradus;
using namespace gradus::tests;

TEST_CASE("the number of elements", "[shape]") {
  CHECK(numel({}) == 1);
  CHECK(numel({2, 3, 4}) == 24);
  CHECK(numel({0, 3}) == 0);
  CHECK(numel({int64_t{1} << 48}) == int64_t{1} << 48);
  for (const Shape& wrong : {Shape{4194305, 4194305, 211106198978564}, Shape{INT64_MAX, 2},
                             Shape{0, INT64_MAX, 3}, Shape{(int64_t{1} << 48) + 1}})
    CHECK(has(message_of([&] { numel(wrong, "op"); }), "op: shape " + wrong.str() + " has more"));
  CHECK(has(message_of([] { numel({2, -1}); }), "shape: shape [2, -1] has a negative size"));
}

TEST_CASE("at most eight axes", "[shape]") {
  Shape s{1, 2, 3, 4, 5, 6, 7, 8};
  CHECK(s.size() == 8);
  CHECK(has(message_of([&] { s.push_back(9); }), "more than 8"));
  CHECK(has(message_of([] { Shape{1, 1, 1, 1, 1, 1, 1, 1, 1}; }), "9 axes; at most 8"));
  s.erase(0);
  CHECK(s == Shape{2, 3, 4, 5, 6, 7, 8});
  s.insert(1, 0);
  CHECK(s == Shape{2, 0, 3, 4, 5, 6, 7, 8});
  CHECK(s.back() == 8);
  CHECK(s.contains(5));
  CHECK_FALSE(s.contains(9));
  CHECK(Shape{}.str() == "[]");
  CHECK(Shape{2, 3}.str() == "[2, 3]");
  CHECK_FALSE(Shape{2} == Shape{2, 1});
}

TEST_CASE("axes count from both ends", "[shape]") {
  const Shape s{2, 3, 4};
  CHECK(checked_axis("op", -1, s) == 2);
  CHECK(checked_axis("op", 0, s) == 0);
  CHECK(message_of([&] { checked_axis("softmax", 3, s); }) ==
        "softmax: axis 3 is out of range for shape [2, 3, 4]; expected -3 to 2");
  CHECK(has(message_of([&] { checked_axis("op", -4, s); }), "axis -4"));
  CHECK(
      has(message_of([] { checked_axis("op", 0, {}); }), "axis 0 of a scalar, which has no axes"));
  CHECK(checked_axes("op", {}, s) == Axes{0, 1, 2});
  CHECK(checked_axes("op", {-1, 0}, s) == Axes{2, 0});
  CHECK(has(message_of([&] { checked_axes("op", {1, -2}, s); }), "axis -2 is named twice"));
}

TEST_CASE("broadcasting", "[shape]") {
  CHECK(broadcast_shapes("op", {2, 3}, {2, 3}) == Shape{2, 3});
  CHECK(broadcast_shapes("op", {2, 1}, {3}) == Shape{2, 3});
  CHECK(broadcast_shapes("op", {}, {4, 5}) == Shape{4, 5});
  CHECK(broadcast_shapes("op", {0, 3}, {1, 1}) == Shape{0, 3});
  CHECK(broadcast_shapes("op", {1}, {0}) == Shape{0});
  CHECK(broadcast_shapes("op", {7, 1, 5}, {6, 1}) == Shape{7, 6, 5});
  const std::string m = message_of([] { broadcast_shapes("add", {2, 3}, {4}); });
  CHECK(has(m, "add: shapes [2, 3] and [4] cannot be broadcast together"));
  CHECK(has(m, "3 and 4"));
  CHECK(has(message_of([] { broadcast_shapes("add", {0, 3}, {2, 3}); }), "0 and 2"));
}

TEST_CASE("layouts locate elements", "[shape]") {
  const Layout l = Layout::contiguous({2, 3, 4});
  CHECK(l.strides == Strides{12, 4, 1});
  CHECK(l.is_contiguous());
  CHECK_FALSE(l.overlaps());
  const Layout t = l.transposed(0, 2);
  CHECK(t.shape == Shape{4, 3, 2});
  CHECK(t.strides == Strides{1, 4, 12});
  CHECK_FALSE(t.is_contiguous());
  CHECK_FALSE(t.overlaps());
  CHECK(t.permuted({2, 1, 0}).is_contiguous());
  const Layout s = l.sliced(2, 1, 2, 2);
  CHECK(s.offset == 1);
  CHECK(s.strides == Strides{12, 4, 2});
  CHECK_FALSE(s.overlaps());
  CHECK(l.selected(1, 2).offset == 8);
  CHECK(l.selected(1, 2).shape == Shape{2, 4});
  const Layout b = Layout::contiguous({3, 1}).broadcast({2, 3, 4});
  CHECK(b.strides == Strides{0, 1, 0});
  CHECK(b.overlaps());
  CHECK_FALSE(b.is_contiguous());
  CHECK_FALSE(Layout::contiguous({1, 3}).broadcast({1, 3}).overlaps());
  CHECK_FALSE(Layout::contiguous({0, 3}).broadcast({0, 3}).overlaps());
}

TEST_CASE("reshaping without copying if the strides allow it", "[shape]") {
  Layout out;
  const Layout l = Layout::contiguous({2, 3, 4});
  REQUIRE(l.reshaped({6, 4}, out));
  CHECK(out.strides == Strides{4, 1});
  REQUIRE(l.sliced(0, 1, 1, 1).reshaped({3, 4}, out));
  CHECK(out.offset == 12);
  const Layout every_second = l.sliced(2, 0, 2, 2);  // [2, 3, 2], strides 12, 4, 2
  REQUIRE(every_second.reshaped({6, 2}, out));
  CHECK(out.strides == Strides{4, 2});
  REQUIRE(every_second.reshaped({2, 3, 1, 2}, out));
  CHECK(out.strides[3] == 2);
  REQUIRE(every_second.reshaped({12}, out));  // 4 = 2 * 2: even that is one run
  CHECK(out.strides == Strides{2});
  CHECK_FALSE(l.sliced(2, 0, 3, 1).reshaped({18}, out));
  CHECK_FALSE(l.transposed(0, 1).reshaped({24}, out));
  REQUIRE(l.transposed(0, 1).reshaped({3, 2, 2, 2}, out));
  CHECK(out.strides == Strides{4, 12, 2, 1});
  REQUIRE(Layout::contiguous({0, 3}).reshaped({3, 0, 5}, out));
  CHECK(out.shape == Shape{3, 0, 5});
  REQUIRE(Layout::contiguous({1, 1}).reshaped({}, out));
  CHECK(out.shape == Shape{});
}
