// SPDX-License-Identifier: MIT
// One array in NumPy's format, for npz: its header and its bytes.
#pragma once
#include <string>
#include <string_view>

#include "gradus/io/listing.h"
#include "gradus/io/npz.h"

namespace gradus::npy {

/// An array ready to be written: the header and the elements; `kept` owns them if they are not the
/// tensor's. `op` and `name` are for messages.
struct Written {
  Written(const Tensor& x, FloatForm floats, const char* op, const std::string& name);
  std::string head;
  std::string_view data() const;

 private:
  Tensor tensor_;
  std::string halves_;
};

/// Reads an array's header; the elements may have any dtype. `name` is for messages.
StoredTensor listed(std::string_view bytes, const std::string& name);

}  // namespace gradus::npy
