#include <foldline/eventstore/subscription.hpp>

#include "page_copy.hpp"

#include <foldline/core/error.hpp>

#include <fmt/core.h>

#include <exception>
#include <utility>

namespace foldline::inline v0 {
namespace {

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

/// `read` goes on from where the last one ended, and keeps in `so_far` what need not be handed out again.
template <class Read>
bool subscription::read_on(Read read) {
    reached_.at_end = false;
    just_caught_up_ = false;
    detail::handed_out so_far{reached_};
    try {
        reached_ = read(so_far);
    } catch (...) {
        reached_ = so_far.passed();
        said_caught_up_ = said_caught_up_ && !so_far.any();
        throw;
    }
    just_caught_up_ = reached_.at_end && (so_far.any() || !said_caught_up_);
    said_caught_up_ = reached_.at_end || (said_caught_up_ && !so_far.any());
    return !reached_.at_end;
}

bool subscription::poll(event_sink sink) {
    return read_on([&](detail::handed_out& so_far) {
        return store_.read(query_.from(reached_), limit_, [&](const event_view& event) {
            so_far.begin(event);
            const flow wanted = sink(event);
            so_far.end(event);
            return wanted;
        });
    });
}

bool subscription::poll_batch(batch_sink sink) {
    if (!batch_) batch_ = std::make_unique<event_batch>();
    return read_on([&](detail::handed_out& so_far) {
        const detail::page_copy copy{store_, query_, limit_, reached_, *batch_};
        if (!batch_->empty()) {
            sink(batch_->events());
            so_far.pass_to(copy.reached);
        }
        if (copy.failure) std::rethrow_exception(copy.failure);
        return copy.reached;
    });
}

}  // namespace foldline::inline v0
