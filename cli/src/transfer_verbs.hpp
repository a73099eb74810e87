#pragma once

#include "console.hpp"
#include "transfer_requests.hpp"

namespace foldline::inline v0::cli {

/// As the verbs in verbs.hpp.
int run(const export_request& request, const console& to);
int run(const import_request& request, const console& to);
int run(const copy_request& request, const console& to);
int run(const diff_request& request, const console& to);

}  // namespace foldline::inline v0::cli
