// SPDX-License-Identifier: MIT
// The table of rules. Letters as in include/gradus/gradus.h: dy arrives, dx leaves.
#include "tools/see/rules_in_symbols.h"

#include <algorithm>

namespace gradus::tools {
namespace {

const std::vector<RuleInSymbols> elementwise_rules = {
    {"add", "y = a + b, where b may be a number", "da = dy, db = dy"},
    {"sub", "y = a - b, where one of them may be a number", "da = dy, db = -dy"},
    {"mul", "y = a b, where b may be a number", "da = dy b, db = dy a"},
    {"div", "y = a / b, where one of them may be a number", "da = dy / b, db = -dy y / b"},
    {"pow", "y = x^p", "dx = dy p x^(p-1), dp = dy y log x"},
    {"maximum", "y = max(a, b)", "dy to the larger one; half to each if they are equal"},
    {"minimum", "y = min(a, b)", "dy to the smaller one; half to each if they are equal"},
    {"neg", "y = -x", "dx = -dy"},
    {"abs", "y = |x|", "dx = dy sign(x)"},
    {"exp", "y = exp(x)", "dx = dy y"},
    {"log", "y = log(x)", "dx = dy / x"},
    {"sqrt", "y = √x", "dx = dy / (2 y)"},
    {"sin", "y = sin(x)", "dx = dy cos(x)"},
    {"cos", "y = cos(x)", "dx = -dy sin(x)"},
    {"clamp", "y = min(max(x, low), high)", "dx = dy where low <= x <= high, else 0"},
    {"tanh", "y = tanh(x)", "dx = dy (1 - y²)"},
    {"sigmoid", "y = σ(x) = 1 / (1 + exp(-x))", "dx = dy y (1 - y)"},
    {"relu", "y = max(x, 0)", "dx = dy where x > 0, else 0"},
    {"leaky_relu", "y = x where x > 0, else a x", "dx = dy where x > 0, else a dy"},
    {"elu", "y = x where x > 0, else a (exp(x) - 1)", "dx = dy where x > 0, else dy (y + a)"},
    {"silu", "y = x σ(x)", "dx = dy σ(x) (1 + x (1 - σ(x)))"},
    {"gelu", "y = x Φ(x), Φ the normal distribution", "dx = dy (Φ(x) + x φ(x))"},
    {"softplus", "y = log(1 + exp(b x)) / b", "dx = dy σ(b x)"},
    {"where", "y = condition ? a : b", "dy to a where the condition is true, else to b"},
    {"masked_fill", "y = mask ? value : x", "dx = 0 where the mask is true, else dy"},
    {"straight_through", "y = hard", "dsoft = dy, although y does not depend on soft"},
    {"dropout", "y = m x / (1 - p), m 0 or 1 at random", "dx = m dy / (1 - p)"},
};

const std::vector<RuleInSymbols> shape_rules = {
    {"reshape", "y = x in another shape", "dx = dy in the shape of x"},
    {"permute", "y = x with its axes in another order", "dx = dy with its axes back in order"},
    {"slice", "y = every step-th part of x along an axis", "dx = dy at those positions, else 0"},
    {"select", "y = one part of x along an axis", "dx = dy at that part, else 0"},
    {"broadcast_to", "y = x, repeated to a larger shape", "dx = the sum of dy over the copies"},
    {"clone", "y = a copy of x", "dx = dy"},
    {"alias", "y = x", "dx = dy"},
    {"tril", "y = x on and below the diagonal, else 0", "dx = dy there, else 0"},
    {"triu", "y = x on and above the diagonal, else 0", "dx = dy there, else 0"},
    {"cat", "y = x₀, x₁, ... one after the other", "dxₖ = the part of dy that came from xₖ"},
    {"stack", "y = x₀, x₁, ... along a new axis", "dxₖ = part k of dy"},
    {"split", "yₖ = piece k of x", "dx = the pieces dyₖ one after the other"},
    {"unbind", "yₖ = part k of x along an axis", "dx = the parts dyₖ along that axis"},
    {"gather", "yⱼ = x[indexⱼ]", "dx[i] = Σ dyⱼ over all j with indexⱼ = i"},
    {"scatter", "y = x, with y[indexⱼ] = srcⱼ", "dsrcⱼ = dy[indexⱼ], dx = dy elsewhere"},
    {"scatter_add", "y = x, with y[indexⱼ] += srcⱼ", "dsrcⱼ = dy[indexⱼ], dx = dy"},
};

const std::vector<RuleInSymbols> reduction_rules = {
    {"sum", "y = Σᵢ xᵢ", "dxᵢ = dy"},
    {"mean", "y = Σᵢ xᵢ / n", "dxᵢ = dy / n"},
    {"var", "y = Σᵢ (xᵢ - m)² / d, m the mean", "dxᵢ = 2 dy (xᵢ - m) / d"},
    {"std_", "y = √(Σᵢ (xᵢ - m)² / d)", "dxᵢ = dy (xᵢ - m) / (d y)"},
    {"prod", "y = x₁ x₂ ... xₙ", "dxᵢ = dy times the product of the others"},
    {"amax", "y = maxᵢ xᵢ", "dy to the largest; equal ones share it"},
    {"amin", "y = minᵢ xᵢ", "dy to the smallest; equal ones share it"},
    {"max", "y = maxᵢ xᵢ, and its index", "dy to the first of the largest"},
    {"min", "y = minᵢ xᵢ, and its index", "dy to the first of the smallest"},
    {"logsumexp", "y = log Σᵢ exp(xᵢ)", "dxᵢ = dy exp(xᵢ - y), a softmax"},
    {"cumsum", "yₖ = x₀ + ... + xₖ", "dxᵢ = dyᵢ + dyᵢ₊₁ + ..."},
    {"softmax", "yᵢ = exp(xᵢ) / Σⱼ exp(xⱼ)", "dxᵢ = yᵢ (dyᵢ - Σⱼ dyⱼ yⱼ)"},
    {"log_softmax", "yᵢ = xᵢ - log Σⱼ exp(xⱼ)", "dxᵢ = dyᵢ - exp(yᵢ) Σⱼ dyⱼ"},
    {"masked_softmax", "yᵢ = exp(xᵢ) / Σⱼ exp(xⱼ) over visible j, else 0",
     "dxᵢ = yᵢ (dyᵢ - Σⱼ dyⱼ yⱼ)"},
    {"layer_norm", "x̂ = (x - mean) / √(variance + ε), y = x̂ w + b",
     "g = dy w, dx = (g - mean(g) - x̂ mean(g x̂)) / √(variance + ε), dw = Σ dy x̂, db = Σ dy"},
    {"rms_norm", "x̂ = x / √(mean(x²) + ε), y = x̂ w",
     "g = dy w, dx = (g - x̂ mean(g x̂)) / √(mean(x²) + ε), dw = Σ dy x̂"},
};

const std::vector<RuleInSymbols> product_rules = {
    {"matmul", "y = a b", "da = dy bᵀ, db = aᵀ dy"},
    {"linear", "y = f(x Wᵀ + b), f the activation, if there is one",
     "g = dy f', dx = g W, dW = gᵀ x, db = Σ g"},
    {"conv1d", "y[t] = Σₖ W[k] x[t + k] + b",
     "dx[s] = Σₖ W[k]ᵀ dy[s - k], dW[k] = Σ dy[t] x[t + k]ᵀ, "
     "db = Σ dy"},
    {"embedding", "yₜ = W[idₜ]", "dW[i] = Σ dyₜ over all t with idₜ = i"},
    {"rope", "each pair of features turned by an angle that grows with the position",
     "dx = dy turned back"},
    {"scaled_dot_product_attention", "A = softmax(q kᵀ / √d), y = A v",
     "dv = Aᵀ dy, dA = dy vᵀ, dS = A (dA - Σ dA A), dq = dS k / √d, dk = dSᵀ q / √d"},
    {"linear_attention", "y = φ(q) (φ(k)ᵀ v) / (φ(q) Σ φ(k))",
     "the product rule for both products and the quotient, from right to left"},
    {"rnn", "hₜ = tanh(W xₜ + U hₜ₋₁ + b), or relu",
     "from the last step to the first: "
     "g = (dyₜ + dhₜ) f', dxₜ = Wᵀ g, dhₜ₋₁ = Uᵀ g"},
    {"gru", "z, r = σ(...), n = tanh(W x + r (U h)), h' = (1 - z) n + z h",
     "from the last step to the first: dn = dh (1 - z), dz = dh (h - n), dr = dn' (U h), dh += dh "
     "z"},
    {"lstm", "i, f, o = σ(...), g = tanh(...), c' = f c + i g, h' = o tanh(c')",
     "from the last step to the first: dc += dh o (1 - tanh²(c')), di = dc g, df = dc c, dg = dc "
     "i, "
     "dc passes on as dc f"},
};

const std::vector<RuleInSymbols> loss_rules = {
    {"cross_entropy", "y = -mean log softmax(x)[target]", "dx = dy (softmax(x) - target) / N"},
    {"nll_loss", "y = -mean x[target]", "dx = -dy / N at the target, else 0"},
    {"binary_cross_entropy_with_logits", "y = mean(log(1 + exp(x)) - t x)",
     "dx = dy (σ(x) - t) / N"},
    {"mse_loss", "y = mean((x - t)²)", "dx = 2 dy (x - t) / N, dt = -dx"},
    {"l1_loss", "y = mean |x - t|", "dx = dy sign(x - t) / N, dt = -dx"},
    {"smooth_l1_loss", "y = mean(e² / 2β where |e| < β, else |e| - β / 2), e = x - t",
     "dx = dy e / (β N) where |e| < β, else dy sign(e) / N"},
    {"huber_loss", "y = mean(e² / 2 where |e| < δ, else δ (|e| - δ / 2)), e = x - t",
     "dx = dy e / N where |e| < δ, else dy δ sign(e) / N"},
    {"kl_div", "y = mean t (log t - x)", "dx = -dy t / N"},
};

}  // namespace

const std::vector<RuleInSymbols>& rules_in_symbols() {
  static const std::vector<RuleInSymbols> all = [] {
    std::vector<RuleInSymbols> rules = elementwise_rules;
    for (const auto* more : {&shape_rules, &reduction_rules, &product_rules, &loss_rules})
      rules.insert(rules.end(), more->begin(), more->end());
    return rules;
  }();
  return all;
}

const RuleInSymbols* rule_in_symbols(const std::string& op) {
  const auto& all = rules_in_symbols();
  const auto at =
      std::find_if(all.begin(), all.end(), [&](const RuleInSymbols& r) { return r.op == op; });
  return at == all.end() ? nullptr : &*at;
}

}  // namespace gradus::tools
