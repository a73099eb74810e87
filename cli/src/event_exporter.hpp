#pragma once

#include "cloud_event.hpp"
#include "export_format.hpp"
#include "requests.hpp"
#include "stored_messages.hpp"

#include <foldline/core/event_store.hpp>
#include <foldline/sqlite/database.hpp>

#include <cstdint>
#include <cstdio>
#include <memory>
#include <unordered_map>

namespace foldline::inline v0::cli {

/// Writes the lines of an export.
///
/// confined.
class event_exporter {
public:
    /// `file` and `store` outlive it; `store` is of the file, and hands out events as they are stored.
    event_exporter(std::FILE* out, const sqlite::database& file, const event_store& store, personal_data personal);

    void begin(const exported_store& about);
    void write(const event_view& event);
    void end();

    [[nodiscard]] std::int64_t events() const { return events_; }
    [[nodiscard]] std::int64_t masked() const { return masked_; }

private:
    struct known_type {
        event_type type;
        std::optional<exact_json> codec;  // none: no schema, or one that cannot be used
        std::optional<std::string> schema;
        bool may_hold_personal_data = false;
    };

    void write_line(const nlohmann::ordered_json& line);
    /// Writes its schemas when it is met for the first time.
    [[nodiscard]] known_type& type_of(const event_view& event);
    void write_schema(const sqlite::kept_schema& kept, std::size_t revision, known_type& of);
    /// Of a write whose ids the caller gave and that begins with this event; else 0.
    [[nodiscard]] std::size_t write_size_of(const event_view& event);
    [[nodiscard]] exported_payload payload_of(const event_view& event, known_type& known);
    /// None where nothing of the payload has to be masked.
    [[nodiscard]] std::optional<exported_payload> masked_payload_of(const event_view& event);

    std::FILE* out_;
    const sqlite::database& file_;
    const event_store& store_;
    personal_data personal_;
    stored_messages messages_;
    std::string source_;
    global_position head_;
    global_position write_ends_;  // of the last write that was met
    std::unordered_map<event_type_id, std::unique_ptr<known_type>> types_;
    running_checksum checksum_;
    std::int64_t events_ = 0;
    std::int64_t masked_ = 0;
};

}  // namespace foldline::inline v0::cli
