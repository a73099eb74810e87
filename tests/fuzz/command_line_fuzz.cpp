// Any words behind `foldline`: the program ends with a code that it has promised, throws nothing, and prints nothing that
// steers a terminal unless it was asked for the raw bytes. `tail` waits for its user, so it is left out.

#include "require.hpp"
#include "store_image.hpp"

#include <foldline/cli/application.hpp>
#include <foldline/cli/exit_code.hpp>

#include <fuzzer/FuzzedDataProvider.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace {

using foldline_fuzz::require;

constexpr std::array known_words{"stats",
                                 "streams",
                                 "events",
                                 "verify",
                                 "backup",
                                 "restore",
                                 "compact",
                                 "doctor",
                                 "completion",
                                 "s.db",
                                 "none.db",
                                 "copy.db",
                                 "thing-0",
                                 "other-1",
                                 "thing",
                                 "thing-done",
                                 "other-done@2",
                                 "--format",
                                 "json",
                                 "ndjson",
                                 "text",
                                 "--limit",
                                 "--after",
                                 "--before",
                                 "--type",
                                 "--stream",
                                 "--category",
                                 "--sort",
                                 "name",
                                 "recent",
                                 "--backward",
                                 "--correlation",
                                 "--unmasked",
                                 "--raw",
                                 "--most",
                                 "--version",
                                 "--help",
                                 "-h",
                                 "--",
                                 "bash",
                                 "zsh",
                                 "-1",
                                 "0",
                                 "3",
                                 "99999999999999999999"};

/// What a run wrote to one of its streams.
class captured {
public:
    captured() : file_(::open_memstream(&bytes_, &size_)) {}
    captured(const captured&) = delete;
    captured& operator=(const captured&) = delete;
    ~captured() {
        std::fclose(file_);
        std::free(bytes_);  // NOLINT(cppcoreguidelines-no-malloc): it is what open_memstream gave
    }

    [[nodiscard]] std::FILE* file() { return file_; }
    [[nodiscard]] std::string_view text() {
        std::fflush(file_);
        return {bytes_, size_};
    }

private:
    char* bytes_ = nullptr;
    std::size_t size_ = 0;
    std::FILE* file_;
};

/// Control characters of one byte but line ends and tabs, and those of two, which UTF-8 writes as C2 80 to C2 9F.
bool steers_a_terminal(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte == 0x7F || (byte < 0x20 && byte != '\n' && byte != '\t')) return true;
        const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0U;
        if (byte == 0xC2 && next >= 0x80 && next < 0xA0) return true;
    }
    return false;
}

std::vector<std::string> words_of(FuzzedDataProvider& input) {
    std::vector<std::string> words{"foldline"};
    while (input.remaining_bytes() > 0 && words.size() < 10) {
        std::string word = input.ConsumeIntegralInRange(0, 3) > 0 ? std::string{input.PickValueInArray(known_words)}
                                                                  : input.ConsumeRandomLengthString(60);
        word = word.c_str();                               // as the system passes it
        std::replace(word.begin(), word.end(), '/', '_');  // no path leads out of this folder
        words.push_back(std::move(word));
    }
    return words;
}

bool has(const std::vector<std::string>& words, std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

/// Only the store is there.
void tidy() {
    for (const auto& entry : std::filesystem::directory_iterator{"."})
        if (entry.path().filename() != "s.db") std::filesystem::remove_all(entry.path());
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
    const std::filesystem::path folder = foldline_fuzz::scratch_file().replace_extension(".folder");
    std::filesystem::create_directory(folder);
    const std::string& image = foldline_fuzz::store_image();
    std::filesystem::current_path(folder);
    foldline_fuzz::write_file("s.db", image);
    std::filesystem::permissions("s.db", std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    FuzzedDataProvider input{data, size};
    const std::vector<std::string> words = words_of(input);
    if (has(words, "tail")) return -1;
    std::vector<const char*> arguments;
    for (const std::string& word : words) arguments.push_back(word.c_str());

    captured data_out;
    captured notes;
    const int code = foldline::cli::run(static_cast<int>(arguments.size()), arguments.data(), {},
                                        {.data = data_out.file(), .notes = notes.file()});
    using namespace foldline::cli;
    constexpr std::array promised{exit_code::ok,        exit_code::failed,   exit_code::wrong_usage,
                                  exit_code::not_found, exit_code::conflict, exit_code::incompatible,
                                  exit_code::damaged,   exit_code::in_use};
    require(std::find(promised.begin(), promised.end(), code) != promised.end(),
            "the exit code is one of the promised");
    require(!steers_a_terminal(notes.text()), "a note does not steer a terminal");
    if (!has(words, "--raw")) require(!steers_a_terminal(data_out.text()), "escaped data does not steer a terminal");
    if (code == exit_code::wrong_usage) require(!notes.text().empty(), "who is wrong is told what is wrong");
    tidy();
    return 0;
}
