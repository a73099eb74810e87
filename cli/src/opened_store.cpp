#include "opened_store.hpp"

#include <foldline/core/error.hpp>
#include <foldline/sqlite/kept_upcasters.hpp>
#include <foldline/upcasters/upcaster_chain.hpp>
#include <foldline/upcasters/upcasting_event_store.hpp>

#include <fmt/core.h>

#include <system_error>

namespace foldline::inline v0::cli {
namespace {

/// Null where the file keeps none.
std::unique_ptr<event_store> read_by_kept_upcasters(const sqlite::database& file, event_store& stored) {
    upcaster_chain kept;
    for (const declared_upcaster& step : sqlite::kept_upcasters(file)) kept.add(step);
    if (kept.empty()) return nullptr;
    return std::make_unique<upcasting_event_store>(stored, kept);
}

}  // namespace

sqlite::database_options for_reading() {
    sqlite::database_options options;
    options.mode = sqlite::open_mode::read_only;
    return options;
}

void require_existing(const std::filesystem::path& file) {
    std::error_code unknown;
    if (!std::filesystem::exists(file, unknown) && !unknown)
        throw store_not_found(fmt::format("there is no {}", file.string()));
}

opened_store::opened_store(const std::filesystem::path& path, const application& self, shown_as as)
    : file_(path, for_reading()) {
    if (as == shown_as::stored) return;
    if (self.reading) reading_ = self.reading(stored_);
    else if (as == shown_as::upcast) reading_ = read_by_kept_upcasters(file_, stored_);
}

const event_store& opened_store::events() const {
    if (reading_) return *reading_;
    return stored_;
}

event_type opened_store::stored_type_of(const event_view& event) const {
    event_type found = stored_.type_of(event.type);
    if (!event.message) return found;
    stored_.read(read_query::all().after(global_position{event.position.value - 1}), batch_limit{1},
                 [&](const event_view& stored) { found = stored_.type_of(stored.type); });
    return found;
}

}  // namespace foldline::inline v0::cli
