#pragma once

#include <foldline/cli/application.hpp>
#include <foldline/cli/exit_code.hpp>

#include <cstdio>
#include <string_view>

namespace foldline::inline v0::cli {

/// In whose name a verb speaks, and where.
///
/// value, of borrowed parts.
struct console {
    const application& self;
    std::FILE* out;
    std::FILE* err;

    /// Says why on stderr, and returns `code`.
    int fail(int code, std::string_view why) const { return cli::fail(self.name, code, why, err); }
};

}  // namespace foldline::inline v0::cli
