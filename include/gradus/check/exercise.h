// SPDX-License-Identifier: MIT
// The checks of `gradus exercise`: compare a learner's function with the library's, and run the
// learner's test on wrong versions of that function. Exercises include this header.
//
//   int main() { return gradus::exercise::run("softmax", mine::softmax, my_test); }
#pragma once
#include <functional>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

#include "gradus/autograd/node.h"

namespace gradus::exercise {

/// Marks a part that the learner has to write; the check then asks for it. Throws Hole.
struct Hole {
  std::string what;
};
[[noreturn]] void hole(const std::string& what);

/// Any of the functions of the exercises: tensors, and numbers in the order of the parameters.
using Numbers = std::vector<double>;
using Call = std::function<Tensors(Inputs, const Numbers&)>;
/// A learner's test: returns whether the given function looks right. An exception means no.
using Test = std::function<bool(const Call&)>;

enum class Outcome { passed, failed, waiting };
struct Part {
  std::string name;  // "result", "gradient", "edge cases", "your test"
  Outcome outcome = Outcome::waiting;
  std::string figure{};  // "12 of 12 examples"
  std::string words{};   // what is wrong, over several lines
};
struct Report {
  std::string name;
  std::vector<Part> parts;
  std::string next;  // what to do now
  bool passed() const;
  std::string str() const;
};

/// The names of all exercises, from easy to hard.
std::vector<std::string> names();
/// Where the library's own solution is: a file, and a part of the line to look for.
struct Solution {
  std::string file, words;
};
Solution solution(const std::string& name);

/// Checks, in this order and up to the first that fails: the result against the library's, the
/// gradients against differences, edge cases, and the test against the right function and wrong
/// ones. What the function throws becomes part of the report. `entering`, if given, is called with
/// the name of each step before it runs. Throws std::invalid_argument for an unknown name.
Report check_call(const std::string& name, const Call& yours, const Test& test,
                  const std::function<void(const std::string&)>& entering = {});
/// check_call(), printed. Returns the exit status: 0 if all parts passed, else 1. A step that
/// takes longer than `seconds`, a crash, and exit() end the program with a message that names the
/// step and with status 1; memory is limited to 4 GiB.
int run_call(const std::string& name, const Call& yours, const Test& test, unsigned seconds = 30);

namespace detail {

struct Arguments {
  Inputs in;
  const Numbers& numbers;
  size_t tensor = 0, number = 0;

  template <class T> T take() {
    if constexpr (std::is_same_v<T, Tensor>) {
      return in[tensor++];
    } else if constexpr (std::is_same_v<T, std::vector<Tensor>>) {
      const auto rest = in.subspan(tensor);
      tensor = in.size();
      return {rest.begin(), rest.end()};
    } else if constexpr (std::is_same_v<T, std::vector<int64_t>>) {
      return in[tensor++].template to_vector<int64_t>();
    } else {
      return static_cast<T>(numbers[number++]);
    }
  }
};

struct Given {
  std::vector<Tensor> tensors{};
  Numbers numbers{};
  void put(const Tensor& x) { tensors.push_back(x); }
  void put(const std::vector<Tensor>& x) { tensors.insert(tensors.end(), x.begin(), x.end()); }
  void put(const std::vector<int64_t>& x) { tensors.push_back(gradus::tensor(x)); }
  template <class N>
  requires std::is_arithmetic_v<N>
  void put(N n) { numbers.push_back(static_cast<double>(n)); }
};

inline Tensors listed(const Tensor& y) { return {y}; }
inline Tensors listed(const Tensors& y) { return y; }
inline Tensors listed(const std::vector<int64_t>& y) { return {gradus::tensor(y)}; }
inline Tensors listed(const std::vector<Tensor>& y) {
  Tensors all;
  for (const Tensor& one : y) all.push_back(one);
  return all;
}

template <class R> R unlisted(const Tensors& y) {
  if constexpr (std::is_same_v<R, Tensor>) return y[0];
  else if constexpr (std::is_same_v<R, Tensors>) return y;
  else if constexpr (std::is_same_v<R, std::vector<int64_t>>) return y[0].to_vector<int64_t>();
  else return R(y.begin(), y.end());
}

}  // namespace detail

/// A function of tensors and numbers as a Call, and a Call as such a function.
template <class R, class... A> Call call_of(R (*f)(A...)) {
  return [f](Inputs in, const Numbers& numbers) {
    detail::Arguments from{in, numbers};
    std::tuple<std::decay_t<A>...> arguments{from.template take<std::decay_t<A>>()...};
    return detail::listed(std::apply(f, std::move(arguments)));
  };
}
template <class R, class... A> std::function<R(A...)> function_of(const Call& call) {
  return [call](A... a) {
    detail::Given given;
    (given.put(a), ...);
    return detail::unlisted<R>(call({given.tensors.data(), given.tensors.size()}, given.numbers));
  };
}

template <class R, class... A> using TestOf = bool (*)(std::function<R(A...)>);

template <class R, class... A>
Report check(const std::string& name, R (*yours)(A...),
             std::type_identity_t<TestOf<R, A...>> test) {
  return check_call(name, call_of(yours),
                    [test](const Call& call) { return test(function_of<R, A...>(call)); });
}
template <class R, class... A>
int run(const std::string& name, R (*yours)(A...), std::type_identity_t<TestOf<R, A...>> test,
        unsigned seconds = 30) {
  const auto tests = [test](const Call& call) { return test(function_of<R, A...>(call)); };
  return run_call(name, call_of(yours), tests, seconds);
}

}  // namespace gradus::exercise
