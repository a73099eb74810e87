#pragma once

#include "requests.hpp"
#include "shown_payload.hpp"

#include <foldline/projections/dead_letter_store.hpp>

#include <nlohmann/json.hpp>

#include <cstdio>
#include <string>
#include <vector>

namespace foldline::inline v0::cli {

/// A row, or an object, for each.
void print(const std::vector<parked_event>& letters, format shape, std::FILE* out);
void print(const std::vector<dropped_event>& letters, format shape, std::FILE* out);

/// One event of a letter, as the projection would get it or as it is stored.
///
/// value.
struct letter_part {
    std::string event;  ///< name and version
    shown_payload payload;
};

/// A letter with what it says. `unreadable`: why there are no parts; empty if there are, or none is made of it.
///
/// value.
struct shown_letter {
    parked_event parked;
    std::vector<letter_part> parts;
    std::string unreadable;
};

/// A fact a line.
void print_for_people(const shown_letter& letter, escaping escape, std::FILE* out);
[[nodiscard]] nlohmann::ordered_json as_json(const shown_letter& letter);

}  // namespace foldline::inline v0::cli
