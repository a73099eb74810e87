#pragma once

#include <foldline/schema.pb.h>
#include <foldline/core/event_type.hpp>

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace foldline::inline v0::detail {

/// What a file of a history says; the same bytes for the same schema on every machine.
[[nodiscard]] std::string text_of(const event_schema& schema, std::size_t revision);

/// Reads such a text; `place` is what an error calls it. Throws `corrupt_data` with place and line.
[[nodiscard]] foldline::schema::SchemaRecord record_from(std::string_view text, std::string_view place);
[[nodiscard]] foldline::schema::SchemaRecord read_record(const std::filesystem::path& file);

/// Writes a file that must not exist, and leaves none behind that is not whole. Throws `storage_error`.
void write_new_file(const std::filesystem::path& file, const std::string& text);

}  // namespace foldline::inline v0::detail
