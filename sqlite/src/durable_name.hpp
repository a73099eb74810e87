#pragma once

#include <filesystem>

namespace foldline::inline v0::sqlite {

/// Makes sure that a file that was just made or renamed bears its name after a power cut, too: syncs the directory it is
/// in. What the file holds is not synced by this.
///
/// Throws storage_error.
void make_name_durable(const std::filesystem::path& file);

}  // namespace foldline::inline v0::sqlite
