// SPDX-License-Identifier: MIT
// Mask and masked_softmax. Kernels: kernels/mask.h. Checks: check/rows/mask.cpp.
#include "gradus/ops/mask.h"

#include "gradus/autograd/rule.h"
#include "gradus/ops/check.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/reduce.h"
#include "ops/mask_view.h"

namespace gradus {
namespace {

// [T, S] -> [1, 1, T, S]; [B, T, S] -> [B, 1, T, S].
Tensor with_four_axes(const char* op, const Tensor& mask) {
  Shape s = mask.shape();
  if (s.size() < 2 || s.size() > 4)
    argument_error({op, ": mask ", s, " must be [T, S], [B, T, S] or [B, H, T, S]"});
  if (s.size() == 2) s.insert(0, 1);
  if (s.size() == 3) s.insert(1, 1);
  return mask.contiguous_data().with_layout(Layout::contiguous(s));
}

// f of two tensors of one dtype, broadcast; boolean.
template <class A, class F> Tensor combined(const Tensor& a, const Tensor& b, F f) {
  const Shape shape = broadcast_shapes("Mask", a.shape(), b.shape());
  const Layout x = a.layout().broadcast(shape), y = b.layout().broadcast(shape);
  Tensor out = Tensor::empty(shape, DType::boolean);
  kernels::StridedLoop<3> loop;
  for (int i = 0; i < shape.size(); ++i)
    loop.add_axis(shape[i], {x.strides[i], y.strides[i], out.strides()[i]});
  kernels::combine(loop, a.data<A>(), b.data<A>(), out.mutable_data<bool>(), f);
  return out;
}

template <class F> Tensor merged_lengths(const Tensor& a, const Tensor& b, F f) {
  const std::vector<int64_t> x = a.to_vector<int64_t>(), y = b.to_vector<int64_t>();
  if (x.size() != y.size() && x.size() != 1 && y.size() != 1)
    argument_error({"Mask: lengths of ", x.size(), " and of ", y.size(), " samples"});
  const size_t n = x.empty() || y.empty() ? 0 : std::max(x.size(), y.size());
  Tensor out = Tensor::empty({static_cast<int64_t>(n)}, DType::i64);
  for (size_t i = 0; i < n; ++i)
    out.mutable_data<int64_t>()[i] = f(x[x.size() > 1 ? i : 0], y[y.size() > 1 ? i : 0]);
  return out;
}

std::string list(const Tensor& lengths) {
  Dims d;
  const std::vector<int64_t> v = lengths.to_vector<int64_t>();
  for (size_t i = 0; i < v.size() && i < max_rank; ++i) d.push_back(v[i]);
  const std::string s = d.str();
  return v.size() > max_rank ? s.substr(0, s.size() - 1) + ", ...]" : s;
}

}  // namespace

Mask Mask::causal_offset(int64_t n) {
  Mask m;
  m.parts_.causal = true;
  m.parts_.offset = n;
  return m;
}

Mask Mask::window(int64_t before, int64_t after, int64_t offset) {
  if (before < 0 || after < 0)
    argument_error({"Mask::window: before ", before, " and after ", after, " must be 0 or more"});
  Mask m;
  m.parts_.window = true;
  m.parts_.low = offset - before, m.parts_.high = offset + after;
  return m;
}

Mask Mask::padding(const std::vector<int64_t>& lengths) {
  Tensor t = Tensor::empty({static_cast<int64_t>(lengths.size())}, DType::i64);
  std::copy(lengths.begin(), lengths.end(), t.mutable_data<int64_t>());
  return padding(t);
}

Mask Mask::padding(const Tensor& lengths) {
  check_dtype("Mask::padding", "lengths", lengths, DType::i64);
  if (lengths.dim() != 1)
    argument_error({"Mask::padding: lengths ", lengths.shape(), " must be [B]"});
  for (int64_t n : lengths.to_vector<int64_t>())
    if (n < 0) argument_error({"Mask::padding: length ", n, " is negative"});
  Mask m;
  m.parts_.lengths = lengths.clone_data();
  return m;
}

Mask Mask::allowed(const Tensor& mask) {
  check_dtype("Mask::allowed", "mask", mask, DType::boolean);
  Mask m;
  m.parts_.allowed = with_four_axes("Mask::allowed", mask).clone_data();
  return m;
}

Mask Mask::hidden(const Tensor& mask) {
  check_dtype("Mask::hidden", "mask", mask, DType::boolean);
  const Tensor four = with_four_axes("Mask::hidden", mask);
  Mask m;
  m.parts_.allowed = combined<bool>(four, four, [](bool x, bool) { return !x; });
  return m;
}

Mask Mask::additive(const Tensor& mask) {
  check_float("Mask::additive", "mask", mask);
  const Tensor four = with_four_axes("Mask::additive", mask).to(DType::f64);
  for (double v : four.to_vector<double>())
    if (v != 0 && v != -INFINITY)
      argument_error({"Mask::additive: the value ", v, " is neither 0 nor -inf; give a bias to ",
                      "attention as a bias"});
  Mask m;
  m.parts_.allowed = combined<double>(four, four, [](double x, double) { return x == 0; });
  return m;
}

Mask operator&(const Mask& a, const Mask& b) {
  Mask m = a;
  Mask::Parts& p = m.parts_;
  const Mask::Parts& q = b.parts_;
  if (q.causal) p.offset = p.causal ? std::min(p.offset, q.offset) : q.offset;
  p.causal = p.causal || q.causal;
  if (q.window) p.low = p.window ? std::max(p.low, q.low) : q.low;
  if (q.window) p.high = p.window ? std::min(p.high, q.high) : q.high;
  p.window = p.window || q.window;
  const auto shorter = [](int64_t x, int64_t y) { return std::min(x, y); };
  if (q.lengths.defined())
    p.lengths = p.lengths.defined() ? merged_lengths(p.lengths, q.lengths, shorter) : q.lengths;
  const auto both = [](bool x, bool y) { return x && y; };
  if (q.allowed.defined())
    p.allowed = p.allowed.defined() ? combined<bool>(p.allowed, q.allowed, both) : q.allowed;
  m.either_.insert(m.either_.end(), b.either_.begin(), b.either_.end());
  return m;
}

Mask operator|(const Mask& a, const Mask& b) {
  Mask m;
  if (a.hides_nothing() || b.hides_nothing()) return m;
  m.either_.push_back(std::make_shared<const Mask::Pair>(a, b));
  return m;
}

bool Mask::hides_nothing() const {
  return !parts_.causal && !parts_.window && !parts_.lengths.defined() &&
         !parts_.allowed.defined() && either_.empty();
}

bool Mask::hides_single_keys() const {
  return parts_.window || parts_.allowed.defined() || !either_.empty();
}

bool Mask::allows(int64_t b, int64_t h, int64_t i, int64_t j) const {
  return reason(b, h, i, j).empty();
}

// The reasons why key j is hidden, or "".
std::string Mask::reason(int64_t b, int64_t h, int64_t i, int64_t j) const {
  const auto& [causal, offset, window, low, high, lengths, allowed] = parts_;
  const auto place = [&](int64_t index, int64_t size) {  // along an axis of a part
    if (index < 0 || (size != 1 && index >= size))
      argument_error({"Mask: index [", b, ", ", h, ", ", i, ", ", j, "] is outside of ", str()});
    return size == 1 ? 0 : index;
  };
  std::string all;
  const auto add = [&](const std::string& r) { all += (all.empty() ? "" : "; ") + r; };
  if (causal && j > i + offset)
    add(i + offset < 0 ? std::string("causal, which allows no key")
                       : text({"causal, which allows keys up to ", i + offset}));
  if (window && (j < i + low || j > i + high))
    add(i + high < 0 ? std::string("window, which allows no key")
                     : text({"window, which allows keys ", std::max<int64_t>(0, i + low), " to ",
                             i + high}));
  if (lengths.defined()) {
    const int64_t n = lengths.data<int64_t>()[place(b, lengths.size(0))];
    if (j >= n) add(text({"padding, sample ", b, " has ", n, n == 1 ? " key" : " keys"}));
  }
  if (allowed.defined()) {
    int64_t at = 0;
    const int64_t index[] = {b, h, i, j};
    for (int axis = 0; axis < 4; ++axis)
      at = at * allowed.size(axis) + place(index[axis], allowed.size(axis));
    if (!allowed.data<bool>()[at]) add(text({"the matrix ", allowed.shape(), " hides it"}));
  }
  for (const auto& pair : either_) {
    const std::string first = pair->first.reason(b, h, i, j);
    const std::string second = first.empty() ? "" : pair->second.reason(b, h, i, j);
    if (!second.empty()) add(text({"neither allows it (", first, "; ", second, ")"}));
  }
  return all;
}

std::string Mask::why(int64_t b, int64_t h, int64_t i, int64_t j) const {
  const std::string r = reason(b, h, i, j);
  return text(
      {"query ", i, r.empty() ? " sees key " : " cannot see key ", j, r.empty() ? "" : ": ", r});
}

std::string Mask::str() const {
  std::string s;
  const auto add = [&](const std::string& part) { s += text({s.empty() ? "" : " & ", part}); };
  if (parts_.causal)
    add(parts_.offset ? text({"causal, offset ", parts_.offset}) : std::string("causal"));
  if (parts_.window) add(text({"window from ", parts_.low, " to ", parts_.high}));
  if (parts_.lengths.defined()) add(text({"padding of lengths ", list(parts_.lengths)}));
  if (parts_.allowed.defined()) add(text({"matrix ", parts_.allowed.shape()}));
  for (const auto& pair : either_)
    add(text({"(", pair->first.str(), " | ", pair->second.str(), ")"}));
  return s.empty() ? "nothing hidden" : s;
}

std::string Mask::picture(int64_t T, int64_t S, int64_t b, int64_t h) const {
  std::string s;
  for (int64_t i = 0; i < T; ++i, s += '\n')
    for (int64_t j = 0; j < S; ++j) s += allows(b, h, i, j) ? '#' : '.';
  return s;
}

void Mask::check(const char* op, int64_t B, int64_t H, int64_t T, int64_t S) const {
  const Shape scores{B, H, T, S};
  if (parts_.lengths.defined()) {
    const std::vector<int64_t> n = parts_.lengths.to_vector<int64_t>();
    if (static_cast<int64_t>(n.size()) != B && n.size() != 1)
      argument_error({op, ": the mask has lengths of ", n.size(),
                      " samples, the scores [B, H, T, S] are ", scores});
    for (size_t b = 0; b < n.size(); ++b)
      if (n[b] > S)
        argument_error({op, ": the mask gives sample ", b, " ", n[b], " keys, the scores ",
                        "[B, H, T, S] are ", scores});
  }
  for (int axis = 0; parts_.allowed.defined() && axis < 4; ++axis)
    if (parts_.allowed.size(axis) != scores[axis] && parts_.allowed.size(axis) != 1)
      argument_error({op, ": the mask ", parts_.allowed.shape(),
                      " does not fit the scores [B, H, T, S] = ", scores});
  for (const auto& pair : either_) {
    pair->first.check(op, B, H, T, S);
    pair->second.check(op, B, H, T, S);
  }
}

Mask Mask::resolved(int64_t B, int64_t H, int64_t T, int64_t S) const {
  Mask m;
  m.parts_ = parts_;
  for (const auto& pair : either_)
    m = m & allowed(combined<bool>(pair->first.dense(B, H, T, S), pair->second.dense(B, H, T, S),
                                   [](bool x, bool y) { return x || y; }));
  return m;
}

Tensor Mask::dense(int64_t B, int64_t H, int64_t T, int64_t S) const {
  check("Mask::dense", B, H, T, S);
  const kernels::ScoreSizes sizes{B, H, T, S};
  const Mask m = resolved(B, H, T, S);
  Tensor out = Tensor::empty({B, H, T, S}, DType::boolean);
  kernels::fill_mask(sizes, view_of(m, sizes), out.mutable_data<bool>());
  return out;
}

Tensor Mask::empty_rows(int64_t B, int64_t H, int64_t T, int64_t S) const {
  check("Mask::empty_rows", B, H, T, S);
  const kernels::ScoreSizes sizes{B, H, T, S};
  const Mask m = resolved(B, H, T, S);
  Tensor out = Tensor::empty({B, H, T}, DType::boolean);
  kernels::fill_empty_rows(sizes, view_of(m, sizes), out.mutable_data<bool>());
  return out;
}

namespace {

struct MaskedSoftmax {
  static constexpr const char* name = "masked_softmax";
  Mask mask;  // resolved
  kernels::ScoreSizes sizes;
  Tensor y{};

