#include <foldline/eventstore/commit_signal.hpp>

#include <foldline/core/guarded.hpp>

#include <boost/signals2/signal.hpp>

#include <utility>

namespace foldline::inline v0 {
namespace {

/// What Signals2 runs for an emit. Its own combiners let the first slot that throws end the round, and then a follower
/// whose neighbour is broken would miss a commit.
struct call_every_slot {
    using result_type = void;

    guarded<commit_signal::error_slot>* on_error;

    template <class SlotIterator>
    void operator()(SlotIterator slot, SlotIterator end) const {
        for (; slot != end; ++slot) {
            try {
                *slot;
            } catch (const boost::signals2::expired_slot&) {
                // Disconnected since the round began.
            } catch (...) {
                report(std::current_exception());
            }
        }
    }

    void report(const std::exception_ptr& thrown) const noexcept {
        try {
            // Copied, so that the user's code runs without the lock.
            const auto handler = on_error->with([](const auto& current) { return current; });
            if (handler) handler(thrown);
        } catch (...) {
            // Nobody is left to tell, and the remaining slots still have to be called.
        }
    }
};

}  // namespace

struct commit_connection::link {
    boost::signals2::scoped_connection connection;
};

commit_connection::commit_connection() noexcept = default;
commit_connection::commit_connection(std::unique_ptr<link> made) noexcept : link_(std::move(made)) {}
commit_connection::commit_connection(commit_connection&& other) noexcept = default;
commit_connection& commit_connection::operator=(commit_connection&& other) noexcept = default;
commit_connection::~commit_connection() = default;

void commit_connection::disconnect() noexcept { link_.reset(); }

struct commit_signal::impl {
    guarded<error_slot> on_error;
    boost::signals2::signal<void(global_position), call_every_slot> signal{call_every_slot{&on_error}};
};

commit_signal::commit_signal() : impl_(std::make_unique<impl>()) {}
commit_signal::~commit_signal() = default;

commit_connection commit_signal::connect(const slot& look) {
    auto made = std::make_unique<commit_connection::link>();
    made->connection = impl_->signal.connect(look);
    return commit_connection{std::move(made)};
}

void commit_signal::report_errors_to(error_slot report) {
    // Swapped, so that the old one's destructor runs without the lock.
    impl_->on_error.with([&](error_slot& current) { current.swap(report); });
}

void commit_signal::emit(global_position head) noexcept {
    try {
        impl_->signal(head);
    } catch (...) {
        // Memory is short. The commit stands, and followers also look again by themselves.
    }
}

}  // namespace foldline::inline v0
