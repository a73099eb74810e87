#include <foldline/projections/detail/window_reader.hpp>

#include "document_table.hpp"
#include "sliding_parts.hpp"

#include <fmt/core.h>

#include <array>

namespace foldline::inline v0::detail {
namespace {

stored_window window_of(const sql_row& row) {
    return {row.text(0),
            {time_of(row, 1), time_of(row, 2)},
            row.integer(3) != 0,
            static_cast<std::uint64_t>(row.integer(4)),
            row.blob(5)};
}

late_event late_event_of(const sql_row& row) {
    late_event found;
    found.position = global_position{row.integer(0)};
    found.part = static_cast<std::uint32_t>(row.integer(1));
    found.stream = row.text(2);
    found.key = row.text(3);
    found.occurred_at = time_of(row, 4);
    found.missed = {time_of(row, 5), time_of(row, 6)};
    return found;
}

}  // namespace

window_reader::window_reader(const read_model_store& models, const window_rules& rules)
    : rules_(rules), read_([&models](function_ref<void(sql_session&)> use) { models.read(use); }) {}

window_reader::window_reader(sql_session& rows, const window_rules& rules)
    : rules_(rules), read_([&rows](function_ref<void(sql_session&)> use) { use(rows); }) {}

void window_reader::find(std::string_view key, timestamp start, window_sink sink) const {
    const std::array<sql_value, 2> values{to_sql(key), to_sql(start)};
    windows_where(R"(key = ?1 and "start" = ?2)", values, sink);
}

void window_reader::of_key(std::string_view key, timestamp from, timestamp to, window_sink sink) const {
    const std::array<sql_value, 3> values{to_sql(key), to_sql(from), to_sql(to)};
    windows_where(R"(key = ?1 and "start" >= ?2 and "start" < ?3 order by "start")", values, sink);
}

void window_reader::that_are(bool closed, window_sink sink) const {
    windows_where(closed ? R"(closed = 1 order by "end", key)" : R"(closed = 0 order by "end", key)", {}, sink);
}

void window_reader::windows_where(std::string_view condition, std::span<const sql_value> values,
                                  window_sink sink) const {
    const std::string sql = fmt::format(
        R"(select key, "start", "end", closed, corrections, document from "{}" where {})", rules_.name, condition);
    read_([&](sql_session& rows) { rows.query(sql, values, [&](const sql_row& row) { sink(window_of(row)); }); });
}

std::optional<timestamp> window_reader::watermark(std::string_view key) const {
    const std::string sql = fmt::format(R"(select watermark from "{}_watermark" where key = ?1)", rules_.name);
    const std::string_view scope = rules_.scope == watermark_scope::global ? std::string_view{} : key;
    std::optional<timestamp> found;
    read_([&](sql_session& rows) {
        rows.each_row(
            sql, [&](const sql_row& row) { found = time_of(row, 0); }, scope);
    });
    return found;
}

std::optional<timestamp> window_reader::earliest_watermark() const {
    const std::string sql = fmt::format(R"(select min(watermark) from "{}_watermark")", rules_.name);
    std::optional<timestamp> found;
    read_([&](sql_session& rows) { found = std::get<0>(*rows.first<std::optional<timestamp>>(sql)); });
    return found;
}

std::uint64_t window_reader::ignored() const {
    const std::string sql = fmt::format(R"(select coalesce(sum(ignored), 0) from "{}_watermark")", rules_.name);
    std::uint64_t found = 0;
    read_([&](sql_session& rows) { found = std::get<0>(*rows.first<std::uint64_t>(sql)); });
    return found;
}

void window_reader::late(function_ref<void(const late_event&)> sink) const {
    const std::string sql = fmt::format(
        R"(select position, part, stream, key, occurred_at, "start", "end" from "{}_late"
    order by position, part, "start")",
        rules_.name);
    read_([&](sql_session& rows) { rows.each_row(sql, [&](const sql_row& row) { sink(late_event_of(row)); }); });
}

bool window_reader::at(std::string_view key, timestamp time, google::protobuf::Message& part,
                       function_ref<void()> merge_part) const {
    if (!is_in_reach(time)) return false;
    // In one statement, so that the watermark and the parts are of one moment.
    const std::string sql = fmt::format(
        R"(select document from "{0}" where key = ?1 and at > ?2 and at <= ?3
    and (select watermark from "{0}_watermark" where key = ?4) < ?5 order by at, position, part)",
        rules_.name);
    const sliding_bounds bounds{rules_};
    const std::string_view scope = rules_.scope == watermark_scope::global ? std::string_view{} : key;
    bool found = false;
    read_([&](sql_session& rows) {
        rows.each_row(
            sql,
            [&](const sql_row& row) {
                found = true;
                read(part, key, row.blob(0));
                merge_part();
            },
            key, time - rules_.size, time, scope, bounds.left_behind(time));
    });
    return found;
}

void window_reader::read(google::protobuf::Message& document, std::string_view key, std::string_view bytes) const {
    parse_document(rules_.name, key, bytes, document);
}

}  // namespace foldline::inline v0::detail
