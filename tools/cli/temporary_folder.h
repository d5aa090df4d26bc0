// SPDX-License-Identifier: MIT
// A temporary folder.
#pragma once
#include <cstdlib>
#include <filesystem>
#include <string>

#include "gradus/base/error.h"

namespace gradus::tools {

/// A new folder, in $TMPDIR if that is set; deleted with the object.
struct TemporaryFolder {
  std::string path = (std::filesystem::temp_directory_path() / "gradus-XXXXXX").string();
  TemporaryFolder() {
    if (!mkdtemp(path.data())) file_error({path, ": the temporary folder cannot be made"});
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
};

}  // namespace gradus::tools
