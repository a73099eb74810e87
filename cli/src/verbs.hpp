#pragma once

#include "console.hpp"
#include "requests.hpp"

namespace foldline::inline v0::cli {

/// Does what a request asks for, and returns the exit code. Throws what foldline throws.
int run(const stats_request& request, const console& to);
int run(const streams_request& request, const console& to);
int run(const events_request& request, const console& to);
int run(const tail_request& request, const console& to);
int run(const show_request& request, const console& to);
int run(const search_request& request, const console& to);
int run(const trace_request& request, const console& to);
int run(const verify_request& request, const console& to);
int run(const backup_request& request, const console& to);
int run(const restore_request& request, const console& to);
int run(const compact_request& request, const console& to);
int run(const doctor_request& request, const console& to);
int run(const stored_projections_request& request, const console& to);
int run(const stored_letters_request& request, const console& to);
/// With the projections of `to.self`.
int run(const projection_request& request, const console& to);

}  // namespace foldline::inline v0::cli
