#include "cli/command_line.hpp"
#include "cli/exit_code.hpp"
#include "cli/verbs.hpp"

#include <cstdio>
#include <exception>

namespace {

/// A full disk shows only now.
int with_output_written(int code) {
    if (std::fflush(stdout) == 0 && !std::ferror(stdout)) return code;
    return shop::fail(shop::exit_code::failed, "the output could not be written");
}

}  // namespace

int main(int argc, char** argv) {
    try {
        const auto asked = shop::read_command_line(argc, argv);
        if (const int* answered = std::get_if<int>(&asked)) return with_output_written(*answered);
        return with_output_written(
            std::visit([](const auto& request) { return shop::run(request); }, std::get<shop::any_request>(asked)));
    } catch (const std::exception& error) {
        return shop::fail(error);
    }
}
