// SPDX-License-Identifier: MIT
// The machinery behind apply(), whose contract is autograd/rule.h: lends the inputs to the
// rule without their graph, runs forward(), and moves the rule into a node if an input is tracked.
#pragma once
#include <optional>
#include <span>

#include "gradus/autograd/rule.h"

namespace gradus {
namespace detail {

/// The backward of a linear rule as a rule; its own backward is the linear rule again.
template <class R> struct Adjoint {
  static constexpr const char* name = R::name;
  static constexpr bool linear = true;
  R rule;
  Tensor forward(Inputs in) { return rule.backward(in[0], {})[0]; }
  Grads backward(const Tensor& dy, Wanted) const {
    R again = rule;
    return again.forward({&dy, 1});
  }
};
/// dx as part of the graph, for a linear rule and for its adjoint.
template <class R> Tensor adjoint(const R& rule, const Tensor& dy) {
  return apply(Adjoint<R>{rule}, dy);
}
template <class R> Tensor adjoint(const Adjoint<R>& there, const Tensor& dy) {
  return apply(R(there.rule), dy);
}

/// The inputs as passed to forward(). Loans own nothing, so nothing is destroyed.
template <size_t n> struct Loans {
  union {
    Tensor lent[n];
  };
  template <std::same_as<Tensor>... T>
  explicit Loans(const T&... in) : lent{Tensor(Tensor::Loan{}, in)...} {}
  ~Loans() {}
};
struct LoanList {
  SmallVector<Tensor, 4> lent;
  explicit LoanList(Inputs in) {
    lent.reserve(in.size());
    for (const Tensor& x : in) lent.emplace_back(Tensor::Loan{}, x);
  }
  ~LoanList() {
    for (Tensor& x : lent) x.end_loan();
  }
};

/// One call of apply(): records which rule runs, and connects its outputs.
class Call {
 public:
  Call(const char* name, std::span<const Tensor* const> in) : in_(in), outer_(current_rule) {
    for (const Tensor* x : in) {
      if (!x->defined()) [[unlikely]]
        undefined_input(name);
      tracked_ = tracked_ || x->requires_grad();
    }
    tracked_ = tracked_ && grad_on && !outer_;
    current_rule = name;
    if (op_watch && !outer_) [[unlikely]]
      (*op_watch)({name, false, true});
  }
  ~Call() {
    if (op_watch && !outer_) [[unlikely]]
      (*op_watch)({current_rule, false, false});
    current_rule = outer_;
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
  bool tracked() const { return tracked_; }
  /// Hands the outputs to the caller; with a node, connects them to it and it to the inputs.
  void finish(std::span<Tensor> out, Ref<Node> node) {
    for (Tensor& y : out) y.set_saved(outer_ != nullptr);
    if (node) connect(out, node.release());
  }

 private:
  [[noreturn]] void undefined_input(const char* name) const;
  void connect(std::span<Tensor> out, Node* node) const;
  std::span<const Tensor* const> in_;
  const char* outer_;
  bool tracked_ = false;
};

template <Rule R> struct RuleNode final : Node {
  std::optional<R> rule;
  explicit RuleNode(R&& r) : Node(R::name), rule(std::move(r)) {}
  Grads run(const Grads& dy, Wanted w) const override {
    if constexpr (SingleRule<R>) return rule->backward(dy[0], w);
    else return rule->backward(dy, w);
  }
  Grads run_graph(const Grads& dy, Wanted w) const override {
    const History h(*this);
    if constexpr (requires { R::linear; }) return adjoint(*rule, dy[0]);
    else if constexpr (!requires { &R::backward_graph; }) return Node::run_graph(dy, w);
    else if constexpr (SingleRule<R>) return rule->backward_graph(dy[0], w, h);
    else return rule->backward_graph(dy, w, h);
  }
  Ref<Node> again(Inputs in, Outputs& results) const override {
    if (!rule) return Node::again(in, results);
    Call call(op, {});
    auto* made = new RuleNode(R(*rule));
    Ref<Node> node = Ref<Node>::adopt(made);
    if constexpr (SingleRule<R>) results = {made->rule->forward(in)};
    else results = made->rule->forward(in);
    call.finish({results.data(), results.size()}, {});
    return node;
  }
  void release() override { rule.reset(); }
};

template <Rule R> ResultOf<R> run(R&& rule, std::span<const Tensor* const> in, Inputs lent) {
  Call call(R::name, in);
  Ref<Node> node;
  R* runs = &rule;
  if (call.tracked()) {
    auto* made = new RuleNode<R>(std::move(rule));
    node = Ref<Node>::adopt(made);
    runs = &*made->rule;
  }
  ResultOf<R> out = runs->forward(lent);
  if constexpr (SingleRule<R>) call.finish({&out, 1}, std::move(node));
  else call.finish({out.data(), out.size()}, std::move(node));
  return out;
}

}  // namespace detail

template <Rule R, std::same_as<Tensor>... T> ResultOf<R> apply(R rule, const T&... inputs) {
  const Tensor* const in[] = {&inputs...};
  return detail::run(std::move(rule), in, detail::Loans<sizeof...(T)>(inputs...).lent);
}

template <Rule R> ResultOf<R> apply(R rule, std::span<const Tensor> inputs) {
  const detail::LoanList loans(inputs);
  SmallVector<const Tensor*, 8> in;
  for (const Tensor& x : inputs) in.push_back(&x);
  return detail::run(std::move(rule), {in.data(), in.size()}, {loans.lent.data(), in.size()});
}

template <class R> Tensor constant_op(R rule, std::same_as<Tensor> auto const&... inputs) {
  const NoGrad no_grad;
  const Tensor* const in[] = {&inputs...};
  detail::Call call(R::name, in);
  Tensor out = rule.forward(detail::Loans<sizeof...(inputs)>(inputs...).lent);
  call.finish({&out, 1}, {});
  return out;
}

}  // namespace gradus
