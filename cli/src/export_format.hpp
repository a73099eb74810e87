#pragma once

#include <foldline/core/event_store.hpp>
#include <foldline/core/event_type.hpp>
#include <foldline/sqlite/kept_schemas.hpp>
#include <foldline/upcasters/declared_upcaster.hpp>

#include <nlohmann/json.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace foldline::inline v0::cli {

// An export is a CloudEvent 1.0 in JSON on each line:
//
//     foldline.store      format, identity and head of the store; the first line
//     foldline.upcaster   an upcaster that the file keeps; before all events
//     foldline.schema     before the first event of its type; several of one type oldest first
//     NAME@VERSION        an event; see cloud_event.hpp
//     foldline.end        how many events there were, and a checksum of all lines before; the last line
//
// The last member of each line is its linehash: the XXH3-64 of all that stands before it in the line.

inline constexpr int export_format = 1;

/// What the first line says.
///
/// value.
struct exported_store {
    store_identity identity;
    global_position head;
    bool is_selection = false;

    /// As the `source` of every line.
    [[nodiscard]] std::string source() const;
};

/// What the last line says.
///
/// value.
struct export_end {
    std::int64_t events = 0;
    std::uint64_t checksum = 0;
};

enum class line_kind { store, upcaster, schema, event, end };
[[nodiscard]] line_kind kind_of(const nlohmann::ordered_json& line);

[[nodiscard]] nlohmann::ordered_json line_of(const exported_store& store);
[[nodiscard]] nlohmann::ordered_json line_of(const declared_upcaster& step, const std::string& source);
/// `revision`: 1, 2, 3 … within the type.
[[nodiscard]] nlohmann::ordered_json line_of(const sqlite::kept_schema& kept, std::size_t revision,
                                             const std::string& source);
[[nodiscard]] nlohmann::ordered_json line_of(const export_end& end, const std::string& source);

/// The text of an object with its linehash, which makes it a line.
[[nodiscard]] std::string sealed(std::string object);

// What lines say. They throw `invalid_request` where a line does not say it.

/// The line of a text as `sealed` made it.
[[nodiscard]] nlohmann::ordered_json unsealed(std::string_view text);
[[nodiscard]] exported_store store_of(const nlohmann::ordered_json& line);
[[nodiscard]] declared_upcaster upcaster_of(const nlohmann::ordered_json& line);
/// A schema, and the name of its type, which the schema borrows.
struct named_schema {
    std::unique_ptr<std::string> name;
    event_schema schema;
    global_position first_position;  ///< of the event that brought it; 0 where nobody noted it
};
[[nodiscard]] named_schema schema_of_line(const nlohmann::ordered_json& line);
[[nodiscard]] export_end end_of(const nlohmann::ordered_json& line);

/// The name of a schema, as events give it in `dataschema`.
[[nodiscard]] std::string uri_of(const event_schema& schema);

/// XXH3-64 of everything that was added.
///
/// confined.
class running_checksum {
public:
    running_checksum();
    ~running_checksum();
    running_checksum(const running_checksum&) = delete;
    running_checksum& operator=(const running_checksum&) = delete;

    void add(std::string_view bytes);
    [[nodiscard]] std::uint64_t value() const;

private:
    struct state;
    std::unique_ptr<state> state_;
};

[[nodiscard]] std::uint64_t checksum_of(std::string_view bytes);
/// 16 digits.
[[nodiscard]] std::string hexadecimal(std::uint64_t number);
[[nodiscard]] std::optional<std::uint64_t> number_of_hexadecimal(std::string_view text);

// Members of lines. They throw `invalid_request` naming the member.

[[nodiscard]] const std::string& text_at(const nlohmann::ordered_json& object, const char* name);
/// A whole number, written as a string: JSON's numbers lose digits beyond 2^53, and those of CloudEvents beyond 2^31.
[[nodiscard]] std::int64_t number_at(const nlohmann::ordered_json& object, const char* name);
/// Bytes that are written as base64.
[[nodiscard]] std::string bytes_at(const nlohmann::ordered_json& object, const char* name);

}  // namespace foldline::inline v0::cli
