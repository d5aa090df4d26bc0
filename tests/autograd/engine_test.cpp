// SPDX-License-Identifier: MIT
// The engine: order, accumulation, and what it refuses.
#include "tests/catch.h"

#include "gradus/autograd/autograd.h"
#include "gradus/ops/softmax.h"

using namespace gradus;
using namespace gradus::tests;

TEST_CASE("a tensor that requires no gradient has no backward", "[engine]") {
  const Tensor x = ones({}, DType::f64);
  CHECK(has(message_of([&] { x.backward(); }), "does not depend on any tensor"));
}
