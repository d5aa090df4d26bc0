// SPDX-License-Identifier: MIT
// Progress of long-running work: code opens phases, and a listener may display them. Without a
// listener a phase costs nothing and prints nothing.
// Next: base/random.h
#pragma once
#include <cstdint>
#include <span>
#include <string>

namespace gradus {

/// A piece of work that may take long: "reading train.csv", 3 of 10 parts done. Phases nest: the
/// folds of a cross-validation contain training runs, which contain evaluations.
class Phase {
 public:
  /// Notified whenever a phase of the thread that set it opens, advances or closes.
  struct Listener {
    virtual ~Listener() = default;
    /// `open` lists the open phases, outermost first; it is empty after the last one has closed.
    /// Exceptions propagate through at() and the constructor, so a listener can abort the work.
    virtual void changed(std::span<const Phase* const> open) = 0;
  };
  /// Sets or removes (nullptr) this thread's listener and returns the previous one.
  static Listener* listen(Listener* next);

  /// `total` is the number of parts; 0 if unknown.
  explicit Phase(std::string what, int64_t total = 0);
  ~Phase();
  Phase(const Phase&) = delete;
  Phase& operator=(const Phase&) = delete;

  /// Sets the number of finished parts. Cheap enough to call once a batch or every few thousand
  /// rows.
  void at(int64_t done);
  /// Counts one more finished part.
  void next() { at(done_ + 1); }

  const std::string& what() const { return what_; }
  int64_t done() const { return done_; }
  int64_t total() const { return total_; }

 private:
  std::string what_;
  int64_t done_ = 0, total_;
};

}  // namespace gradus
