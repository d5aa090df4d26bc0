// SPDX-License-Identifier: MIT
// The layered drawing of a graph: a layer for each length of the longest path from an input, the
// order within a layer by the mean position of the neighbours, then positions that keep that order.
// Source: Sugiyama, Tagawa, Toda 1981.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "tools/see/tape_graph.h"

namespace gradus::tools {
namespace {

constexpr double name_size = 12, detail_size = 10, box_height = 38;
constexpr double gap_x = 18, gap_y = 34, margin = 16, title_height = 26, bend_width = 8;

// A box, or a bend of an arrow that crosses a layer.
struct Item {
  double width = bend_width, weight = 1;
  double x = 0;  // position of its middle
  size_t layer = 0;
  std::vector<size_t> up{}, down{};
};

double width_of(const GraphBox& b) {
  return std::max(text_width(b.name, name_size), text_width(b.detail, detail_size)) + 18;
}

class Layers {
 public:
  explicit Layers(const TapeGraph& g) {
    for (const GraphBox& b : g.boxes) {
      const bool input = b.kind == GraphBox::Kind::leaf || b.kind == GraphBox::Kind::data;
      items.push_back({.width = width_of(b), .weight = input ? 0.02 : 1});
    }
    boxes = items.size();
    choose_layers(g);
    for (const auto& [from, to] : g.arrows) paths.push_back(add_path(from, to));
    size_t last = 0;
    for (const Item& i : items) last = std::max(last, i.layer);
    rows.resize(last + 1);
    for (size_t i = 0; i < items.size(); ++i) rows[items[i].layer].push_back(i);
    for (int sweep = 0; sweep < 24; ++sweep) order(sweep % 2 == 0);
    place();
  }

  std::vector<Item> items;                 // the boxes first
  std::vector<std::vector<size_t>> paths;  // path of each arrow, as items
  std::vector<std::vector<size_t>> rows;   // the items of each layer from left to right

