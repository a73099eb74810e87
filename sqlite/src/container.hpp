#pragma once

#include <foldline/sqlite/connection.hpp>
#include <foldline/sqlite/database.hpp>

#include <filesystem>

namespace foldline::inline v0::sqlite {

/// The container is what makes an SQLite file a Foldline file: its `application_id`, its `user_version`, and
/// `foldline_components`.

/// Makes an empty file that only its owner may read, if `file` does not exist and `mode` allows it. Throws
/// `store_not_found`, or `incompatible_store` for what is no plain file of one's own: a directory, a link, a file that
/// anyone may write to.
void prepare_file(const std::filesystem::path& file, open_mode mode);

/// Throws `incompatible_store` unless the file is a Foldline file that this program understands. An empty one becomes
/// one if `mode` is to create.
void require_container(connection& connection, open_mode mode);

}  // namespace foldline::inline v0::sqlite
