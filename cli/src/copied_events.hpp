#pragma once

#include "stored_messages.hpp"
#include "transfer_requests.hpp"

#include <foldline/core/event_store.hpp>
#include <foldline/sqlite/event_copy.hpp>

#include <vector>

namespace foldline::inline v0::cli {

/// Makes of events what a copy is to hold.
///
/// confined.
/// Fails: `event_failure` for an event that cannot be read, and so not redacted.
class copied_events {
public:
    /// Both outlive it; `stored` hands out events as they are stored.
    copied_events(const event_store& stored, const copy_request& request) : messages_(stored), request_(request) {}

    void add(const event_view& event, event_type type, std::vector<sqlite::copied_event>& into);

private:
    [[nodiscard]] stream_id renamed(stream_ref stream) const;
    [[nodiscard]] std::string redacted(const event_view& event, event_type type);

    stored_messages messages_;
    const copy_request& request_;
};

}  // namespace foldline::inline v0::cli
