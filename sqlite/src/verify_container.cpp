#include "log_tables.hpp"
#include "verify_notes.hpp"

#include "row_values.hpp"

#include <foldline/sqlite/migration.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <iterator>

namespace foldline::inline v0::sqlite {
namespace {

/// A component, and each version of its tables with one that came with it.
struct component {
    std::string_view name;
    std::array<std::string_view, 2> tables;
};
constexpr component components[] = {{"eventstore", {"log_events", "log_upcasters"}}, {"snapshots", {"sn_snapshots"}}};

/// The version that the tables are those of; 0 if there are none.
int version_of_tables(connection& db, const component& of) {
    int version = 0;
    for (std::string_view table : of.tables)
        if (!table.empty() && has_table(db, table)) ++version;
    return version;
}

int newest_known(const component& of) {
    return static_cast<int>(
        std::count_if(std::begin(of.tables), std::end(of.tables), [](auto each) { return !each.empty(); }));
}

constexpr std::string_view guards[] = {"log_events_are_not_changed", "log_events_are_not_deleted",
                                       "log_appends_are_not_changed", "log_appends_are_not_deleted"};

void check_components(connection& db, verification_notes& notes) {
    for (const component& each : components) {
        const int version = component_version(db, each.name);
        const int present = version_of_tables(db, each);
        if (version != present)
            notes.add("foldline_components",
                      fmt::format(
                          "{} is said to be at version {}, but {}{}", each.name, version,
                          present > 0 ? fmt::format("its tables are those of version {}", present) : "it has no tables",
                          version > newest_known(each) ? "; if a newer Foldline wrote it, verify it by that" : ""));
    }
    if (!has_table(db, "log_events")) notes.add("log_events", "the file has no log of events");
}

/// SQLite passes over a trigger in silence whose table it does not find.
void check_guards(connection& db, verification_notes& notes) {
    statement& find = db.prepared(
        "select 1 from sqlite_schema where type = 'trigger' and name = ?1 and tbl_name = substr(?1, 1, "
        "instr(?1, '_are_') - 1)");
    for (std::string_view guard : guards) {
        const reset_at_exit end{find};
        if (!find.bind_text(1, guard).step())
            notes.add("schema", fmt::format("the trigger {} is missing: rows can be changed unseen", guard));
    }
}

/// RFC 9562: the variant, and one of the versions that it knows.
void check_identity(connection& db, verification_notes& notes) {
    const std::int64_t count = db.integer("select count(*) from log_store");
    try {
        (void)find_identity(db);
    } catch (const corrupt_data&) {
        notes.add("log_store", "the store's identity does not match its checksum");
    }
    // Between the making of the tables and the naming of the store a process may have died.
    const bool may_be_nameless = count == 0 && db.integer("select not exists (select 1 from log_events)") == 1;
    if (count != 1 && !may_be_nameless)
        notes.add("log_store", fmt::format("it has {} rows, where one says who the store is", count));
}

}  // namespace

void verify_container(connection& db, verification_notes& notes) {
    // Any other application_id was refused when the file was opened, and so was a newer version; there is no older one.
    const std::int64_t version = db.integer("pragma user_version");
    if (version != 1) notes.add("header", fmt::format("user_version is {}, which no Foldline wrote", version));
    check_components(db, notes);
    check_guards(db, notes);
    check_identity(db, notes);
}

}  // namespace foldline::inline v0::sqlite
