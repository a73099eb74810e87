#pragma once

#include <foldline/core/global_position.hpp>
#include <foldline/core/id_source.hpp>
#include <foldline/sqlite/database.hpp>
#include <foldline/sqlite/verify.hpp>
#include <foldline/sqlite/work_progress.hpp>

#include <cstdint>
#include <filesystem>

namespace foldline::inline v0::sqlite {

/// What a backup or a restored file holds.
struct copied_store {
    global_position head;
    std::int64_t events = 0;
    std::uintmax_t bytes = 0;
};

/// Copies a store, while it is written to, to a file that does not exist yet. The copy is what one reader saw at one
/// moment. It is written beside its name, synced, verified, and only then given its name: a file of that name is a whole
/// and sound backup, whenever the machine stops.
///
/// Fails: storage_error, also where the name is taken; corrupt_data with the first finding, and there is no backup then.
copied_store back_up(const database& source, const std::filesystem::path& to, const progress_report& report = {});

/// Makes a store of a backup. `to` must not exist. The backup is verified first. The store is of a new history: read
/// models and followers of the old one refuse to go on from checkpoints that this past may never have had.
///
/// Fails: as `back_up`; store_not_found, incompatible_store for what is no backup.
copied_store restore(const std::filesystem::path& backup, const std::filesystem::path& to, id_source& ids,
                     const progress_report& report = {});

}  // namespace foldline::inline v0::sqlite
