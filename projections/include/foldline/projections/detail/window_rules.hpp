#pragma once

#include <foldline/projections/projection.hpp>
#include <foldline/projections/window.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace foldline::inline v0::detail {

/// What a projection by event time was told; it does not change once it is driven.
struct window_rules {
    std::string name;
    std::uint32_t version = 0;
    std::string document;  ///< what documents are, for the definition
    std::chrono::microseconds size{};
    std::chrono::microseconds every{};  ///< 0 for windows that slide
    std::chrono::microseconds offset{};
    std::chrono::microseconds lag{};
    std::chrono::microseconds lateness{};
    std::optional<std::chrono::microseconds> keep;
    std::optional<std::chrono::microseconds> most_ahead;
    late beyond = late::corrected;
    watermark_scope scope = watermark_scope::per_key;
};

/// What is done with one kind of event.
struct window_handler {
    projected_event event;
    /// Empty: the event is in no window.
    std::function<std::optional<std::string>(const google::protobuf::Message&, const event_view&)> key;
    std::function<void(google::protobuf::Message& document, const google::protobuf::Message&, const event_view&)> fold;
};

using window_hook =
    std::function<void(sql_session&, const std::string& key, const window&, const google::protobuf::Message&)>;

/// The same for a tumbling window. Throws `definition_error` for a size that is not positive or too long, and for
/// windows that leave gaps or overlap more than a thousandfold.
[[nodiscard]] window_rules rules_of(std::string name, std::uint32_t version, hopping windows);
[[nodiscard]] window_rules rules_of(std::string name, std::uint32_t version, sliding windows);
/// Other text for other fields.
[[nodiscard]] std::string content_of(const google::protobuf::Message& document);

/// Throws `definition_error` for a duration that is negative or longer than times can be apart; `what` names it.
[[nodiscard]] std::chrono::microseconds required_duration(const window_rules& rules, std::string_view what,
                                                          std::chrono::microseconds given);
void require_one_handler(const window_rules& rules, const std::vector<projected_event>& known, event_type type);

/// Whether windows reach there: to some 70,000 years from now.
[[nodiscard]] bool is_in_reach(timestamp time);
/// The windows that hold `time`, by their start. Throws `invalid_request` for a time out of reach.
void each_window_of(const window_rules& rules, timestamp time, function_ref<void(const window&)> sink);

/// The watermark after an event; `before` is empty where it is the first one.
[[nodiscard]] timestamp moved_watermark(const window_rules& rules, std::optional<timestamp> before,
                                        const event_view& event);

enum class fate { taken, set_aside, ignored };
/// What becomes of an event in a window that closes when the watermark comes to `closes`, and is removed when it comes
/// to `removed`, if ever.
[[nodiscard]] fate fate_of(const window_rules& rules, timestamp closes, std::optional<timestamp> removed,
                           timestamp watermark);

/// How far behind the watermark windows are kept; empty: for ever.
[[nodiscard]] std::optional<std::chrono::microseconds> kept_behind(const window_rules& rules);

/// What both kinds of projections keep beside their windows, and `own`. Checks all names.
[[nodiscard]] std::vector<read_model_table> with_common_tables(const window_rules& rules,
                                                               std::vector<read_model_table> kept,
                                                               const std::vector<read_model_table>& own);

}  // namespace foldline::inline v0::detail
