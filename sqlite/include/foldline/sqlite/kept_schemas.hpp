#pragma once

#include <foldline/core/event_type.hpp>
#include <foldline/core/event_view.hpp>
#include <foldline/sqlite/database.hpp>

#include <vector>

namespace foldline::inline v0::sqlite {

/// A schema as a file keeps it.
///
/// value; the name of its type is borrowed from whoever asked.
struct kept_schema {
    event_schema schema;
    global_position first_position;  ///< of the event that brought it; 0 where nobody noted it
};

/// The schemas of a type, oldest first, each with where it came from. Throws `corrupt_data` for one that is not as it
/// was written.
[[nodiscard]] std::vector<kept_schema> kept_schemas(const database& file, event_type type);

}  // namespace foldline::inline v0::sqlite
