#include "cli/shop_store.hpp"

#include "cli/read_models.hpp"
#include "domain/events.hpp"

#include <foldline/core/error.hpp>
#include <foldline/sqlite/kept_upcasters.hpp>
#include <foldline/sqlite/read_model_files.hpp>
#include <foldline/upcasters/reachability.hpp>
#include <foldline/upcasters/schema_check.hpp>

#include <system_error>

namespace shop {
namespace {

foldline::sqlite::database_options opened_for(foldline::sqlite::open_mode mode) {
    foldline::sqlite::database_options options;
    options.mode = mode;
    return options;
}

/// For `foldline`, which looks after both files. No order depends on it.
void note_read_models_of(foldline::sqlite::database& store) {
    const auto file = read_models_of(store.file());
    std::error_code unknown;
    if (store.is_read_only() || !std::filesystem::exists(file, unknown)) return;
    try {
        const foldline::sqlite::database models{file, opened_for(foldline::sqlite::open_mode::read_only)};
        foldline::sqlite::note_read_models(store, models);
    } catch (const foldline::error&) {
        // Whoever asks for a report hears what is wrong with them.
    }
}

}  // namespace

shop_store::shop_store(const std::filesystem::path& path, foldline::sqlite::open_mode mode)
    : file_(path, opened_for(mode)), events(stored_, old_events()) {
    require_reachable(stored_, old_events(), known_events());
    if (!file_.is_read_only()) {
        // What this program writes must go together with what is stored: said now, and not at the first append.
        require_compatible_schemas(stored_, known_events(), old_events());
        foldline::sqlite::keep_upcasters(file_, old_events());
    }
    note_read_models_of(file_);
}

void shop_store::listen() {
    try {
        watch_.emplace(file_, stored_);
    } catch (const foldline::storage_error&) {
        // A store that was restored, and not written to since, has no lock file: followers look now and then anyway.
    }
}

}  // namespace shop
