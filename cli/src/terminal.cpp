#include <foldline/cli/terminal.hpp>

#include <cstdlib>
#include <string_view>

#include <unistd.h>

namespace foldline::inline v0::cli {
namespace {

std::string_view variable(const char* name) {
    const char* value = std::getenv(name);
    return value ? value : std::string_view{};
}

}  // namespace

bool is_terminal(std::FILE* stream) {
    const std::string_view kind = variable("TERM");
    // A stream in memory has the descriptor -1, which is no terminal.
    return !kind.empty() && kind != "dumb" && isatty(fileno(stream)) != 0;
}

bool wants_colour(std::FILE* stream) {
    if (!variable("NO_COLOR").empty()) return false;
    const std::string_view forced = variable("CLICOLOR_FORCE");
    return (!forced.empty() && forced != "0") || is_terminal(stream);
}

}  // namespace foldline::inline v0::cli
