// SPDX-License-Identifier: MIT
// A network of two layers learns XOR: the smallest program that trains something.
//   build:  g++ -std=c++20 -O2 xor.cpp $(pkg-config --cflags --libs gradus) -o xor
#include <gradus/gradus.h>
#include <cstdio>

using namespace gradus;

int main(int, char** argv) {
  start_program(argv);  // the best settings for this machine

  const Tensor x = tensor({{0, 0}, {0, 1}, {1, 0}, {1, 1}});
  const Tensor y = tensor({0, 1, 1, 0}).view(4, 1);

  manual_seed(0);
  Sequential net{Linear({2, 16}), Tanh(), Linear({16, 1})};
  Adam adam(net.parameters(), 0.02);

  for (int step = 1; step <= 500; ++step) {
    const Tensor loss = binary_cross_entropy_with_logits(net(x), y);
    loss.backward();   // gradients of all parameters
    adam.step();       // one step down
    adam.zero_grad();  // gradients add up otherwise
    if (step % 100 == 0) std::printf("step %d  loss %.4f\n", step, loss.item());
  }
  std::printf("%s\n", format(sigmoid(net(x)), 2).c_str());
}
