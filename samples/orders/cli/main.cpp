#include "cli/command_line.hpp"
#include "cli/fail.hpp"
#include "cli/verbs.hpp"

#include <google/protobuf/stubs/logging.h>

#include <exception>

int main(int argc, char** argv) {
    // Protobuf writes a line of its own wherever a string is not UTF-8; what matters of it, we say.
    google::protobuf::SetLogHandler(nullptr);
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
