#include <foldline/eventstore/subscription.hpp>

#include <foldline/core/error.hpp>

#include <fmt/core.h>

#include <utility>

namespace foldline::inline v0 {
namespace {

/// How far a poll has come in case it fails: beyond the events that need not be handed out again.
class handed_out {
public:
    explicit handed_out(page begin) : before_(begin), passed_(begin) {}

    /// A stored event may come in parts. It is passed when the sink has returned from the last one, so another part of
    /// the same event takes it back.
    void begin(const event_view& event) {
        const bool another_part = event.position == passed_.last_position && event.version == passed_.last_version;
        if (another_part) passed_ = before_;
        else before_ = passed_;
    }
    void end(const event_view& event) {
        passed_.last_position = event.position;
        passed_.last_version = event.version;
    }
    [[nodiscard]] const page& passed() const { return passed_; }

private:
    page before_;
    page passed_;
};

void require_within(const event_store& store, const read_query& query) {
    const bool by_version = std::holds_alternative<stream_id>(query.where());
    const std::int64_t head = store.head().value;
    if (!by_version && query.lower_bound() > head)
        throw incompatible_store(fmt::format(
            "a subscription begins after position {}, but the store ends at {}: the position was reached in another "
            "store or in another history; begin again from 0",
            query.lower_bound(), head));
}

}  // namespace

subscription::subscription(const event_store& store, read_query query, batch_limit limit)
    : store_(store), query_(std::move(query)), limit_(limit), reached_(query_.empty_page()) {
    if (query_.direction() == read_direction::backward)
        throw invalid_request("a subscription reads forward; its query goes backward");
    require_within(store_, query_);
}

bool subscription::poll(event_sink sink) {
    reached_.at_end = false;
    handed_out so_far{reached_};
    try {
        reached_ = store_.read(query_.from(reached_), limit_, [&](const event_view& event) {
            so_far.begin(event);
            const flow wanted = sink(event);
            so_far.end(event);
            return wanted;
        });
    } catch (...) {
        reached_ = so_far.passed();
        throw;
    }
    return !reached_.at_end;
}

}  // namespace foldline::inline v0