  Tensor forward(Inputs in) {
    const Tensor x = in[0].contiguous_data();
    y = Tensor::empty(x.shape(), x.dtype());
    dispatch_float(x.dtype(), [&]<class T>() {
      kernels::masked_softmax(sizes, view_of(mask, sizes), x.data<T>(), y.mutable_data<T>());
    });
    return y;
  }

  Grads backward(const Tensor& dy_in, Wanted) const {  // dx_j = y_j (dy_j - sum_k dy_k y_k)
    const Tensor dy = dy_in.contiguous_data();
    Tensor dx = Tensor::empty(y.shape(), y.dtype());
    dispatch_float(y.dtype(), [&]<class T>() {
      kernels::masked_softmax_backward(sizes, view_of(mask, sizes), y.data<T>(), dy.data<T>(),
                                       dx.mutable_data<T>());
    });
    return dx;
  }
  Grads backward_graph(const Tensor& dy, Wanted, const History& h) const {
    const Tensor p = h.output(0, y);
    return p * (dy - sum(dy * p, {-1}, true));
  }
};

}  // namespace

Tensor masked_softmax(const Tensor& x, const Mask& mask) {
  check_float("masked_softmax", "x", x);
  const Shape& s = x.shape();
  if (s.empty()) argument_error({"masked_softmax: x is a scalar; expected [.., T, S]"});
  kernels::ScoreSizes sizes{1, 1, s.size() > 1 ? x.size(-2) : 1, s.back()};
  if (s.size() > 3) sizes.H = x.size(-3);
  for (int i = 0; i < s.size() - (s.size() > 3 ? 3 : 2); ++i) sizes.B *= s[i];
  mask.check("masked_softmax", sizes.B, sizes.H, sizes.T, sizes.S);
  return apply(MaskedSoftmax{mask.resolved(sizes.B, sizes.H, sizes.T, sizes.S), sizes}, x);
}

}  // namespace gradus
