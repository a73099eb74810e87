#include <foldline/sqlite/kept_schemas.hpp>

#include "schema_rows.hpp"
#include "verify_notes.hpp"

#include <optional>
#include <utility>

namespace foldline::inline v0::sqlite {
namespace {

/// Its row in `log_types`; none of a type of which no event was ever stored.
std::optional<std::int64_t> number_of(connection& db, event_type type) {
    if (!has_table(db, "log_types")) return std::nullopt;
    statement& find = db.prepared("select type from log_types where name = ?1 and version = ?2");
    const reset_at_exit end{find};
    if (!find.bind_text(1, type.name).bind(2, std::int64_t{type.version}).step()) return std::nullopt;
    return find.integer(0);
}

}  // namespace

std::vector<kept_schema> kept_schemas(const database& file, event_type type) {
    const auto reader = file.open_reader();
    std::vector<kept_schema> found;
    if (const auto number = number_of(*reader, type))
        for (schema_row& row : schemas_of(*reader, *number, type))
            found.push_back({std::move(row.schema), global_position{row.first_position}});
    return found;
}

}  // namespace foldline::inline v0::sqlite
