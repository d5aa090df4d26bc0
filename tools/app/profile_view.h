// SPDX-License-Identifier: MIT
// A profile as tables and as a bar chart.
#pragma once
#include <string>

#include "gradus/train/profile.h"
#include "tools/draw/chart.h"
#include "tools/draw/table.h"

namespace gradus::tools {

/// Throws UsageError unless the file of --profile is "", FILE.csv, FILE.svg or FILE.png.
void check_profile_file(const std::string& path);

/// Both tables and the chart on stderr; the table of ops in a CSV file, or the chart as a picture.
void show_profile(const Profile& profile, const std::string& path = "");

/// "phase, seconds, share, peak MB", and one line for all of them.
Table phase_table(const Profile& profile);
/// By step: "op, calls, forward ms, backward ms, %, kept MB", and what passes between ops.
Table op_table(const Profile& profile);
/// Milliseconds per step of the most expensive ops, forward and backward.
BarChart op_chart(const Profile& profile);

}  // namespace gradus::tools
