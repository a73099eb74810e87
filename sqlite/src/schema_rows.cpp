// The hash of a row of log_schemas is XXH3-64 of the descriptor set, and finds it. The checksum holds what the hash
// does not cover: it is XXH3-64 of these bytes, numbers little-endian:
//
//     type 8 | revision 8 | first_position 8 | hash 8 | message
//
// where the type is XXH3-64 of its name, seeded with its version. Rows of format 1 had only the hash.
#include "schema_rows.hpp"

#include "event_row.hpp"

#include <foldline/core/error.hpp>
#include <foldline/sqlite/migration.hpp>

#include <fmt/core.h>

#include <bit>
#include <cstddef>
#include <cstring>
#include <string>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace foldline::inline v0::sqlite {
namespace {

constexpr int first_format_with_revisions = 2;

struct head_numbers {
    std::uint64_t type;
    std::int64_t revision;
    std::int64_t first_position;
    std::int64_t hash;
};
static_assert(std::endian::native == std::endian::little && sizeof(head_numbers) == 32);

std::int64_t checksum_of(const schema_row& row, std::int64_t hash) {
    const head_numbers numbers{hash_of(row.schema.type), row.revision, row.first_position, hash};
    std::string head(sizeof numbers, '\0');
    std::memcpy(head.data(), &numbers, sizeof numbers);
    head += row.schema.message;
    return static_cast<std::int64_t>(XXH3_64bits(head.data(), head.size()));
}

/// Both give the same columns: a store of format 1 that is only read stays as it is.
statement& rows_of(connection& db) {
    if (component_version(db, "eventstore") >= first_format_with_revisions)
        return db.prepared(
            "select revision, first_position, hash, message, descriptor_set, checksum from log_schemas "
            "where type = ?1 order by revision");
    return db.prepared(
        "select row_number() over (order by hash), 0, hash, message, descriptor_set, null from log_schemas "
        "where type = ?1 order by hash");
}

}  // namespace

std::vector<schema_row> schemas_of(connection& db, std::int64_t type, event_type named) {
    statement& rows = rows_of(db);
    const reset_at_exit end{rows};
    rows.bind(1, type);
    std::vector<schema_row> found;
    while (rows.step()) {
        schema_row row{rows.integer(0), rows.integer(1), {named, std::string(rows.text(3)), std::string(rows.blob(4))}};
        const auto checksum = rows.is_null(5) ? std::nullopt : std::optional{rows.integer(5)};
        if (const auto fault = fault_of(row, rows.integer(2), checksum))
            throw corrupt_data(fmt::format("{} is damaged: the schema of {} in log_schemas {}", db.file().string(),
                                           named.to_string(), *fault));
        found.push_back(std::move(row));
    }
    return found;
}

schema_mark newest_schema(connection& db, std::int64_t type) {
    statement& newest =
        db.prepared("select revision, hash from log_schemas where type = ?1 order by revision desc limit 1");
    const reset_at_exit end{newest};
    if (!newest.bind(1, type).step()) return {};
    return {newest.integer(0), newest.integer(1)};
}

bool holds_schema(connection& db, std::int64_t type, const event_schema& schema) {
    statement& find = db.prepared("select 1 from log_schemas where type = ?1 and hash = ?2 and message = ?3");
    const reset_at_exit end{find};
    return find.bind(1, type).bind(2, hash_of_schema(schema.descriptor_set)).bind_text(3, schema.message).step();
}

void add_schema(connection& db, std::int64_t type, const schema_row& added) {
    const std::int64_t hash = hash_of_schema(added.schema.descriptor_set);
    db.prepared(
          "insert into log_schemas (type, revision, first_position, hash, message, descriptor_set, checksum) "
          "values (?1, ?2, ?3, ?4, ?5, ?6, ?7)")
        .bind(1, type)
        .bind(2, added.revision)
        .bind(3, added.first_position)
        .bind(4, hash)
        .bind_text(5, added.schema.message)
        .bind_blob(6, added.schema.descriptor_set)
        .bind(7, checksum_of(added, hash))
        .run();
}

std::int64_t hash_of_schema(std::string_view descriptor_set) {
    return static_cast<std::int64_t>(XXH3_64bits(descriptor_set.data(), descriptor_set.size()));
}

std::optional<std::string_view> fault_of(const schema_row& row, std::int64_t hash,
                                         std::optional<std::int64_t> checksum) {
    if (hash_of_schema(row.schema.descriptor_set) != hash) return "does not match its hash";
    if (!checksum && row.first_position != 0) return "has lost its checksum";
    if (checksum && *checksum != checksum_of(row, hash)) return "does not match its checksum";
    return std::nullopt;
}

}  // namespace foldline::inline v0::sqlite
