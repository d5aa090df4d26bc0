// SPDX-License-Identifier: MIT
// Parity targets: arithmetic, comparisons and reductions.
#include "check/parity_call.h"
#include "gradus/ops/einsum.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/view.h"

namespace gradus::check {
namespace {

Target unary(Tensor (*f)(const Tensor&)) {
  return [f](Call& c) -> std::vector<Tensor> {
    c.config.ignore({"inplace"});
    return {f(c.in("input"))};
  };
}

// The second operand is a tensor or a number.
template <class F> Target binary(F f, const char* second = "other") {
  return [f, second](Call& c) -> std::vector<Tensor> {
    if (c.has(second)) return {f(c.in("input"), c.in(second))};
    return {f(c.in("input"), c.config.number(second))};
  };
}

template <class F> Target scaled(F f) {
  return [f](Call& c) -> std::vector<Tensor> {
    const double alpha = c.config.number("alpha", 1);
    if (!c.has("other")) return {f(c.in("input"), alpha * c.config.number("other"))};
    const Tensor other = c.in("other");
    return {f(c.in("input"), alpha == 1 ? other : mul(other, alpha))};
  };
}

Tensor like(const Tensor& x, double value) { return full(x.shape(), value, x.dtype()); }

// The first operand may be a number too.
std::vector<Tensor> power(Call& c) {
  if (!c.has("input")) {
    const Tensor p = c.in("exponent");
    return {pow(like(p, c.config.number("input")), p)};
  }
  if (c.has("exponent")) return {pow(c.in("input"), c.in("exponent"))};
  return {pow(c.in("input"), c.config.number("exponent"))};
}

// Bounds that are tensors. At a bound, x and the bound get half of the gradient each. Equal bounds
// are no tie: x gets all of the gradient at that number; beyond it, the bound does.
Tensor clamp_between(const Tensor& x, const Tensor& low, const Tensor& high) {
  const Tensor point = where(lt(x, low), low, where(gt(x, high), high, x));
  return where(eq(low, high), point, minimum(maximum(x, low), high));
}

std::vector<Tensor> clamped(Call& c) {
  std::optional<double> low, high;
  if (c.config.has("min")) low = c.config.number("min");
  if (c.config.has("max")) high = c.config.number("max");
  Tensor x = c.in("input");
  if (low || high) x = clamp(x, low, high);
  if (c.has("min") && c.has("max")) return {clamp_between(x, c.in("min"), c.in("max"))};
  if (c.has("min")) x = maximum(x, c.in("min"));
  if (c.has("max")) x = minimum(x, c.in("max"));
  return {x};
}

std::vector<Tensor> chosen(Call& c) {
  const Tensor condition = c.in("condition");
  const bool first = c.has("input"), second = c.has("other");
  if (!first && !second) unknown({"torch.where of two numbers"});
  const Tensor a = first ? c.in("input") : like(c.in("other"), c.config.number("input"));
  const Tensor b = second ? c.in("other") : like(a, c.config.number("other"));
  return {where(condition, a, b)};
}

std::vector<Tensor> filled(Call& c) {
  const Tensor mask = c.in("mask");
  if (!c.has("value")) return {masked_fill(c.in("input"), mask, c.config.number("value"))};
  return {where(mask, c.in("value"), c.in("input"))};
}

Axes axes_of(Call& c) {
  Axes axes;
  for (int64_t a : c.config.list("dim")) axes.push_back(static_cast<int>(a));
  return axes;
}

template <class F> Target reduction(F f) {
  return [f](Call& c) -> std::vector<Tensor> {
    c.config.only("dtype", {});
    const Axes axes = axes_of(c);
    return {f(c.in("input"), axes, c.config.flag("keepdim", false))};
  };
}

template <class F> Target spread(F f) {
  return [f](Call& c) -> std::vector<Tensor> {
    const int64_t correction =
        c.config.integer("correction", c.config.flag("unbiased", true) ? 1 : 0);
    return {f(c.in("input"), axes_of(c), correction, c.config.flag("keepdim", false))};
  };
}

template <class Along, class All>
Target extremum(Along along, All all, Tensor (*pairwise)(const Tensor&, const Tensor&)) {
  return [=](Call& c) -> std::vector<Tensor> {
    if (c.has("other")) return {pairwise(c.in("input"), c.in("other"))};
    if (!c.config.has("dim")) return {all(c.in("input"))};
    const Extremum e = along(c.in("input"), c.config.axis("dim"), c.config.flag("keepdim", false));
    return {e.values, e.indices};
  };
}

template <class F> Target place(F f) {
  return [f](Call& c) -> std::vector<Tensor> {
    std::optional<int> axis;
    if (c.config.has("dim")) axis = c.config.axis("dim");
    return {f(c.in("input"), axis, c.config.flag("keepdim", false))};
  };
}

Target product(const char* second) {
  return [second](Call& c) -> std::vector<Tensor> { return {matmul(c.in("input"), c.in(second))}; };
}

std::vector<Tensor> sums_of_products(Call& c) {
  return {einsum(c.config.word("equation", ""), c.ins("operands"))};
}

void add_elementwise(Targets& t) {
  const auto plus = [](const Tensor& a, const auto& b) { return add(a, b); };
  const auto minus = [](const Tensor& a, const auto& b) { return sub(a, b); };
  const auto times = [](const Tensor& a, const auto& b) { return mul(a, b); };
  const auto over = [](const Tensor& a, const auto& b) { return div(a, b); };
  t["torch.add"] = scaled(plus);
  t["torch.sub"] = t["torch.subtract"] = scaled(minus);
  t["torch.mul"] = t["torch.multiply"] = binary(times);
  const Target divide = binary(over);
  t["torch.div"] = t["torch.divide"] = t["torch.true_divide"] = [divide](Call& c) {
    c.config.only("rounding_mode", {});
    return divide(c);
  };
}

void add_functions(Targets& t) {
  t["torch.neg"] = t["torch.negative"] = unary(neg);
  t["torch.abs"] = t["torch.absolute"] = unary(abs);
  t["torch.sign"] = unary(sign);
  t["torch.exp"] = unary(exp);
  t["torch.log"] = unary(log);
  t["torch.sqrt"] = unary(sqrt);
  t["torch.sin"] = unary(sin);
  t["torch.cos"] = unary(cos);
  t["torch.tanh"] = t["torch.nn.functional.tanh"] = unary(tanh);
  t["torch.sigmoid"] = t["torch.special.expit"] = t["torch.nn.functional.sigmoid"] = unary(sigmoid);
  t["torch.relu"] = t["torch.nn.functional.relu"] = unary(relu);
  t["torch.square"] = unary([](const Tensor& x) { return pow(x, 2); });
  t["torch.reciprocal"] = unary([](const Tensor& x) { return div(1, x); });
  t["torch.rsqrt"] = unary([](const Tensor& x) { return pow(x, -0.5); });
  t["torch.pow"] = power;
  t["torch.clamp"] = t["torch.clip"] = clamped;
  t["torch.clamp_min"] = t["torch.clamp_max"] = clamped;
  t["torch.maximum"] = binary([](const Tensor& a, const auto& b) -> Tensor {
    if constexpr (std::is_same_v<decltype(b), const double&>) unknown({"a number as other"});
    else return maximum(a, b);
  });
  t["torch.minimum"] = binary([](const Tensor& a, const auto& b) -> Tensor {
    if constexpr (std::is_same_v<decltype(b), const double&>) unknown({"a number as other"});
    else return minimum(a, b);
  });
  t["torch.where"] = chosen;
  t["torch.masked_fill"] = filled;
  t["torch.clone"] = [](Call& c) -> std::vector<Tensor> {
    c.config.ignore({"memory_format"});
    return {clone(c.in("input"))};
  };
}

void add_comparisons(Targets& t) {
  t["torch.eq"] = binary([](const Tensor& a, const auto& b) { return eq(a, b); });
  t["torch.ne"] = binary([](const Tensor& a, const auto& b) { return ne(a, b); });
  t["torch.lt"] = binary([](const Tensor& a, const auto& b) { return lt(a, b); });
  t["torch.le"] = binary([](const Tensor& a, const auto& b) { return le(a, b); });
  t["torch.gt"] = binary([](const Tensor& a, const auto& b) { return gt(a, b); });
  t["torch.ge"] = binary([](const Tensor& a, const auto& b) { return ge(a, b); });
  t["torch.logical_and"] = [](Call& c) -> std::vector<Tensor> {
    return {logical_and(c.in("input"), c.in("other"))};
  };
  t["torch.logical_or"] = [](Call& c) -> std::vector<Tensor> {
    return {logical_or(c.in("input"), c.in("other"))};
  };
  t["torch.logical_not"] = unary(logical_not);
  t["torch.all"] = unary(all);
  t["torch.any"] = unary(any);
}

void add_reductions(Targets& t) {
  t["torch.sum"] = reduction([](const Tensor& x, const Axes& a, bool k) { return sum(x, a, k); });
  t["torch.mean"] = reduction([](const Tensor& x, const Axes& a, bool k) { return mean(x, a, k); });
  t["torch.prod"] = reduction([](const Tensor& x, const Axes& a, bool k) { return prod(x, a, k); });
  t["torch.amax"] = reduction([](const Tensor& x, const Axes& a, bool k) { return amax(x, a, k); });
  t["torch.amin"] = reduction([](const Tensor& x, const Axes& a, bool k) { return amin(x, a, k); });
  t["torch.logsumexp"] =
      reduction([](const Tensor& x, const Axes& a, bool k) { return logsumexp(x, a, k); });
  t["torch.var"] = spread(var);
  t["torch.std"] = spread(std_);
  t["torch.max"] = extremum([](const Tensor& x, int a, bool k) { return max(x, a, k); },
                            [](const Tensor& x) { return max(x); }, maximum);
  t["torch.min"] = extremum([](const Tensor& x, int a, bool k) { return min(x, a, k); },
                            [](const Tensor& x) { return min(x); }, minimum);
  t["torch.argmax"] = place(argmax);
  t["torch.argmin"] = place(argmin);
  t["torch.cumsum"] = [](Call& c) -> std::vector<Tensor> {
    c.config.only("dtype", {});
    return {cumsum(c.in("input"), c.config.axis("dim"))};
  };
}

void add_products(Targets& t) {
  t["torch.matmul"] = product("other");
  t["torch.mm"] = product("mat2");
  t["torch.mv"] = product("vec");
  t["torch.einsum"] = sums_of_products;
  t["torch.dot"] = [](Call& c) -> std::vector<Tensor> {
    return {matmul(c.in("input"), c.in(c.has("tensor") ? "tensor" : "other"))};
  };
  t["torch.bmm"] = [](Call& c) -> std::vector<Tensor> {
    return {bmm(c.in("input"), c.in("mat2"))};
  };
  t["torch.outer"] = [](Call& c) -> std::vector<Tensor> {
    return {outer(c.in("input"), c.in("vec2"))};
  };
}

}  // namespace

Targets arithmetic_targets() {
  Targets t;
  add_elementwise(t);
  add_functions(t);
  add_comparisons(t);
  add_reductions(t);
  add_products(t);
  return t;
}

}  // namespace gradus::check
