#include <foldline/sqlite/migration.hpp>

#include <foldline/core/error.hpp>
#include <foldline/sqlite/transaction.hpp>

#include <fmt/core.h>

namespace foldline::inline v0::sqlite {
namespace {

[[noreturn]] void refuse_newer(const connection& connection, std::string_view component, int version, int known) {
    throw incompatible_store(
        fmt::format("{} was written by a newer Foldline: its {} tables are at version {}, this program knows {}; use "
                    "the newer program",
                    connection.file().string(), component, version, known));
}

void set_component_version(connection& connection, std::string_view component, int version) {
    connection
        .prepared(
            "insert into foldline_components (name, version) values (?1, ?2) "
            "on conflict (name) do update set version = excluded.version")
        .bind_text(1, component)
        .bind(2, std::int64_t{version})
        .run();
}

}  // namespace

int component_version(connection& connection, std::string_view component) {
    statement& query = connection.prepared("select version from foldline_components where name = ?1");
    const reset_at_exit end{query};
    return query.bind_text(1, component).step() ? static_cast<int>(query.integer(0)) : 0;
}

void migrate(connection& connection, std::string_view component, std::span<const migration> steps) {
    const int present = component_version(connection, component);
    if (present > steps.back().version) refuse_newer(connection, component, present, steps.back().version);
    for (const migration& step : steps) {
        if (step.version <= present) continue;
        transaction change{connection};
        connection.execute(step.script);
        set_component_version(connection, component, step.version);
        change.commit();
    }
}

void require_migrated(connection& connection, std::string_view component, std::span<const migration> steps) {
    require_migrated(connection, component, steps, steps.back().version);
}

void require_migrated(connection& connection, std::string_view component, std::span<const migration> steps,
                      int oldest_read) {
    const int present = component_version(connection, component);
    const int known = steps.back().version;
    if (present > known) refuse_newer(connection, component, present, known);
    if (present < oldest_read)
        throw incompatible_store(
            fmt::format("{} has its {} tables at version {}, this program needs {}; open it for "
                        "writing once, which brings it up to date",
                        connection.file().string(), component, present, oldest_read));
}

}  // namespace foldline::inline v0::sqlite
