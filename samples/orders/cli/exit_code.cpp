#include "cli/exit_code.hpp"

#include "import/input_error.hpp"
#include "text/printable.hpp"

#include <foldline/core/error.hpp>

#include <fmt/core.h>

#include <cstdio>

namespace shop {
namespace {

template <class... Kinds>
bool is_one_of(const std::exception& error) {
    return ((dynamic_cast<const Kinds*>(&error) != nullptr) || ...);
}

/// A check that finds several things wrong writes a line for each.
std::string printable_lines(std::string_view text) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) return printable(text);
    return printable(text.substr(0, end)) + "\n" + printable_lines(text.substr(end + 1));
}

int code_of(const std::exception& error) {
    if (is_one_of<foldline::invalid_name>(error)) return exit_code::wrong_usage;
    if (is_one_of<foldline::store_not_found, input_not_found>(error)) return exit_code::not_found;
    if (is_one_of<foldline::incompatible_store, foldline::definition_error, foldline::event_failure>(error))
        return exit_code::incompatible;
    if (is_one_of<foldline::corrupt_data>(error)) return exit_code::damaged;
    if (is_one_of<foldline::store_in_use>(error)) return exit_code::in_use;
    if (is_one_of<interrupted>(error)) return exit_code::interrupted;
    return exit_code::failed;
}

}  // namespace

int fail(int code, std::string_view what) {
    // What was printed so far comes first, also where both go to one file.
    std::fflush(stdout);
    fmt::print(stderr, "orders: {}\n", printable_lines(what));
    return code;
}

int fail(const std::exception& error) { return fail(code_of(error), error.what()); }

}  // namespace shop
