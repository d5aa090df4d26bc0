// SPDX-License-Identifier: MIT
// Schedules: the learning rate as a function of the optimiser step 0, 1, 2, ..., so only the step
// needs to be saved. Rates equal those of torch.optim.lr_scheduler.
//   optimizer.set_lr(schedule, step);
// All throw std::invalid_argument for settings that are not finite or out of range.
// Next: io/file.h
#pragma once
#include "gradus/optim/optimizer.h"

namespace gradus {

/// Always base.
Schedule constant_lr();
/// base * factor for total_iters steps, then base. With total_iters 0 it is base * factor forever,
/// as in torch, whose step count never reaches total_iters in that case.
Schedule constant_lr(double factor, int64_t total_iters);
/// base * gamma^floor(step / step_size).
Schedule step_lr(int64_t step_size, double gamma = 0.1);
/// base * gamma^n, n the number of milestones up to the step; a repeated milestone counts twice.
Schedule multi_step_lr(std::vector<int64_t> milestones, double gamma = 0.1);
/// base * gamma^step.
Schedule exponential_lr(double gamma);
/// eta_min + (base - eta_min) (1 + cos(pi step / t_max)) / 2.  Source: Loshchilov, Hutter 2017.
Schedule cosine_annealing_lr(int64_t t_max, double eta_min = 0);
/// The same, restarted after t_0 steps, then after a further t_0 t_mult, t_0 t_mult^2, ... steps.
Schedule cosine_annealing_warm_restarts(int64_t t_0, int64_t t_mult = 1, double eta_min = 0);
/// base * (1 - step / total_iters)^power, 0 from total_iters on; always base if total_iters is 0.
Schedule polynomial_lr(int64_t total_iters = 5, double power = 1);
/// base times a factor that goes linearly from start to end in total_iters steps and stays there;
/// if total_iters is 0 it stays at the start.
Schedule linear_lr(double start_factor = 1.0 / 3, double end_factor = 1, int64_t total_iters = 5);
/// base * d_model^-0.5 * min(n^-0.5, n warmup^-1.5) with n = step + 1.
/// Source: Vaswani et al. 2017, equation 3.
Schedule noam_lr(int64_t d_model, int64_t warmup);
/// Rises linearly from base / warmup to base in `warmup` steps, then follows `then`, whose steps
/// count from 0.
Schedule warmup_lr(int64_t warmup, Schedule then);
/// warmup_lr(), then along half a cosine to 0, which step total_steps reaches; 0 after it.
Schedule cosine_with_warmup_lr(int64_t warmup, int64_t total_steps);
/// warmup_lr(), then along a straight line to 0, which step total_steps reaches.
Schedule linear_with_warmup_lr(int64_t warmup, int64_t total_steps);
/// base * min(n / warmup, sqrt(warmup / n)) with n = step + 1: noam_lr() scaled so that its peak,
/// at the end of the warm-up, is base.
Schedule inverse_sqrt_lr(int64_t warmup);

struct OneCycleOptions {
  int64_t total_steps = 0;
  double pct_start = 0.3;  // fraction of the steps spent rising
  bool linear = false;     // straight lines instead of half cosines
  double div_factor = 25, final_div_factor = 1e4;
  bool three_phase = false;  // a fall that mirrors the rise, before the final one
};
/// From base / div_factor up to base, then down to base / (div_factor final_div_factor).
/// The rates of steps 0 to total_steps - 1 are torch's. From step total_steps on the last rate is
/// kept. torch extrapolates its last curve at that step, so its rate rises again, or falls below 0
/// with `linear`, and raises an error at the step after.
/// Source: Smith, Topin 2018.
Schedule one_cycle_lr(OneCycleOptions options);

}  // namespace gradus
