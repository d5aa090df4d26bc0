// SPDX-License-Identifier: MIT
// Streams of random numbers: one per purpose, so that two purposes never draw the same numbers.
// Generator(seed, stream) starts one; the low 32 bits are free for an epoch or a fold.
#pragma once
#include <cstdint>

namespace gradus::stream {

inline constexpr uint64_t churn_data = 0xC4Bull << 32;         // made-up customers
inline constexpr uint64_t classify_order = 0xC1Aull << 32;     // order of series in an epoch
inline constexpr uint64_t classify_valid = 0xC1Bull << 32;     // series held out by --valid
inline constexpr uint64_t classify_trial = 0xC1Cull << 32;     // series held out by a trial
inline constexpr uint64_t classify_fold = 0xC1Eull << 32;      // folds
inline constexpr uint64_t compare_part = 0xC1Dull << 32;       // compare longitudinal: a part
inline constexpr uint64_t compare_split = 0xC1Full << 32;      // compare longitudinal: test series
inline constexpr uint64_t forecast_order = 0xF0Cull << 32;     // order of windows in an epoch
inline constexpr uint64_t forecast_valid = 0xF0Bull << 32;     // series held out by --valid
inline constexpr uint64_t regress_order = 0x2E0ull << 32;      // order of series in an epoch
inline constexpr uint64_t regress_valid = 0x2E1ull << 32;      // series held out by --valid
inline constexpr uint64_t regress_fold = 0x2E2ull << 32;       // folds and trials
inline constexpr uint64_t sequence_held_out = 0xC09ull << 32;  // test sequences
inline constexpr uint64_t sequence_epoch = 0xC0Aull << 32;     // training sequences of an epoch
inline constexpr uint64_t language_split = 0x1A0ull << 32;     // held-out lines
inline constexpr uint64_t language_window = 0x1A1ull << 32;    // windows or lines of an epoch
inline constexpr uint64_t language_sample = 0x1A2ull << 32;    // samples shown in training
inline constexpr uint64_t masked_window = 0x3A0ull << 32;      // windows or lines of an epoch
inline constexpr uint64_t masked_place = 0x3A1ull << 32;       // masked tokens in training
inline constexpr uint64_t masked_held_out = 0x3A2ull << 32;    // masked tokens of held-out text
inline constexpr uint64_t text_valid = 0x7C0ull << 32;         // texts held out by --valid
inline constexpr uint64_t text_order = 0x7C1ull << 32;         // order of texts in an epoch
inline constexpr uint64_t translation_order = 0x7A2ull << 32;  // order of pairs in an epoch
inline constexpr uint64_t translation_held_out = 0x7A3ull << 32;  // pairs held out by --valid

namespace detail {

inline constexpr uint64_t all[] = {
    churn_data,           classify_order,  classify_valid,  classify_trial,  classify_fold,
    compare_part,         compare_split,   forecast_order,  forecast_valid,  sequence_held_out,
    sequence_epoch,       language_split,  language_window, language_sample, masked_window,
    masked_place,         masked_held_out, text_valid,      text_order,      translation_order,
    translation_held_out, regress_order,   regress_valid,   regress_fold};

constexpr bool distinct() {
  for (const uint64_t& a : all)
    for (const uint64_t& b : all)
      if (&a != &b && a == b) return false;
  return true;
}
static_assert(distinct(), "two purposes share a stream of random numbers");

}  // namespace detail
}  // namespace gradus::stream
