#pragma once

#include "cli/requests.hpp"

namespace shop {

/// Does what a request asks for: prints data on stdout and reasons on stderr, and returns the exit code.
int run(const import_request& request);
int run(const place_request& request);
int run(const pay_request& request);
int run(const ship_request& request);
int run(const cancel_request& request);
int run(const show_request& request);
int run(const history_request& request);
int run(const report_request& request);
int run(const top_request& request);
int run(const foldline::cli::projection_request& request);

}  // namespace shop
