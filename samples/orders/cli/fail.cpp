#include "cli/fail.hpp"

#include "import/input_error.hpp"

namespace shop {

int fail(int code, std::string_view what) { return foldline::cli::fail("orders", code, what); }

int fail(const std::exception& error) {
    const bool is_missing = dynamic_cast<const input_not_found*>(&error) != nullptr;
    return fail(is_missing ? exit_code::not_found : foldline::cli::code_of(error), error.what());
}

void note(std::string_view what) { static_cast<void>(fail(exit_code::ok, what)); }

}  // namespace shop
