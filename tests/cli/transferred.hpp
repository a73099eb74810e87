#pragma once

#include "ran.hpp"

#include <foldline/sqlite/database.hpp>
#include <foldline/sqlite/verify.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace foldline_tests {

using json_line = nlohmann::json;

[[nodiscard]] inline std::string content_of(const std::string& file) {
    std::ifstream in{file, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

inline void write_to(const std::string& file, std::string_view content) {
    std::ofstream{file, std::ios::binary} << content;
}

/// With their newlines.
[[nodiscard]] inline std::vector<std::string> lines_in(const std::string& text) {
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find('\n', at), text.size() - 1) + 1;
        lines.push_back(text.substr(at, end - at));
        at = end;
    }
    return lines;
}

[[nodiscard]] inline std::string joined(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines) text += line;
    return text;
}

/// The lines of events.
[[nodiscard]] inline std::vector<json_line> events_in(const std::string& exported) {
    std::vector<json_line> events;
    for (const std::string& line : lines_in(exported)) {
        json_line object = json_line::parse(line);
        if (object.contains("streamversion")) events.push_back(std::move(object));
    }
    return events;
}

[[nodiscard]] inline std::string exported(const std::string& store, std::vector<std::string> options = {"--unmasked"}) {
    options.insert(options.begin(), {"export", store});
    const ran done{options};
    REQUIRE_MESSAGE(done.code == 0, done.err);
    return done.out;
}

/// Whether nothing of an import or a copy is left beside it.
[[nodiscard]] inline bool is_alone(const std::string& store) {
    for (const char* beside : {".partial", ".partial-wal", ".partial-shm", ".partial-journal", ".partial-lock", "-wal"})
        if (std::filesystem::exists(store + beside)) return false;
    return true;
}

[[nodiscard]] inline bool is_sound(const std::string& store) {
    const foldline::sqlite::database file{store, {.mode = foldline::sqlite::open_mode::read_only}};
    return foldline::sqlite::verify(file).is_sound();
}

[[nodiscard]] inline std::string differences(const std::string& first, const std::string& second) {
    return ran{{"diff", first, second, "--unmasked"}}.out;
}

}  // namespace foldline_tests
