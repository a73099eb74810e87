#pragma once

#include <foldline/core/function_ref.hpp>
#include <foldline/projections/detail/window_rules.hpp>
#include <foldline/projections/read_model_store.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace foldline::inline v0 {

/// An event that came too late for a window, and is in it no more.
///
/// value.
struct late_event {
    global_position position;
    std::uint32_t part = 0;  ///< as `event_view::part`
    std::string stream;
    std::string key;
    timestamp occurred_at;
    window missed;  ///< of a sliding projection: the one that ends at the event
};

namespace detail {

/// A window as its row has it; borrowed.
struct stored_window {
    std::string_view key;
    window when;
    bool closed;
    std::uint64_t corrections;
    std::string_view document;
};

/// The part of readers that does not depend on the document, compiled once.
///
/// Threads: as what it reads from.
class window_reader {
public:
    window_reader(const read_model_store& models, const window_rules& rules);
    window_reader(sql_session& rows, const window_rules& rules);

    using window_sink = function_ref<void(const stored_window&)>;
    void find(std::string_view key, timestamp start, window_sink sink) const;
    void of_key(std::string_view key, timestamp from, timestamp to, window_sink sink) const;
    void that_are(bool closed, window_sink sink) const;

    [[nodiscard]] std::optional<timestamp> watermark(std::string_view key) const;
    [[nodiscard]] std::optional<timestamp> earliest_watermark() const;
    [[nodiscard]] std::uint64_t ignored() const;
    void late(function_ref<void(const late_event&)> sink) const;

    /// Puts the window of a sliding projection together; false if it has no part, or is not kept.
    [[nodiscard]] bool at(std::string_view key, timestamp time, google::protobuf::Message& part,
                          function_ref<void()> merge_part) const;

    void read(google::protobuf::Message& document, std::string_view key, std::string_view bytes) const;

private:
    void windows_where(std::string_view condition, std::span<const sql_value> values, window_sink sink) const;

    window_rules rules_;
    std::function<void(function_ref<void(sql_session&)>)> read_;
};

}  // namespace detail
}  // namespace foldline::inline v0
