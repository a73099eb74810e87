#pragma once

#include "event_json.hpp"
#include "object_list.hpp"
#include "opened_store.hpp"
#include "requests.hpp"
#include "shown_payload.hpp"
#include "stored_messages.hpp"

#include <foldline/core/event_view.hpp>

#include <cstdio>
#include <string>

namespace foldline::inline v0::cli {

/// Writes events one after another, with their payloads as JSON.
///
/// confined.
class event_writer {
public:
    /// `store` outlives it.
    event_writer(std::FILE* out, const opened_store& store, const event_display& display);

    void write(const event_view& event);
    void end();

private:
    void write_for_people(const event_view& event);
    [[nodiscard]] event_label label_of(const event_view& event) const;
    [[nodiscard]] shown_payload payload_of(const event_view& event);
    [[nodiscard]] std::string printed(const std::string& text) const;

    std::FILE* out_;
    const opened_store& store_;
    event_display display_;
    stored_messages messages_;
    object_list objects_;
};

}  // namespace foldline::inline v0::cli
