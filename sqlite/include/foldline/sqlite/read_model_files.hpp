#pragma once

#include <foldline/sqlite/database.hpp>

#include <filesystem>
#include <vector>

namespace foldline::inline v0::sqlite {

/// Lets `store` remember where read models of it are kept, for the tools that look after both. It is a hint and no more:
/// files that are moved away or deleted are left out when they are looked for. Nothing happens where it is known already,
/// and where the store is only read.
///
/// Fails: storage_error; incompatible_store where a newer Foldline keeps the list.
void note_read_models(database& store, const database& models);

/// The files that were noted and are there, in order of their names; also `STORE.read-models` beside the store if it is
/// there. They are named from the store's folder, so that both may be moved together.
///
/// Fails: as above.
[[nodiscard]] std::vector<std::filesystem::path> find_read_models(const database& store);

}  // namespace foldline::inline v0::sqlite
