#pragma once

#include "cloud_event.hpp"
#include "export_format.hpp"
#include "transfer_requests.hpp"

#include <foldline/sqlite/event_import.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace foldline::inline v0::cli {

/// Takes the lines of an export, one after the other, and imports what they say.
///
/// confined.
/// Fails: `invalid_request` and `invalid_name` for a line that is not what an export has there, `incompatible_store`
/// for a selection that is not numbered anew; as `event_import`.
class event_importer {
public:
    /// All outlive it.
    event_importer(const import_request& request, const clock& time, id_source& ids);

    /// `line`: without its newline.
    void take(std::string_view line);
    /// After the last line.
    sqlite::copied_store finish(const sqlite::progress_report& report);
    /// The import was refused: nothing is left of it.
    void discard();

    [[nodiscard]] const exported_store& store() const { return store_; }
    [[nodiscard]] global_position last() const { return last_; }
    [[nodiscard]] const std::optional<sqlite::event_import>& import() const { return import_; }

private:
    void take_store(const nlohmann::ordered_json& line);
    void take_upcaster(const nlohmann::ordered_json& line);
    void take_schema(const nlohmann::ordered_json& line);
    void take_event(const nlohmann::ordered_json& line);
    void take_end(const nlohmann::ordered_json& line);
    void require_next(global_position position) const;

    const import_request& request_;
    const clock& time_;
    id_source& ids_;
    std::optional<sqlite::event_import> import_;  // none before the first line
    exported_store store_;
    std::unordered_map<std::string, std::unique_ptr<exact_json>> schemas_;  // by name; null: cannot be used
    running_checksum checksum_;                                             // of the lines before
    global_position last_;
    std::int64_t events_ = 0;
    bool is_ended_ = false;
};

}  // namespace foldline::inline v0::cli
