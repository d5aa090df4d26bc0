// SPDX-License-Identifier: MIT
// The subcommands, each in its own file, in the order of the help.
#pragma once
#include "tools/cli/cli.h"

namespace gradus::tools {

Command demo_command();
Command lab_command();
Command mask_command();
Command exercise_command();
Command train_command();
Command config_command();
Command eval_command();
Command predict_command();
Command generate_command();
Command fill_command();
Command translate_command();
Command import_command();
Command export_command();
Command embed_command();
Command similar_command();
Command report_command();
Command info_command();
Command attention_command();
Command explain_command();
Command doctor_command();
Command graph_command();
Command step_command();
Command compare_command();
Command data_command();
Command leakcheck_command();
Command replay_command();
Command gradcheck_command();
Command parity_command();
Command bench_command();
Command completion_command();
Command manual_command();

inline constexpr Command (*all_commands[])() = {
    // clang-format off
    demo_command,
    lab_command,
    mask_command,
    exercise_command,
    train_command,
    config_command,
    eval_command,
    predict_command,
    generate_command,
    fill_command,
    translate_command,
    import_command,
    export_command,
    embed_command,
    similar_command,
    report_command,
    info_command,
    attention_command,
    explain_command,
    doctor_command,
    graph_command,
    step_command,
    compare_command,
    data_command,
    leakcheck_command,
    replay_command,
    gradcheck_command,
    parity_command,
    bench_command,
    completion_command,
    manual_command,
    // clang-format on
};

}  // namespace gradus::tools
