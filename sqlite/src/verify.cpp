#include <foldline/sqlite/verify.hpp>

#include "verify_notes.hpp"

#include <foldline/sqlite/transaction.hpp>

#include <exception>
#include <string_view>
#include <utility>

namespace foldline::inline v0::sqlite {
namespace {

using check_of_region = void (*)(connection&, verification_notes&);

struct region {
    std::string_view name;
    check_of_region check;
};

// The events come first: of one damaged byte the event that it hit says more than the page.
constexpr region regions[] = {
    {"container", verify_container}, {"log_events", verify_events},
    {"log_streams", verify_streams}, {"log_schemas", verify_schemas},
    {"records", verify_records},     {"sn_snapshots", verify_snapshots},
    {"pages", verify_pages},         {"write-ahead log", verify_write_ahead_log},
};

}  // namespace

verification verify(const database& file, const verify_options& options) {
    verification_notes notes{options};
    const auto reader = file.open_reader();
    const read_transaction one_moment{*reader};
    try {
        for (const region& each : regions) notes.look_at(each.name, [&] { each.check(*reader, notes); });
    } catch (const verification_notes::ended& by_report) {
        std::rethrow_exception(by_report.why);
    }
    return std::move(notes.result);
}

bool has_table(connection& db, std::string_view name) {
    statement& find = db.prepared("select 1 from sqlite_schema where type = 'table' and name = ?1");
    const reset_at_exit end{find};
    return find.bind_text(1, name).step();
}

}  // namespace foldline::inline v0::sqlite
