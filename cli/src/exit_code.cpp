#include <foldline/cli/exit_code.hpp>

#include <foldline/cli/printable.hpp>
#include <foldline/core/error.hpp>

#include <fmt/core.h>

#include <string>

namespace foldline::inline v0::cli {
namespace {

template <class... Kinds>
bool is_one_of(const std::exception& error) {
    return ((dynamic_cast<const Kinds*>(&error) != nullptr) || ...);
}

/// A message that repeats what somebody gave it may be any length.
constexpr std::size_t longest_message = 8'000;

/// A check that finds several things wrong writes a line for each.
std::string printable_lines(std::string_view text) {
    std::string lines;
    for (auto end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
        lines += printable(text.substr(0, end)) + "\n";
        text.remove_prefix(end + 1);
    }
    return lines + printable(text);
}

}  // namespace

int code_of(const std::exception& error) {
    if (is_one_of<invalid_name>(error)) return exit_code::wrong_usage;
    if (is_one_of<store_not_found, unknown_name>(error)) return exit_code::not_found;
    if (is_one_of<incompatible_store, definition_error, event_failure>(error)) return exit_code::incompatible;
    if (is_one_of<corrupt_data>(error)) return exit_code::damaged;
    if (is_one_of<store_in_use>(error)) return exit_code::in_use;
    if (is_one_of<interrupted>(error)) return exit_code::interrupted;
    return exit_code::failed;
}

int fail(std::string_view program, int code, std::string_view what, std::FILE* to) {
    // What was printed so far comes first, also where both go to one file.
    std::fflush(nullptr);
    fmt::print(to, "{}: {}\n", printable(program), printable_lines(shortened(what, longest_message)));
    return code;
}

int with_output_written(std::string_view program, int code, std::FILE* out, std::FILE* err) {
    if (std::fflush(out) == 0 && !std::ferror(out)) return code;
    return fail(program, exit_code::failed, "the output could not be written", err);
}

}  // namespace foldline::inline v0::cli
