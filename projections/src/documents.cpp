#include <foldline/projections/documents.hpp>

#include "document_table.hpp"

#include <foldline/core/error.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace foldline::inline v0::detail {
namespace {

namespace pb = google::protobuf;

std::string conditions(const pb::Descriptor& type, std::string_view field, bool goes_on) {
    std::string text;
    // `is` finds null as well.
    if (!field.empty()) text += fmt::format(" and {} is ?2", document_field_of(type, field).column);
    if (goes_on) text += " and key > ?3";
    return text;
}

}  // namespace

void document_reader::read(function_ref<void(sql_session&)> use) const {
    if (models_) models_->read(use);
    else use(*rows_);
}

bool document_reader::find(std::string_view key, pb::Message& found) const {
    bool exists = false;
    const std::string sql = fmt::format("select document from {} where key = ?1", sql_name_of(projection_));
    read([&](sql_session& rows) {
        rows.each_row(
            sql,
            [&](const sql_row& row) {
                parse_document(projection_, key, row.blob(0), found);
                exists = true;
            },
            key);
    });
    return exists;
}

void document_reader::each(std::string_view field, sql_value value, const document_page& page, sink use) const {
    const std::string sql =
        fmt::format("select key, document from {} where ?2 is ?2 and ?3 is ?3{} order by key limit ?1",
                    sql_name_of(projection_), conditions(*empty_.GetDescriptor(), field, page.after.has_value()));
    const std::size_t most = std::min<std::size_t>(page.limit, std::numeric_limits<std::int64_t>::max());
    const std::array<sql_value, 3> values{to_sql(most), value, to_sql(page.after)};
    const message_ptr reused{empty_.New()};
    read([&](sql_session& rows) {
        rows.query(sql, values, [&](const sql_row& row) {
            const std::string_view key = row.text(0);
            parse_document(projection_, key, row.blob(1), *reused);
            use(key, *reused);
        });
    });
}

std::uint64_t document_reader::count() const {
    std::uint64_t all = 0;
    read([&](sql_session& rows) {
        all = std::get<0>(
            rows.first<std::uint64_t>(fmt::format("select count(*) from {}", sql_name_of(projection_))).value());
    });
    return all;
}

}  // namespace foldline::inline v0::detail
