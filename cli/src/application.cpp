#include <foldline/cli/application.hpp>

#include "command_line.hpp"
#include "verbs.hpp"

#include <exception>
#include <variant>

namespace foldline::inline v0::cli {
namespace {

int answer(int argc, const char* const* argv, const console& to) {
    const auto asked = read_command_line(argc, argv, to);
    if (const int* answered = std::get_if<int>(&asked)) return *answered;
    return std::get<asked_work>(asked)(to);
}

}  // namespace

int run(int argc, const char* const* argv, const application& self, const output& to) {
    const console speaking{self, to.data, to.notes};
    try {
        return with_output_written(self.name, answer(argc, argv, speaking), to.data, to.notes);
    } catch (const std::exception& error) {
        return speaking.fail(code_of(error), error.what());
    }
}

}  // namespace foldline::inline v0::cli
