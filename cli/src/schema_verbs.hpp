#pragma once

#include "console.hpp"
#include "schema_requests.hpp"

namespace foldline::inline v0::cli {

/// As the verbs in verbs.hpp.
int run(const schema_list_request& request, const console& to);
int run(const schema_show_request& request, const console& to);
int run(const schema_diff_request& request, const console& to);
int run(const schema_export_request& request, const console& to);

}  // namespace foldline::inline v0::cli