 private:
  size_t boxes = 0;  // the items after these are bends
  // The longest path from an input; inputs stand right above their first user.
  void choose_layers(const TapeGraph& g) {
    for (size_t b = 0; b < items.size(); ++b)
      for (const auto& [from, to] : g.arrows)
        if (to == b) items[b].layer = std::max(items[b].layer, items[from].layer + 1);
    for (size_t b = items.size(); b-- > 0;) {
      size_t nearest = 0;
      bool input = true;
      for (const auto& [from, to] : g.arrows) {
        input = input && to != b;
        if (from != b) continue;
        nearest = nearest == 0 ? items[to].layer : std::min(nearest, items[to].layer);
      }
      if (input && nearest > 0) items[b].layer = nearest - 1;
    }
  }
  std::vector<size_t> add_path(size_t from, size_t to) {
    std::vector<size_t> path = {from};
    for (size_t layer = items[from].layer + 1; layer < items[to].layer; ++layer) {
      items.push_back({.layer = layer});
      path.push_back(items.size() - 1);
    }
    path.push_back(to);
    for (size_t i = 1; i < path.size(); ++i) {
      items[path[i - 1]].down.push_back(path[i]);
      items[path[i]].up.push_back(path[i - 1]);
    }
    return path;
  }
  double mean_of(const std::vector<size_t>& near, double otherwise) const {
    if (near.empty()) return otherwise;
    double sum = 0;
    for (size_t i : near) sum += items[i].x;
    return sum / static_cast<double>(near.size());
  }
  void order(bool downwards) {
    for (size_t k = 0; k < rows.size(); ++k) {
      std::vector<size_t>& row = rows[downwards ? k : rows.size() - 1 - k];
      std::vector<std::pair<double, size_t>> keyed;
      for (size_t i : row)
        keyed.push_back({mean_of(downwards ? items[i].up : items[i].down, items[i].x), i});
      std::stable_sort(keyed.begin(), keyed.end(),
                       [](const auto& a, const auto& b) { return a.first < b.first; });
      for (size_t i = 0; i < row.size(); ++i) {
        row[i] = keyed[i].second;
        items[row[i]].x = static_cast<double>(i);
      }
    }
  }
  double apart(size_t left, size_t right) const {
    return (items[left].width + items[right].width) / 2 + gap_x;
  }
  // The positions nearest to the desired ones, by the weighted sum of squares, among those that
  // keep the order and the distances: items that get in each other's way move as one block.
  void spread(const std::vector<size_t>& row, const std::vector<double>& wish) {
    struct Block {
      double weight, place;
      size_t count;
    };
    std::vector<Block> blocks;
    double shift = 0;  // distances are subtracted, so positions need only ascend
    std::vector<double> shifts;
    for (size_t i = 0; i < row.size(); ++i) {
      shift += i == 0 ? 0 : apart(row[i - 1], row[i]);
      shifts.push_back(shift);
      blocks.push_back({items[row[i]].weight, wish[i] - shift, 1});
      while (blocks.size() > 1 && blocks[blocks.size() - 2].place > blocks.back().place) {
        const Block last = blocks.back();
        blocks.pop_back();
        Block& b = blocks.back();
        b.place = (b.weight * b.place + last.weight * last.place) / (b.weight + last.weight);
        b.weight += last.weight;
        b.count += last.count;
      }
    }
    size_t i = 0;
    for (const Block& b : blocks)
      for (size_t k = 0; k < b.count; ++k, ++i) items[row[i]].x = b.place + shifts[i];
  }
  // Inputs follow their users and not the other way round.
  double wish_of(size_t item) const {
    double sum = 0, weights = 0;
    for (const auto* near : {&items[item].up, &items[item].down})
      for (size_t other : *near) {
        const double weight = items[other].weight * (is_bend(item) && is_bend(other) ? 4 : 1);
        sum += weight * items[other].x;
        weights += weight;
      }
    return weights > 0 ? sum / weights : items[item].x;
  }
  bool is_bend(size_t item) const { return item >= boxes; }
  void place() {
    for (const std::vector<size_t>& row : rows) {
      double x = 0;
      for (size_t i = 0; i < row.size(); ++i)
        items[row[i]].x = x += i == 0 ? 0 : apart(row[i - 1], row[i]);
    }
    for (int sweep = 0; sweep < 400; ++sweep)
      for (size_t k = 0; k < rows.size(); ++k) {
        const std::vector<size_t>& row = rows[sweep % 2 == 0 ? k : rows.size() - 1 - k];
        std::vector<double> wish;
        for (size_t i : row) wish.push_back(wish_of(i));
        spread(row, wish);
      }
  }
};

Colour fill_of(GraphBox::Kind kind) {
  switch (kind) {
    case GraphBox::Kind::leaf: return {0xfd, 0xe8, 0xc4};
    case GraphBox::Kind::data: return {0xee, 0xee, 0xee};
    case GraphBox::Kind::module: return {0xd9, 0xea, 0xd3};
    default: return {0xd6, 0xe6, 0xf5};
  }
}

constexpr Colour line_grey() { return {0x66, 0x66, 0x66}; }

void draw_arrow(Canvas& canvas, const std::vector<Point>& path) {
  canvas.lines(path, line_grey(), 1.2);
  const Point end = path.back(), before = path[path.size() - 2];
  const double length = std::hypot(end.x - before.x, end.y - before.y);
  if (!(length > 0)) return;
  const double dx = (end.x - before.x) / length, dy = (end.y - before.y) / length;
  const Point left = {end.x - 7 * dx + 3.5 * dy, end.y - 7 * dy - 3.5 * dx};
  const Point right = {end.x - 7 * dx - 3.5 * dy, end.y - 7 * dy + 3.5 * dx};
  canvas.lines({left, end, right}, line_grey(), 1.2);
}

}  // namespace

GraphLayout::GraphLayout(const TapeGraph& graph) : graph_(graph) {
  const Layers layers(graph);
  double left = INFINITY, right = -INFINITY;
  for (const Item& i : layers.items) {
    left = std::min(left, i.x - i.width / 2);
    right = std::max(right, i.x + i.width / 2);
  }
  const auto y_of = [](size_t layer) {
    return margin + title_height + static_cast<double>(layer) * (box_height + gap_y);
  };
  const auto x_of = [&](size_t item) { return layers.items[item].x - left + margin; };
  for (size_t b = 0; b < graph.boxes.size(); ++b) {
    const Item& i = layers.items[b];
    places_.push_back({x_of(b) - i.width / 2, y_of(i.layer), i.width, box_height});
  }
  for (const std::vector<size_t>& path : layers.paths) {
    std::vector<Point> points = {{x_of(path[0]), y_of(layers.items[path[0]].layer) + box_height}};
    for (size_t k = 1; k + 1 < path.size(); ++k) {
      const double y = y_of(layers.items[path[k]].layer);
      points.push_back({x_of(path[k]), y});
      points.push_back({x_of(path[k]), y + box_height});
    }
    points.push_back({x_of(path.back()), y_of(layers.items[path.back()].layer)});
    paths_.push_back(std::move(points));
  }
  size_ = {std::max(right - left, text_width(graph.title, 13)) + 2 * margin,
           y_of(layers.rows.size()) - gap_y + margin};
}

void GraphLayout::draw(Canvas& canvas) const {
  canvas.text({margin, margin + 4}, graph_.title, ink(), {.size = 13, .bold = true});
  for (const std::vector<Point>& path : paths_) draw_arrow(canvas, path);
  for (size_t i = 0; i < places_.size(); ++i) {
    const GraphBox& b = graph_.boxes[i];
    const Box& at = places_[i];
    const Colour fill = fill_of(b.kind), words = readable_on(fill);
    const double middle = at.x + at.width / 2;
    canvas.rectangle(at, fill);
    const double y = at.y + (b.detail.empty() ? box_height / 2 : 13);
    canvas.text({middle, y}, b.name, words,
                {.size = name_size, .anchor = Anchor::middle, .bold = true});
    canvas.text({middle, at.y + 28}, b.detail, words,
                {.size = detail_size, .anchor = Anchor::middle});
  }
}

}  // namespace gradus::tools
