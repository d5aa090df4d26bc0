// SPDX-License-Identifier: MIT
// The C++ column of docs/from-pytorch.md, line by line. Each test case runs its lines and checks
// the results.
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "gradus/gradus.h"
#include "tests/catch.h"

using namespace gradus;
using namespace gradus::tests;

namespace nn_pytorch_test {
std::vector<double> numbers(const Tensor& x) { return x.to_vector<double>(); }
using Row = std::vector<double>;
TEST_CASE("as in PyTorch: making tensors", "[pytorch]") {
  manual_seed(1);
  CHECK(zeros(2, 3).shape() == Shape{2, 3});
  CHECK(zeros({2, 3}).shape() == Shape{2, 3});
  CHECK(ones(5).shape() == Shape{5});
  CHECK(randn(2, 3, 4).shape() == Shape{2, 3, 4});
  CHECK(randn({2, 3}).dtype() == DType::f32);
  CHECK(rand(3).shape() == Shape{3});
  CHECK(numbers(full({2}, 7)) == Row{7, 7});
  CHECK(numbers(eye(2)) == Row{1, 0, 0, 1});
  CHECK(numbers(arange(3)) == Row{0, 1, 2});
  CHECK(arange(3).dtype() == DType::i64);
  CHECK(numbers(linspace(0, 1, 5)) == Row{0, 0.25, 0.5, 0.75, 1});
  CHECK(numbers(linspace(2, 9, 1)) == Row{2});
  CHECK(linspace(0, 1, 0).numel() == 0);
  CHECK(numbers(randint(0, 1, {3})) == Row{0, 0, 0});
  CHECK(tensor(3.5).item() == 3.5);
  CHECK(numbers(tensor({1, 2, 3})) == Row{1, 2, 3});
  CHECK(tensor({{1, 2}, {3, 4}}).shape() == Shape{2, 2});
  CHECK(tensor({{0}, {1}, {1}}).shape() == Shape{3, 1});
  CHECK(tensor({{7.5}}).shape() == Shape{1, 1});
  Row order = numbers(randperm(20));
  CHECK(order != numbers(arange(20)));
  std::sort(order.begin(), order.end());
  CHECK(order == numbers(arange(20)));
}

TEST_CASE("as in PyTorch: tensors from vectors", "[pytorch]") {
  CHECK(tensor(std::vector<double>{1, 2}).dtype() == DType::f32);
  CHECK(tensor(std::vector<float>{1, 2}).dtype() == DType::f32);
  CHECK(tensor(std::vector<double>{0.1}, DType::f64).item() == 0.1);
  CHECK(tensor(std::vector<int64_t>{1, 2}).dtype() == DType::i64);
  CHECK(tensor(std::vector<int64_t>{INT64_MAX}).to_vector<int64_t>()[0] == INT64_MAX);
  CHECK(tensor(std::vector<int>{1, 2}).dtype() == DType::i64);
  CHECK(tensor(std::vector<bool>{true, false}).dtype() == DType::boolean);
  const std::vector<std::vector<double>> rows{{1, 2, 3}, {4, 5, 6}};
  CHECK(tensor(rows).shape() == Shape{2, 3});
  CHECK(tensor(std::vector<std::vector<float>>{{1}, {2}}).shape() == Shape{2, 1});
  CHECK(has(message_of([] {
              tensor(std::vector<std::vector<int64_t>>{{1, 2}, {3}});
            }),
            "rows of 2 and of 1 values"));
}

TEST_CASE("as in PyTorch: indexing gives views that carry gradient", "[pytorch]") {
  Tensor t = arange(12, DType::f64).view(3, 4);
  CHECK(numbers(t[0]) == Row{0, 1, 2, 3});
  CHECK(numbers(t[-1]) == Row{8, 9, 10, 11});
  CHECK(t[1][2].item() == 6);
  CHECK(numbers(t[Slice(1, 3)][0]) == Row{4, 5, 6, 7});
  CHECK(t[Slice(-2)].shape() == Shape{2, 4});
  CHECK(t[Slice(0, -1)].shape() == Shape{2, 4});
  CHECK(numbers(t.index({Slice(), 0})) == Row{0, 4, 8});
  CHECK(numbers(t.index({1, Slice(1, 3)})) == Row{5, 6});
  CHECK(numbers(t.index({Slice(), Slice(0, 4, 2)})[2]) == Row{8, 10});
  CHECK(t.index({-1, -1}).item() == 11);
  CHECK(numbers(t.slice(1, -1)) == Row{3, 7, 11});
  CHECK(numbers(t.select(1, 0)) == Row{0, 4, 8});
  CHECK(numbers(t[tensor(std::vector<int>{2, 0})].index({Slice(), 0})) == Row{8, 0});
  CHECK(t[0].storage() == t.storage());
  CHECK(has(message_of([&] { t[3]; }), "index 3 is out of range for axis 0"));
  CHECK(has(message_of([&] { t.index({0, 0, 0}); }), "3 places for the 2 axes"));
  CHECK(has(message_of([&] { t[t > 3]; }), "masked_fill(x, mask, value)"));
  t.requires_grad_();
  (t[1].sum() + 2 * t.index({Slice(0, 2), 3}).sum()).backward();
  CHECK(numbers(t.grad()) == Row{0, 0, 0, 2, 1, 1, 1, 3, 0, 0, 0, 0});
}

TEST_CASE("as in PyTorch: assigning to an index changes elements", "[pytorch]") {
  Tensor t = zeros(2, 2);
  t[0] = 5;
  t.index({1, 1}) = 7.0;
  CHECK(numbers(t) == Row{5, 5, 0, 7});
  t[1] = tensor({1, 2});
  CHECK(numbers(t) == Row{5, 5, 1, 2});
  CHECK(has(message_of([&] { t[0] = zeros(3); }), "must have the shape [2]"));
  t.requires_grad_();
  CHECK(has(message_of([&] { t[0] = 1; }), "NoGrad"));
  const NoGrad no_grad;
  t[0] = 1;
  CHECK(numbers(t) == Row{1, 1, 1, 2});
}

TEST_CASE("as in PyTorch: methods", "[pytorch]") {
  const Tensor x = tensor({{1, 2}, {3, 4}});
  CHECK(numbers(x.view(-1)) == Row{1, 2, 3, 4});
  CHECK(x.view({4, 1}).shape() == Shape{4, 1});
  CHECK(x.reshape({1, -1}).shape() == Shape{1, 4});
  CHECK(numbers(x.t()) == Row{1, 3, 2, 4});
  CHECK(numbers(x.transpose(0, 1)) == Row{1, 3, 2, 4});
  CHECK(x.permute({1, 0}).strides() == x.t().strides());
  CHECK(x.unsqueeze(0).squeeze(0).flatten().shape() == Shape{4});
  CHECK(x.unsqueeze(0).expand({5, -1, -1}).shape() == Shape{5, 2, 2});
  CHECK(x.sum().item() == 10);
  CHECK(numbers(x.sum(0)) == Row{4, 6});
  CHECK(x.sum(-1, true).shape() == Shape{2, 1});
  CHECK(numbers(x.mean(1)) == Row{1.5, 3.5});
  CHECK(numbers(sum(x, 1)) == Row{3, 7});
  CHECK(x.max().item() == 4);
  CHECK(x.min().item() == 1);
  CHECK(numbers(x.argmax(1)) == Row{1, 1});
  CHECK(numbers(x.matmul(x)) == numbers(x.mm(x)));
  CHECK(numbers(x.softmax(0)).size() == 4);
  CHECK(numbers(x.pow(2)) == Row{1, 4, 9, 16});
  CHECK(x.clone().storage() != x.storage());
  CHECK(x.t().contiguous().is_contiguous());
  CHECK(numbers((-x).abs().log().exp().sqrt().relu().tanh().sigmoid()).size() == 4);
  CHECK(has(message_of([] { zeros(2, 3, 4).t(); }), "transpose(a, b)"));
}

TEST_CASE("as in PyTorch: more methods", "[pytorch]") {
  const Tensor x = tensor({{1, -2}, {3, 4}}), y = tensor({{3, 0, 0}, {-4, 0, 0}});
  CHECK(identical(x.permute(1, 0), x.T()));
  CHECK(x.unsqueeze(0).permute(2, 0, 1).shape() == Shape{2, 1, 2});
  CHECK(numbers(x.T()) == Row{1, 3, -2, 4});
  CHECK(identical(x.var(0), var(x, 0)));
  CHECK(identical(x.std(), std_(x)));
  CHECK(identical(x.std(1, 0, true), std_(x, 1, 0, true)));
  CHECK(numbers(y.norm(2, 0)) == Row{5, 0, 0});
  CHECK(y.norm().item() == 5);
  CHECK(y.norm(1).item() == 7);
  CHECK(y.norm(INFINITY, 1, true).shape() == Shape{2, 1});
  CHECK(std::abs(x.norm(3).item() - std::cbrt(1.0 + 8 + 27 + 64)) < 1e-6);
  CHECK(has(message_of([&] { y.norm(0); }), "norm: p is 0"));
  CHECK(numbers(x.clamp(0, 3)) == Row{1, 0, 3, 3});
  CHECK(numbers(x.clamp({}, 2)) == Row{1, -2, 2, 2});
  CHECK(identical(x.log_softmax(1), log_softmax(x, 1)));
  CHECK(x.chunk(2).size() == 2);
  CHECK(numbers(x.chunk(2, 1)[1]) == Row{-2, 4});
  CHECK(arange(5).chunk(2)[0].numel() == 3);
  CHECK(arange(5).chunk(7).size() == 5);
  CHECK(has(message_of([&] { x.chunk(0); }), "chunk: count is 0"));
}

TEST_CASE("as in PyTorch: the norm has gradient 0 at 0", "[pytorch]") {
  const auto report = gradcheck(
      [](Inputs in) {
        return Tensors{in[0].norm(), in[0].norm(3, 1), in[0].norm(1, 0)};
      },
      {tensor({{1, -2}, {3, 4}}, DType::f64)});
  INFO(report.str());
  CHECK(report.verdict == Verdict::pass);
  Tensor zero = zeros({3}).requires_grad_();
  zero.norm().backward();
  CHECK(numbers(zero.grad()) == Row{0, 0, 0});
}

TEST_CASE("as in PyTorch: changes in place and single numbers", "[pytorch]") {
  Tensor x = tensor({1, 2, 3});
  const Tensor same = x;
  CHECK(&x.add_(1).mul_(tensor({2, 2, 2})).sub_(2).div_(2) == &x);
  CHECK(numbers(same) == Row{1, 2, 3});
  x.add_(x).sub_(tensor({1, 1, 1})).div_(tensor({1, 3, 5})).mul_(4);
  CHECK(numbers(same) == Row{4, 4, 4});
  CHECK(numbers(x.zero_()) == Row{0, 0, 0});
  CHECK(tensor(2.5).item<float>() == 2.5f);
  CHECK(tensor(2.5).item<double>() == 2.5);
  CHECK(tensor(7).item<int>() == 7);
  const int64_t large = (int64_t{1} << 53) + 1;  // a double cannot hold it
  CHECK(tensor(std::vector<int64_t>{large}).item<int64_t>() == large);
  CHECK((tensor(1.0) > 0).item<bool>());
  CHECK(has(message_of([&] { x.item<float>(); }), "item: expected exactly one element"));
  Tensor w = ones({2}).requires_grad_();
  CHECK(has(message_of([&] { w.add_(1); }), "NoGrad"));
}

TEST_CASE("as in PyTorch: operators", "[pytorch]") {
  Tensor x = tensor({1, 2, 3});
  const Tensor same = x;
  x += 1;
  x *= tensor({2, 2, 2});
  x -= 2;
  x /= 2;
  CHECK(numbers(same) == Row{1, 2, 3});
  CHECK((x > 1).to_vector<bool>() == std::vector<bool>{false, true, true});
  CHECK((x <= tensor({1, 1, 3})).to_vector<bool>() == std::vector<bool>{true, false, true});
  CHECK(((x == tensor({1, 1, 3})).to_vector<bool>() == std::vector<bool>{true, false, true}));
  CHECK(((x != 2).to_vector<bool>() == std::vector<bool>{true, false, true}));
  CHECK(numbers(where(x > 1, x, 0)) == Row{0, 2, 3});
  CHECK(numbers(where(x >= 3, -1, x)) == Row{1, 2, -1});
  CHECK(numbers(where(x < 3, 0, x)) == Row{0, 0, 3});
  Tensor w = tensor({1, 2}).requires_grad_(), loss = tensor(0.0);
  loss += w.sum();
  loss += (w * w).sum();
  loss.backward();
  CHECK(numbers(w.grad()) == Row{3, 5});
  CHECK(has(message_of([&] { w += 1; }), "NoGrad"));
  CHECK(has(message_of([&] { x += zeros(2, 3); }), "the result has the shape [2, 3]"));
  Tensor table = zeros(2, 2), row = table[0];
  CHECK(has(message_of([&] { row += w; }), "write x = x + y"));
  const NoGrad no_grad;
  w -= 0.5 * w.grad();
  CHECK(numbers(w) == Row{-0.5, -0.5});
}

TEST_CASE("as in PyTorch: whole numbers add up", "[pytorch]") {
  Tensor ids = tensor(std::vector<int64_t>{1, 2, 3});
  const int64_t large = (int64_t{1} << 53) + 1;  // a double cannot hold it
  CHECK((ids + ids).to_vector<int64_t>() == std::vector<int64_t>{2, 4, 6});
  CHECK((ids * tensor(std::vector<int64_t>{large})).to_vector<int64_t>()[0] == large);
  CHECK((ids + 1).to_vector<int64_t>() == std::vector<int64_t>{2, 3, 4});
  CHECK((10 - ids).to_vector<int64_t>() == std::vector<int64_t>{9, 8, 7});
  CHECK((2 * ids - 1).to_vector<int64_t>() == std::vector<int64_t>{1, 3, 5});
  const Tensor grid = ids.view(3, 1) * 3 + tensor(std::vector<int64_t>{0, 1});
  CHECK(grid.to_vector<int64_t>() == std::vector<int64_t>{3, 4, 6, 7, 9, 10});
  ids += 1;
  CHECK(ids.to_vector<int64_t>() == std::vector<int64_t>{2, 3, 4});
  const Tensor most = tensor(std::vector<int64_t>{INT64_MAX});
  CHECK((most + 1).to_vector<int64_t>() == std::vector<int64_t>{INT64_MIN});  // as in PyTorch
  CHECK(has(message_of([&] { ids + 1.5; }), "add: 1.5 is not a whole number, but x is i64"));
  CHECK(has(message_of([&] { ids + ones({3}); }), "add: b is f32, a is i64"));
  CHECK(has(message_of([&] { ids / 2; }), "div: x is i64"));
}

TEST_CASE("as in PyTorch: layers by their sizes", "[pytorch]") {
  const int64_t d = 6;
  CHECK(identical(LayerNorm({d})(ones(2, d)), LayerNorm({.normalized_shape = {d}})(ones(2, d))));
  CHECK(LayerNorm({{4, 5}}).options.normalized_shape == Shape{4, 5});
  CHECK(LayerNorm({{4, 5}}).options.eps == 1e-5);
  CHECK(RMSNorm({d})(ones(2, d)).shape() == Shape{2, 6});
  CHECK(Linear({2, 16})(zeros(3, 2)).shape() == Shape{3, 16});
  CHECK(Linear({.in_features = 2, .out_features = 16})(zeros(3, 2)).shape() == Shape{3, 16});
  CHECK_FALSE(Linear({2, 16, false}).bias.defined());
  CHECK(Embedding({10, 4})(tensor(std::vector<int>{1, 2})).shape() == Shape{2, 4});
  CHECK(Embedding({10, 4, 0}).options.padding_idx == 0);
  CHECK(Conv1d({3, 8, 5})(zeros(1, 3, 9)).shape() == Shape{1, 8, 5});
  CHECK(GRU({3, 4})(zeros(1, 2, 3)).output.shape() == Shape{1, 2, 4});
  CHECK(LSTM({3, 4, 2})(zeros(1, 2, 3)).h_n.shape() == Shape{2, 1, 4});
  CHECK(RNN({3, 4})(zeros(1, 2, 3)).h_n.shape() == Shape{1, 1, 4});
  CHECK(MultiheadAttention({8, 2})(zeros(1, 3, 8)).shape() == Shape{1, 3, 8});
  MultiheadAttention attention({.embed_dim = 8, .num_heads = 2});  // two names, as settings
  CHECK(attention.options.num_heads == 2);
  CHECK(LayerNorm({.normalized_shape = {8}}).weight.numel() == 8);
  CHECK(LayerNorm({.normalized_shape = {4, 5}}).weight.numel() == 20);
  CHECK(RMSNorm({{4, 5}}).weight.numel() == 20);
}

TEST_CASE("as in PyTorch: first values", "[pytorch]") {
  Linear layer({2, 2});
  fill_(layer.weight, 0.5);
  constant_(layer.bias, 1);
  CHECK(numbers(layer(ones(1, 2))) == Row{2, 2});
  uniform_(layer.weight, -0.1, 0.1);
  normal_(layer.weight, 0, 0.02);
  xavier_uniform_(layer.weight);
  kaiming_normal_(layer.weight);
  CHECK(layer.weight.requires_grad());
  Tensor t = zeros(3);
  t.fill_(2);
  CHECK(numbers(t) == Row{2, 2, 2});
}

TEST_CASE("as in PyTorch: optimisers take parameters and a rate", "[pytorch]") {
  Linear model({2, 1});
  CHECK(Adam(model.parameters(), 0.01).lr() == 0.01);
  CHECK(Adam(model.parameters()).lr() == 1e-3);
  CHECK(Adam(model.parameters(), {}).lr() == 1e-3);
  CHECK(Adam(model, 0.01).lr() == 0.01);
  CHECK(Adam(model.named_parameters(), {.lr = 0.02}).lr() == 0.02);
  CHECK(AdamW(model.parameters(), 0.01).lr() == 0.01);
  CHECK(SGD(model.parameters(), 1).lr() == 1);
  CHECK(SGD(model.parameters(), {.lr = 0.1, .momentum = 0.9}).lr() == 0.1);
  CHECK(RMSprop(model.parameters(), 0.01).lr() == 0.01);
  CHECK(Adagrad(model.parameters(), 0.01).lr() == 0.01);
  Tensor w = ones(2).requires_grad_(), b = ones(1).requires_grad_();
  SGD optimizer({w, b}, 0.5);
  optimizer.zero_grad();
  (w.sum() * 2 + b.sum()).backward();
  clip_grad_norm_({w, b}, 100);
  optimizer.step();
  CHECK(numbers(w) == Row{0, 0});
  CHECK(numbers(b) == Row{0.5});
  Adam of_module(model.parameters(), 0.01);
  model(ones(1, 2)).sum().backward();
  of_module.step();
  CHECK(of_module.state_dict().count("weight.exp_avg") == 1);
}

TEST_CASE("as in PyTorch: a whole training loop", "[pytorch]") {
  manual_seed(0);
  const Tensor x = tensor({{0, 0}, {0, 1}, {1, 0}, {1, 1}});
  const Tensor y = tensor(std::vector<double>{0, 1, 1, 0}).view(4, 1);
  Sequential model{Linear({2, 8}), Tanh(), Linear({8, 1})};
  Adam optimizer(model.parameters(), 0.05);
  model.train();
  double last = 0;
  for (int step = 0; step < 200; ++step) {
    optimizer.zero_grad();
    const Tensor loss = binary_cross_entropy_with_logits(model(x), y);
    loss.backward();
    clip_grad_norm_(model.parameters(), 1.0);
    optimizer.step();
    last = loss.item();
  }
  CHECK(last < 0.05);
  model.eval();
  const NoGrad no_grad;
  const Tensor right = (model(x) > 0).to(DType::f32);
  CHECK(identical(right, y));
  std::ostringstream out;
  out << right.t();
  CHECK(has(out.str(), "[[0, 1, 1, 0]]"));
  CHECK(has(out.str(), "f32 [1, 4]"));
}

TEST_CASE("as in PyTorch: saving and loading weights", "[pytorch]") {
  const TempFolder temp;
  Linear a({2, 3}), b({2, 3});
  write_tensors(temp.path + "/weights.safetensors", {a.state_dict()});
  b.load_state_dict(read_tensors(temp.path + "/weights.safetensors").tensors);
  CHECK(identical(a.weight, b.weight));
  const Linear c = a.clone();
  CHECK(identical(a.weight, c.weight));
  CHECK(c.weight.storage() != a.weight.storage());
}

// The right column of the tables without backticks: "zeros(2, 3)".
std::vector<std::string> right_column(const std::string& path) {
  std::vector<std::string> all;
  std::istringstream lines(read_file(path));
  for (std::string line; std::getline(lines, line);) {
    const size_t bar = line.rfind(" | `");
    if (!line.starts_with("| `") || bar == line.npos) continue;
    const size_t begin = bar + 4, end = line.rfind("` |");
    REQUIRE(end > begin);
    all.push_back(line.substr(begin, end - begin));
  }
  return all;
}

// The compiler of this build.
std::string compiler() {
  const char* make = std::getenv("GRADUS_MAKE");
  const std::string command = make ? make : "", mark = "CXX=";
  const size_t at = command.find(mark);
  return at == command.npos ? "g++" : command.substr(at + 4, command.find(' ', at) - at - 4);
}

TEST_CASE("several indices in brackets work in C++23 and are refused before", "[pytorch]") {
  const TempFolder temp;
  const auto compile = [&](const std::string& line, const std::string& standard) {
    std::ofstream(temp.path + "/place.cpp")
        << "#include \"gradus/gradus.h\"\nusing namespace gradus;\n"
        << "Tensor part(const Tensor& x) { return " << line << "; }\n";
    return run(compiler() + " -std=" + standard + " -Wall -fsyntax-only -Iinclude " + temp.path +
               "/place.cpp");
  };
  for (const char* line : {"x[0, Slice(1, 3)]", "x[Slice(), 0]", "x[Slice(), Slice(2)]"}) {
    INFO(line);
    const Finished before = compile(line, "c++20");
    CHECK(before.status != 0);
    CHECK(has(before.err, "several indices: write x.index({0, Slice(1, 3)})"));
  }
  CHECK(has(compile("x[0, 1]", "c++20").err, "comma"));
  const bool new_enough = !has(compile("x[0]", "c++2b").err, "error");
  const Finished after = compile("x[Slice(), 0, Slice(1, 3)]", "c++2b");
  INFO(after.err);
  CHECK((after.status == 0 || has(compiler(), "clang") || !new_enough));
}

TEST_CASE("sizes without braces are refused with a note on them", "[pytorch]") {
  const TempFolder temp;
  std::ofstream program(temp.path + "/sizes.cpp");
  program << "#include \"gradus/nn/basic.h\"\nusing namespace gradus;\n"
          << "void sizes() {\n  Linear a({2, 16});\n  Linear b(2, 16);\n  LayerNorm c(16);\n}\n";
  program.close();
  const Finished done =
      run(compiler() + " -std=c++20 -w -fsyntax-only -Iinclude " + temp.path + "/sizes.cpp");
  INFO(done.err);
  CHECK(done.status != 0);
  CHECK(!has(done.err, "sizes.cpp:4:"));
  CHECK(has(done.err, "sizes.cpp:5:"));
  CHECK(has(done.err, "sizes.cpp:6:"));
  CHECK(has(done.err, "sizes_belong_in_braces"));
}

TEST_CASE("as in PyTorch: every line of the page for its users compiles", "[pytorch]") {
  const std::vector<std::string> lines = right_column("docs/from-pytorch.md");
  CHECK(lines.size() > 60);
  const TempFolder temp;
  std::ofstream program(temp.path + "/lines.cpp");
  program << "#include <iostream>\n#include \"gradus/gradus.h\"\nusing namespace gradus;\n"
          << "void lines(Tensor x, Tensor y, Tensor w, Tensor ids, Tensor mask, Tensor target,\n"
          << "           Tensor loss, int64_t d, int64_t step, Generator& generator) {\n"
          << "  Sequential model{Linear({2, 2})};\n  Adam optimizer(model.parameters());\n";
  for (const std::string& line : lines)  // LayerNorm(d); alone would declare a variable
    program << (line.starts_with("const ") ? "  { " + line + "; }\n" : "  (void)(" + line + ");\n");
  program << "}\n";
  program.close();
  const Finished done =
      run(compiler() + " -std=c++20 -w -fsyntax-only -Iinclude " + temp.path + "/lines.cpp");
  INFO(done.err);
  CHECK(done.status == 0);
}

}  // namespace nn_pytorch_test
