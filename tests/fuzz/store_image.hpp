#pragma once

#include <foldline/core/uuid.hpp>
#include <foldline/sqlite/database.hpp>

#include <filesystem>
#include <string>

namespace foldline_fuzz {

/// The id of the first event of the `number`-th append of the image, which has those of 0 to 5.
[[nodiscard]] foldline::event_id first_id(int number);

/// The bytes of a small sound store with pages of 512 bytes: two categories, four streams, two types, one of them with a
/// schema, appends with ids of the caller and of the store, metadata, business times.
[[nodiscard]] const std::string& store_image();

/// A file name of this process's own in the folder for temporary files.
[[nodiscard]] std::filesystem::path scratch_file();

/// Makes `file` hold exactly `bytes`, with no log, index of a log or lock beside it.
void write_file(const std::filesystem::path& file, const std::string& bytes);

/// Asks a file everything that a store can be asked; opened for writing it appends, too. Gives how many of the answers
/// were errors of foldline; any other error leaves this function.
int ask_everything(const std::filesystem::path& file, foldline::sqlite::open_mode mode);

}  // namespace foldline_fuzz
