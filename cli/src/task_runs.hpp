#pragma once

#include "console.hpp"
#include "projection_requests.hpp"

namespace foldline::inline v0::cli {

/// Does what a request asks for, and returns the exit code. Throws what foldline throws.
int run(const follow_request& request, const open_projections& open, const console& to);
int run(const status_request& request, const open_projections& open, const console& to);
int run(const rebuild_request& request, const open_projections& open, const console& to);
int run(const pause_request& request, const open_projections& open, const console& to);
int run(const reset_request& request, const open_projections& open, const console& to);
int run(const remove_request& request, const open_projections& open, const console& to);
int run(const split_request& request, const open_projections& open, const console& to);
int run(const merge_request& request, const open_projections& open, const console& to);
int run(const letter_count_request& request, const open_projections& open, const console& to);
int run(const letter_list_request& request, const open_projections& open, const console& to);
int run(const letter_show_request& request, const open_projections& open, const console& to);
int run(const letter_explain_request& request, const open_projections& open, const console& to);
int run(const letter_retry_request& request, const open_projections& open, const console& to);
int run(const letter_drop_request& request, const open_projections& open, const console& to);
int run(const letter_dropped_request& request, const open_projections& open, const console& to);

}  // namespace foldline::inline v0::cli
