// A row of log_upcasters holds an encoded foldline.upcasting.DeclaredUpcaster. Its checksum is XXH3-64 of those bytes,
// seeded with XXH3-64 of the name that the step starts from, which is seeded with the version.
#include "upcaster_rows.hpp"

#include "event_row.hpp"

#include <foldline/core/error.hpp>

#include <fmt/core.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace foldline::inline v0::sqlite {
namespace {

std::int64_t checksum_of(event_type from, std::string_view body) {
    return static_cast<std::int64_t>(XXH3_64bits_withSeed(body.data(), body.size(), hash_of(from)));
}

}  // namespace

void for_each_upcaster(connection& db, function_ref<void(const upcaster_row&)> use) {
    statement& rows = db.prepared("select name, version, body, checksum from log_upcasters order by name, version");
    const reset_at_exit end{rows};
    while (rows.step())
        use({{rows.text(0), static_cast<std::uint32_t>(rows.integer(1))}, rows.blob(2), rows.integer(3)});
}

std::string fault_of(const upcaster_row& row) {
    if (checksum_of(row.from, row.body) != row.checksum) return "it does not match its checksum";
    try {
        const declared_upcaster step = decode_declared_upcaster(row.body);
        if (step.from() == row.from) return {};
        return fmt::format("it starts from {}", step.from().to_string());
    } catch (const error& unreadable) {
        return unreadable.what();
    }
}

void put_upcaster(connection& db, event_type from, std::string_view body) {
    db.prepared("insert or replace into log_upcasters (name, version, body, checksum) values (?1, ?2, ?3, ?4)")
        .bind_text(1, from.name)
        .bind(2, std::int64_t{from.version})
        .bind_blob(3, body)
        .bind(4, checksum_of(from, body))
        .run();
}

void remove_upcaster(connection& db, event_type from) {
    db.prepared("delete from log_upcasters where name = ?1 and version = ?2")
        .bind_text(1, from.name)
        .bind(2, std::int64_t{from.version})
        .run();
}

}  // namespace foldline::inline v0::sqlite
