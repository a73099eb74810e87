#include "table_copy.hpp"

#include "access_rules.hpp"

#include <fmt/core.h>
#include <fmt/format.h>

namespace foldline::inline v0::sqlite {
namespace {

/// Runs the statements that once made the objects of a table; SQLite keeps them, without the name of a database.
void make_objects(connection& db, const std::string& from, std::string_view table, std::string_view kinds) {
    std::vector<std::string> statements;
    statement rows =
        db.prepare(fmt::format("select sql from {}.sqlite_schema where tbl_name = ?1 collate nocase and sql "
                               "is not null and type in ({}) order by rowid",
                               from, kinds));
    rows.bind_text(1, table);
    while (rows.step()) statements.emplace_back(rows.text(0));
    for (const std::string& each : statements) db.execute(each);
}

bool has_rowid(connection& db, const std::string& from, std::string_view table) {
    statement kind = db.prepare("select wr from pragma_table_list where schema = ?1 and name = ?2 collate nocase");
    return kind.bind_text(1, from).bind_text(2, table).step() && kind.integer(0) == 0;
}

void copy_rows(connection& db, const std::string& from, std::string_view table) {
    auto columns = written_columns(db, from, table);
    const bool by_rowid = has_rowid(db, from, table);
    // Named beside the columns: where one of them is the rowid under another name, the two say the same.
    if (by_rowid) columns.emplace_back("rowid");
    db.execute(fmt::format("insert into main.{0} ({1}) select {1} from {2}.{0} {3}", quoted_name(table),
                           fmt::join(columns, ", "), from, by_rowid ? "order by rowid" : ""));
}

/// An `autoincrement` column never gives out a number twice, also where its highest row is gone by now.
void copy_counters(connection& db, const std::string& from, std::span<const std::string> tables) {
    if (db.integer(fmt::format("select count(*) from {}.sqlite_schema where name = 'sqlite_sequence'", from)) == 0)
        return;
    for (const std::string& table : tables) {
        db.prepare("delete from main.sqlite_sequence where name = ?1 collate nocase").bind_text(1, table).run();
        db.prepare(
              fmt::format("insert into main.sqlite_sequence select name, seq from {}.sqlite_sequence where name = ?1 "
                          "collate nocase",
                          from))
            .bind_text(1, table)
            .run();
    }
}

}  // namespace

std::vector<std::string> written_columns(connection& db, const std::string& from, std::string_view table) {
    std::vector<std::string> columns;
    statement rows = db.prepare("select name from pragma_table_xinfo(?1, ?2) where hidden = 0 order by cid");
    rows.bind_text(1, table).bind_text(2, from);
    while (rows.step()) columns.push_back(quoted_name(rows.text(0)));
    return columns;
}

void copy_tables(connection& db, const std::string& from, std::span<const std::string> tables) {
    // All of them before any row: a row may refer to another table.
    for (const std::string& table : tables) make_objects(db, from, table, "'table'");
    for (const std::string& table : tables) copy_rows(db, from, table);
    copy_counters(db, from, tables);
    // Last: an index is made faster from rows that are there, and a trigger has done its work on them before.
    for (const std::string& table : tables) make_objects(db, from, table, "'index', 'trigger'");
}

}  // namespace foldline::inline v0::sqlite
