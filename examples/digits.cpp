// SPDX-License-Identifier: MIT
// Handwritten digits from a CSV file: 64 columns of pixels and a column "label".
//   ./digits train.csv test.csv
// Reads the files, trains in batches, and reports the accuracy on the test file.
#include <gradus/gradus.h>
#include <cstdio>

using namespace gradus;

struct Digits {
  Tensor pixels;  // [N, 64], from 0 to 1
  Tensor labels;  // [N], i64
};

Digits read_digits(const char* path) {
  const CsvTable table = CsvTable::read(path);
  const int label = table.column("label");
  std::vector<double> pixels, labels;
  for (int64_t row = 0; row < table.rows(); ++row) {
    for (int c = 0; c < static_cast<int>(table.columns().size()); ++c)
      if (c != label) pixels.push_back(table.number(row, c) / 16);
    labels.push_back(table.number(row, label));
  }
  return {tensor(pixels).view(table.rows(), -1), tensor(labels).to(DType::i64)};
}

double accuracy(Sequential& net, const Digits& d) {
  const NoGrad no_grad;
  net.eval();
  const Tensor right = eq(argmax(net(d.pixels), 1), d.labels);
  net.train();
  return mean(right.to(DType::f32)).item();
}

int main(int argc, char** argv) {
  start_program(argv);
  if (argc != 3) {
    std::fprintf(stderr, "usage: digits TRAIN.csv TEST.csv\n");
    return 2;
  }
  const Digits train = read_digits(argv[1]), test = read_digits(argv[2]);

  manual_seed(0);
  Sequential net{Linear({64, 128}), ReLU(), Dropout(0.2), Linear({128, 10})};
  AdamW optimizer(net.named_parameters(), {.lr = 2e-3});

  const int64_t count = train.pixels.size(0), batch = 64;
  for (int epoch = 1; epoch <= 15; ++epoch) {
    const Tensor order = randperm(count, default_generator());
    double sum = 0;
    for (int64_t first = 0; first < count; first += batch) {
      const Tensor chosen = order[Slice(first, first + batch)];
      const Tensor loss = cross_entropy(net(train.pixels[chosen]), train.labels[chosen]);
      loss.backward();
      optimizer.step();
      optimizer.zero_grad();
      sum += loss.item() * static_cast<double>(chosen.numel());
    }
    std::printf("epoch %2d  loss %.4f\n", epoch, sum / static_cast<double>(count));
  }
  std::printf("accuracy on %lld test digits: %.3f\n", static_cast<long long>(test.labels.numel()),
              accuracy(net, test));
}
