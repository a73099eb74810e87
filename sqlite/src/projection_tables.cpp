#include "projection_tables.hpp"

#include "access_rules.hpp"

#include <foldline/core/error.hpp>

#include <fmt/core.h>

#include <algorithm>

namespace foldline::inline v0::sqlite {
namespace {

std::vector<std::string> first_column(statement& rows) {
    std::vector<std::string> values;
    while (rows.step()) values.emplace_back(rows.text(0));
    return values;
}

}  // namespace

std::vector<std::string> projection_tables::of(std::string_view projection) {
    statement rows =
        db_.prepare(fmt::format("select name from main.{} where projection = ?1 order by name", registry_));
    return first_column(rows.bind_text(1, projection));
}

void projection_tables::require_free(const projection& projection) {
    for (const read_model_table& table : projection.tables()) {
        if (!exists(table.name)) continue;
        const std::string owner = owner_of(table.name);
        if (owner == projection.name()) continue;
        throw definition_error(fmt::format(
            "projection {} wants the table {} in {}, which {}; give it another name", projection.name(), table.name,
            db_.file().string(), owner.empty() ? "is there and no projection's" : "belongs to projection " + owner));
    }
}

void projection_tables::drop(std::string_view projection) {
    // Tables may refer to each other, and are dropped one by one: references are checked when the transaction commits.
    db_.execute("pragma defer_foreign_keys = on");
    for (const std::string& table : of(projection))
        db_.execute(fmt::format("drop table if exists main.{}", quoted_name(table)));
    db_.prepare(fmt::format("delete from main.{} where projection = ?1", registry_)).bind_text(1, projection).run();
}

void projection_tables::make(const projection& projection) {
    const auto before = objects();
    for (const read_model_table& table : projection.tables()) make(projection, table);
    const auto after = objects();

    // A rebuild drops and copies what the projection names; whatever else its statements made would be left as it was.
    std::vector<object> made;
    std::set_difference(after.begin(), after.end(), before.begin(), before.end(), std::back_inserter(made));
    for (const object& each : made)
        if (owner_of(each.table) != projection.name())
            throw definition_error(
                fmt::format("projection {}: its statements make {}, which is none of the tables it names "
                            "nor belongs to one",
                            projection.name(), each.name));
}

void projection_tables::make(const projection& projection, const read_model_table& table) {
    {
        const access_scope as_user{db_, access::tables};
        db_.execute(table.create);
    }
    if (!exists(table.name))
        throw definition_error(fmt::format("projection {}: the statements for the table {} do not make it",
                                           projection.name(), table.name));
    record(table.name, projection.name());
}

void projection_tables::record(std::string_view table, std::string_view projection) {
    db_.prepare(fmt::format("insert into main.{} (name, projection) values (?1, ?2)", registry_))
        .bind_text(1, table)
        .bind_text(2, projection)
        .run();
}

std::vector<projection_tables::object> projection_tables::objects() {
    std::vector<object> found;
    // Names of SQLite's own belong to what made them necessary.
    statement rows =
        db_.prepare("select name, tbl_name from main.sqlite_schema where name not like 'sqlite\\_%' escape '\\'");
    while (rows.step()) found.push_back({std::string(rows.text(0)), std::string(rows.text(1))});
    std::sort(found.begin(), found.end());
    return found;
}

std::string projection_tables::owner_of(std::string_view table) {
    statement row =
        db_.prepare(fmt::format("select projection from main.{} where name = ?1 collate nocase", registry_));
    return row.bind_text(1, table).step() ? std::string(row.text(0)) : std::string{};
}

bool projection_tables::exists(std::string_view table) {
    statement row =
        db_.prepare("select 1 from main.sqlite_schema where type in ('table', 'view') and name = ?1 collate nocase");
    return row.bind_text(1, table).step();
}

}  // namespace foldline::inline v0::sqlite
