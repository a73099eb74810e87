#include <foldline/sqlite/kept_upcasters.hpp>

#include "upcaster_rows.hpp"
#include "verify_notes.hpp"

#include <foldline/core/error.hpp>
#include <foldline/sqlite/transaction.hpp>

#include <fmt/core.h>

#include <optional>
#include <string>

namespace foldline::inline v0::sqlite {
namespace {

/// What is to be kept from one schema; none where nothing is.
struct wanted_row {
    event_type from;
    std::optional<std::string> body;
};

std::vector<wanted_row> wanted_rows(const upcaster_chain& chain) {
    std::vector<wanted_row> rows;
    for (const auto& [from, step] : chain.steps())
        rows.push_back({from, step.declared ? std::optional{step.declared->encode()} : std::nullopt});
    return rows;
}

bool is_there(connection& db, const wanted_row& wanted) {
    bool found = !wanted.body;
    for_each_upcaster(db, [&](const upcaster_row& row) {
        if (row.from == wanted.from) found = wanted.body && row.body == *wanted.body && fault_of(row).empty();
    });
    return found;
}

void put(connection& db, const wanted_row& wanted) {
    if (wanted.body) put_upcaster(db, wanted.from, *wanted.body);
    else remove_upcaster(db, wanted.from);
}

}  // namespace

void keep_upcasters(database& file, const upcaster_chain& chain) {
    std::vector<wanted_row> missing = wanted_rows(chain);
    {
        const auto reader = file.open_reader();
        if (!has_table(*reader, "log_upcasters"))
            throw incompatible_store(file.file().string() +
                                     " has no table to keep upcasters in: open an event store on it for writing first");
        std::erase_if(missing, [&](const wanted_row& each) { return is_there(*reader, each); });
    }
    if (missing.empty()) return;
    const write_lease lease = file.lease_writer();
    transaction change{lease.db()};
    for (const wanted_row& each : missing) put(lease.db(), each);
    change.commit();
}

std::vector<declared_upcaster> kept_upcasters(const database& file) {
    const auto reader = file.open_reader();
    std::vector<declared_upcaster> steps;
    if (!has_table(*reader, "log_upcasters")) return steps;
    for_each_upcaster(*reader, [&](const upcaster_row& row) {
        if (const std::string why = fault_of(row); !why.empty())
            throw corrupt_data(fmt::format("{} cannot use the upcaster from {} in log_upcasters: {}",
                                           file.file().string(), row.from.to_string(), why));
        steps.push_back(decode_declared_upcaster(row.body));
    });
    return steps;
}

}  // namespace foldline::inline v0::sqlite
