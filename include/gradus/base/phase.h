// SPDX-License-Identifier: MIT
// Long work tells how far it is; who wants to show that sets a listener. Without one a phase costs
// nothing and prints nothing.
// Next: base/random.h
#pragma once
#include <cstdint>
#include <span>
#include <string>

namespace gradus {

/// A stretch of work that may take long: "reading train.csv", 3 of 10 parts done. Phases nest: the
/// folds of a cross-validation hold trainings, which hold evaluations.
class Phase {
 public:
  /// Told whenever a phase of the thread that set it opens, moves or closes.
  struct Listener {
    virtual ~Listener() = default;
    /// The open phases, the outermost first; none when the last one has closed. What it throws
    /// leaves at() and the constructor, so that a listener can end the work.
    virtual void changed(std::span<const Phase* const> open) = 0;
  };
  /// Sets this thread's listener, or none, and returns the one before.
  static Listener* listen(Listener* next);

  /// `total` is the number of parts; 0 where it is not known.
  explicit Phase(std::string what, int64_t total = 0);
  ~Phase();
  Phase(const Phase&) = delete;
  Phase& operator=(const Phase&) = delete;

  /// So many parts are done. Cheap enough for every batch, and for every few thousand rows.
  void at(int64_t done);
  /// One more part is done.
  void next() { at(done_ + 1); }

  const std::string& what() const { return what_; }
  int64_t done() const { return done_; }
  int64_t total() const { return total_; }

 private:
  std::string what_;
  int64_t done_ = 0, total_;
};

}  // namespace gradus
