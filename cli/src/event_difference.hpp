#pragma once

#include "opened_store.hpp"
#include "requests.hpp"
#include "stored_messages.hpp"

#include <foldline/core/event.hpp>
#include <foldline/core/event_store.hpp>

#include <string>
#include <vector>

namespace foldline::inline v0::cli {

/// What one of two stores has otherwise.
///
/// value.
struct difference {
    std::string place;  ///< "position 4711", "schemas of order-placed@2"
    std::string what;   ///< "type", "payload.lines[0].quantity"
    std::string first;
    std::string second;
};

/// Finds the differences of events that stand at the same place, of what is known of writes, of schemas and of
/// upcasters.
///
/// confined.
class store_comparison {
public:
    /// Both outlive it.
    store_comparison(const opened_store& first, const opened_store& second, personal_data personal);

    [[nodiscard]] std::vector<difference> of_upcasters() const;
    [[nodiscard]] std::vector<difference> of_schemas() const;
    [[nodiscard]] std::vector<difference> of_events(const recorded_event& first, const recorded_event& second);

private:
    void compare_writes(std::vector<difference>& found, const recorded_event& first,
                        const recorded_event& second) const;
    void compare_metadata(std::vector<difference>& found, const recorded_event& first,
                          const recorded_event& second) const;
    void compare_payloads(std::vector<difference>& found, const recorded_event& first, const recorded_event& second);
    [[nodiscard]] stored_message decoded(const recorded_event& event);
    [[nodiscard]] std::string bytes(const std::string& payload, bool may_be_shown) const;

    const sqlite::database& first_file_;
    const sqlite::database& second_file_;
    const event_store& first_;
    const event_store& second_;
    personal_data personal_;
    stored_messages messages_;  // by the schemas of the first, so that both are of one class
};

}  // namespace foldline::inline v0::cli
