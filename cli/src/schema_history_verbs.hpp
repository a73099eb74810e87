#pragma once

#include "console.hpp"
#include "schema_history_requests.hpp"

namespace foldline::inline v0::cli {

/// As the verbs in verbs.hpp.
int run(const schema_check_request& request, const console& to);
int run(const schema_history_request& request, const console& to);
int run(const schema_accept_request& request, const console& to);

}  // namespace foldline::inline v0::cli
