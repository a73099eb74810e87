#include "import/rejected_rows.hpp"

#include "import/input_error.hpp"

#include <fmt/core.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

namespace shop {
namespace {

std::string as_field(std::string_view content) {
    std::string text = "\"";
    for (const char c : content) text.append(c == '"' ? 2 : 1, c);
    return text + '"';
}

[[noreturn]] void fail(const std::filesystem::path& file, int error) {
    throw input_error(
        fmt::format("cannot write {}: {}; rejected rows go beside the input, so copy that to a folder where "
                    "you may write",
                    file.string(), std::generic_category().message(error)));
}

}  // namespace

rejected_rows::rejected_rows(std::filesystem::path input) : input_(std::move(input)) {}

rejected_rows::~rejected_rows() {
    if (!handle_) return;
    handle_.reset();
    std::error_code ignored;
    std::filesystem::remove(unfinished_file(), ignored);
}

std::filesystem::path rejected_rows::file() const { return input_.string() + ".rejected.csv"; }
std::filesystem::path rejected_rows::unfinished_file() const { return file().string() + ".unfinished"; }

void rejected_rows::add(const csv_record& row, std::string_view reason) {
    if (!handle_) open();
    write(
        fmt::format("{},{},{},{}\n", as_field(input_.string()), row.place.line, as_field(reason), as_field(row.text)));
    ++count_;
}

void rejected_rows::open() {
    handle_.reset(std::fopen(unfinished_file().c_str(), "wb"));
    if (!handle_) fail(unfinished_file(), errno);
    write("file,line,reason,row\n");
}

void rejected_rows::write(std::string_view text) {
    if (std::fwrite(text.data(), 1, text.size(), handle_.get()) != text.size()) fail(unfinished_file(), errno);
}

void rejected_rows::finish() {
    if (!handle_) return;
    if (std::fclose(handle_.release()) != 0) fail(unfinished_file(), errno);
    std::error_code error;
    std::filesystem::rename(unfinished_file(), file(), error);
    if (error) fail(file(), error.value());
}

}  // namespace shop
