#pragma once

#include "console.hpp"
#include "projection_report.hpp"
#include "requests.hpp"

#include <cstdio>
#include <vector>

namespace foldline::inline v0::cli {

/// A row for each partition; or an object for each projection.
void print(const std::vector<projection_report>& all, format shape, std::FILE* out);

/// Says on stderr what is not as it should be, and returns `failed`; `ok` where all is well.
int answer_check(const std::vector<std::string>& complaints, const console& to);

}  // namespace foldline::inline v0::cli
