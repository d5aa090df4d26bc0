// SPDX-License-Identifier: MIT
// Schedules.
#include "gradus/optim/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "optim/check.h"

namespace gradus {
namespace {

double number(int64_t n) { return static_cast<double>(n); }
double between(double from, double to, double part, bool linear) {
  if (linear) return from + (to - from) * part;
  return to + (from - to) / 2 * (1 + std::cos(std::numbers::pi * part));
}

}  // namespace

Schedule constant_lr() {
  return [](int64_t, double base) { return base; };
}

Schedule constant_lr(double factor, int64_t total_iters) {
  check_setting("constant_lr", "factor", factor);
  check_setting("constant_lr", "total_iters", number(total_iters));
  return [=](int64_t step, double base) {
    return step < total_iters || total_iters == 0 ? base * factor : base;
  };
}

Schedule step_lr(int64_t step_size, double gamma) {
  check_setting("step_lr", "step_size", number(step_size), 1);
  check_setting("step_lr", "gamma", gamma);
  return
      [=](int64_t step, double base) { return base * std::pow(gamma, number(step / step_size)); };
}

Schedule multi_step_lr(std::vector<int64_t> milestones, double gamma) {
  check_setting("multi_step_lr", "gamma", gamma);
  std::erase_if(milestones, [](int64_t m) { return m < 0; });  // no step reaches them
  std::sort(milestones.begin(), milestones.end());
  return [milestones = std::move(milestones), gamma](int64_t step, double base) {
    const auto passed = std::upper_bound(milestones.begin(), milestones.end(), step);
    return base * std::pow(gamma, number(passed - milestones.begin()));
  };
}

Schedule exponential_lr(double gamma) {
  check_setting("exponential_lr", "gamma", gamma);
  return [=](int64_t step, double base) { return base * std::pow(gamma, number(step)); };
}

Schedule cosine_annealing_lr(int64_t t_max, double eta_min) {
  check_setting("cosine_annealing_lr", "t_max", number(t_max), 1);
  check_setting("cosine_annealing_lr", "eta_min", eta_min);
  return [=](int64_t step, double base) {
    return between(base, eta_min, number(step) / number(t_max), false);
  };
}

Schedule cosine_annealing_warm_restarts(int64_t t_0, int64_t t_mult, double eta_min) {
  check_setting("cosine_annealing_warm_restarts", "t_0", number(t_0), 1);
  check_setting("cosine_annealing_warm_restarts", "t_mult", number(t_mult), 1);
  check_setting("cosine_annealing_warm_restarts", "eta_min", eta_min);
  return [=](int64_t step, double base) {
    int64_t at = step, period = t_0;
    if (t_mult == 1) at %= t_0;
    for (; at >= period; period *= t_mult) at -= period;
    return between(base, eta_min, number(at) / number(period), false);
  };
}

Schedule polynomial_lr(int64_t total_iters, double power) {
  check_setting("polynomial_lr", "total_iters", number(total_iters));
  check_setting("polynomial_lr", "power", power);
  if (total_iters == 0) return constant_lr();
  return [=](int64_t step, double base) {
    return base * std::pow(1 - number(std::min(step, total_iters)) / number(total_iters), power);
  };
}

Schedule linear_lr(double start_factor, double end_factor, int64_t total_iters) {
  check_setting("linear_lr", "start_factor", start_factor);
  check_setting("linear_lr", "end_factor", end_factor);
  check_setting("linear_lr", "total_iters", number(total_iters));
  if (total_iters == 0) return constant_lr(start_factor, 0);
  return [=](int64_t step, double base) {
    const double part = number(std::min(step, total_iters)) / number(total_iters);
    return base * between(start_factor, end_factor, part, true);
  };
}

Schedule noam_lr(int64_t d_model, int64_t warmup) {
  check_setting("noam_lr", "d_model", number(d_model), 1);
  check_setting("noam_lr", "warmup", number(warmup), 1);
  return [=](int64_t step, double base) {
    const double n = number(step + 1);
    return base / std::sqrt(number(d_model)) *
           std::min(1 / std::sqrt(n), n * std::pow(number(warmup), -1.5));
  };
}

Schedule warmup_lr(int64_t warmup, Schedule then) {
  check_setting("warmup_lr", "warmup", number(warmup));
  return [=](int64_t step, double base) {
    return step < warmup ? base * number(step + 1) / number(warmup) : then(step - warmup, base);
  };
}

namespace {

// The number of steps after the warm-up.
int64_t falling_steps(const char* op, int64_t warmup, int64_t total_steps) {
  check_setting(op, "warmup", number(warmup));
  check_setting(op, "total_steps", number(total_steps));
  return std::max<int64_t>(total_steps - warmup, 1);
}

}  // namespace

Schedule cosine_with_warmup_lr(int64_t warmup, int64_t total_steps) {
  const int64_t fall = falling_steps("cosine_with_warmup_lr", warmup, total_steps);
  // A cosine would rise again after the last step.
  return warmup_lr(warmup, [fall, cosine = cosine_annealing_lr(fall)](int64_t step, double base) {
    return cosine(std::min(step, fall), base);
  });
}

Schedule linear_with_warmup_lr(int64_t warmup, int64_t total_steps) {
  const int64_t fall = falling_steps("linear_with_warmup_lr", warmup, total_steps);
  return warmup_lr(warmup, linear_lr(1, 0, fall));
}

Schedule inverse_sqrt_lr(int64_t warmup) {
  check_setting("inverse_sqrt_lr", "warmup", number(warmup), 1);
  return [noam = noam_lr(1, warmup), root = std::sqrt(number(warmup))](int64_t step, double base) {
    return noam(step, base * root);
  };
}

Schedule one_cycle_lr(OneCycleOptions o) {
  check_setting("one_cycle_lr", "total_steps", number(o.total_steps), 1);
  check_setting("one_cycle_lr", "pct_start", o.pct_start, 0, std::nextafter(1.0, 2.0));
  check_setting("one_cycle_lr", "div_factor", o.div_factor, 1);
  check_setting("one_cycle_lr", "final_div_factor", o.final_div_factor, 1);
  return [=](int64_t step, double base) {
    const double first = base / o.div_factor, last = first / o.final_div_factor;
    const double total = number(o.total_steps), at = std::min(number(step), total - 1);
    const double top = o.pct_start * total - 1;  // the step with the highest rate
    const double low = 2 * o.pct_start * total - 2;
    if (at <= top) return between(first, base, top > 0 ? at / top : 1, o.linear);
    if (!o.three_phase) return between(base, last, (at - top) / (total - 1 - top), o.linear);
    if (at <= low) return between(base, first, (at - top) / (low - top), o.linear);
    return between(first, last, (at - low) / (total - 1 - low), o.linear);
  };
}

}  // namespace gradus
