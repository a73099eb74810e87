#include "cli/command_line.hpp"
#include "cli/fail.hpp"
#include "cli/verbs.hpp"

#include <exception>

int main(int argc, char** argv) {
    try {
        const auto asked = shop::read_command_line(argc, argv);
        if (const int* answered = std::get_if<int>(&asked))
            return foldline::cli::with_output_written("orders", *answered);
        return foldline::cli::with_output_written(
            "orders",
            std::visit([](const auto& request) { return shop::run(request); }, std::get<shop::any_request>(asked)));
    } catch (const std::exception& error) {
        return shop::fail(error);
    }
}
