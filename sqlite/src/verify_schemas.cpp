#include "log_tables.hpp"
#include "schema_rows.hpp"
#include "upcaster_rows.hpp"
#include "verify_notes.hpp"

#include <foldline/core/error.hpp>
#include <foldline/core/protobuf_codec.hpp>
#include <foldline/sqlite/migration.hpp>
#include <foldline/upcasters/message_schema.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace foldline::inline v0::sqlite {
namespace {

// A store of format 1 that is only read stays as it is, and has less to look at.
constexpr std::string_view rows_of_format_1 =
    "select s.type, row_number() over (partition by s.type order by s.hash), 0, s.hash, s.message, s.descriptor_set, "
    "null, t.name, t.version, null from log_schemas s left join log_types t on t.type = s.type "
    "order by s.type, s.hash";
constexpr std::string_view rows_of_format_2 =
    "select s.type, s.revision, s.first_position, s.hash, s.message, s.descriptor_set, s.checksum, t.name, t.version, "
    "e.type from log_schemas s left join log_types t on t.type = s.type "
    "left join log_events e on e.position = s.first_position order by s.type, s.revision";

/// What is wrong with what the bytes say; empty if nothing.
std::string fault_of_message(const event_schema& schema) {
    try {
        const message_schema made{schema};
        const event_type said = event_type_of(made.descriptor());
        if (said.version == 0 || said == schema.type) return {};
        return fmt::format("it is the schema of {}", said.to_string());
    } catch (const definition_error& unreadable) {
        return unreadable.what();
    }
}

/// Goes over the schemas in the order of their types and revisions.
class schema_check {
public:
    schema_check(connection& db, verification_notes& notes) : db_(db), notes_(notes) {}

    void look_at(const statement& row) {
        const std::int64_t type = row.integer(0);
        const schema_row found{row.integer(1),
                               row.integer(2),
                               {{row.text(7), static_cast<std::uint32_t>(row.integer(8))},
                                std::string(row.text(4)),
                                std::string(row.blob(5))}};
        if (type != type_) before_ = {};
        type_ = type;
        place_ = fmt::format("log_schemas {} ({}) revision {}", type, found.schema.type.to_string(), found.revision);
        const auto checksum = row.is_null(6) ? std::nullopt : std::optional{row.integer(6)};
        if (row.is_null(7)) note("there is no such type");
        else if (const auto fault = fault_of(found, row.integer(3), checksum)) note("it " + std::string(*fault));
        else if (auto why = fault_of_message(found.schema); !why.empty()) note(std::move(why));
        else check_place(found, row.is_null(9) ? std::nullopt : std::optional{row.integer(9)});
        before_ = {found.revision, std::max(before_.first_position, found.first_position)};
    }

private:
    struct place {
        std::int64_t revision = 0;
        std::int64_t first_position = 0;
    };

    void note(std::string why) { notes_.add(place_, std::move(why)); }

    /// `type`: of the event at the first position, if there is one.
    void check_place(const schema_row& row, std::optional<std::int64_t> type) {
        if (row.revision != before_.revision + 1) return note(fmt::format("it follows revision {}", before_.revision));
        if (row.first_position == 0) return;
        if (row.first_position <= before_.first_position)
            note(fmt::format("its first event, at position {}, is not behind that of the one before it",
                             row.first_position));
        else if (type ? *type != type_ : !is_purged(db_, row.first_position, row.first_position))
            note(fmt::format("the event at position {}, its first, is not of its type", row.first_position));
    }

    connection& db_;
    verification_notes& notes_;
    std::int64_t type_ = 0;
    place before_;
    std::string place_;
};

void check_schemas(connection& db, verification_notes& notes) {
    schema_check check{db, notes};
    statement rows = db.prepare(component_version(db, "eventstore") < 2 ? rows_of_format_1 : rows_of_format_2);
    while (rows.step()) check.look_at(rows);
}

void check_upcasters(connection& db, verification_notes& notes) {
    if (!has_table(db, "log_upcasters")) return;  // the version of the tables is looked at elsewhere
    for_each_upcaster(db, [&](const upcaster_row& row) {
        if (const std::string why = fault_of(row); !why.empty())
            notes.add(fmt::format("log_upcasters {}", row.from.to_string()), why);
    });
}

}  // namespace

void verify_schemas(connection& db, verification_notes& notes) {
    notes.look_at("log_schemas", [&] { check_schemas(db, notes); });
    notes.look_at("log_upcasters", [&] { check_upcasters(db, notes); });
}

}  // namespace foldline::inline v0::sqlite
