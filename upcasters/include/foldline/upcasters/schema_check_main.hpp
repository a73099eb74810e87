#pragma once

#include <foldline/upcasters/upcaster_chain.hpp>

#include <cstdio>
#include <functional>

namespace foldline::inline v0 {

/// The `main` of the program by which `foldline_schema_history()` of CMake looks at a schema history during a build:
///
///     PROGRAM check|accept HISTORY DESCRIPTORS [--mode MODE] [--level LEVEL] [--allow RULE]... [--strict]
///
/// `chain` gives the program's upcasters and may throw what `upcaster_chain` throws; without it only messages are looked
/// at. Tells `out` what is wrong and what to do about it, and returns 1 then; 2 for wrong arguments. With `--strict` a
/// schema that is not recorded is wrong too. `accept` records what the check lets through.
int schema_check_main(int argc, const char* const* argv, const std::function<upcaster_chain()>& chain = {},
                      std::FILE* out = stderr);

}  // namespace foldline::inline v0
