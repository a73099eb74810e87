#pragma once

#include "requests.hpp"

#include <foldline/cli/printable.hpp>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <cstdio>
#include <string>
#include <string_view>

namespace foldline::inline v0::cli {

/// A text that is meant to have lines; of what else a terminal obeys nothing gets out, unless it was asked for.
inline void print_lines(std::string_view text, escaping escape, std::FILE* out) {
    while (!text.empty()) {
        const auto end = text.find('\n');
        const std::string line{text.substr(0, end)};
        fmt::print(out, "{}\n", escape == escaping::on ? printable(line) : line);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
}

/// One object: as `json` on lines of its own, as `ndjson` on one.
inline void print_object(const nlohmann::ordered_json& object, const event_display& display, std::FILE* out) {
    fmt::print(out, "{}\n",
               object.dump(display.shape == format::json ? 2 : -1, ' ', display.escape == escaping::on,
                           nlohmann::ordered_json::error_handler_t::replace));
}

}  // namespace foldline::inline v0::cli
