#pragma once

#include <foldline/core/command.hpp>
#include <foldline/core/decider.hpp>
#include <foldline/core/event_store.hpp>
#include <foldline/core/state_memory.hpp>

#include <string_view>
#include <utility>

namespace foldline::inline v0 {

struct repository_options {
    /// How often a command is decided before it is `conflicted`, the first time included.
    int attempts = 10;
};

/// Loads aggregates of one kind, and handles their commands.
///
/// An aggregate's header ends with `extern template class foldline::repository<order>;` and its source, which sees the
/// events' classes, with `template class foldline::repository<order>;`. Callers then compile neither.
///
/// Threads: shared. `store` and `memory` outlive it.
/// Fails:   what the store throws; `event_failure` for a stored event that the aggregate does not list, or that does
///          not decode; `invalid_name` for an id that is none.
template <class A>
class repository {
public:
    using state = typename A::state;
    using outcome = command_outcome<typename A::refusal>;

    explicit repository(event_store& store, repository_options options = {});
    /// Takes up states from `memory` where it has one, and offers it those that come up.
    repository(event_store& store, state_memory<state>& memory, repository_options options = {});

    /// The state of the aggregate `id`, now or as it was.
    [[nodiscard]] loaded<state> load(std::string_view id, const as_of& when = latest{}) const;

    /// Loads, decides, and appends at the version that was loaded. When somebody else was faster, reads only what is
    /// new and decides again.
    template <class Command>
    outcome handle(std::string_view id, const Command& command, const command_context& context = {}) {
        detail::check_command<A, Command>();
        return handle_with(id, context, [&](const state& now) { return A::decide(now, command); });
    }

    /// The same with a decision that is no command of the aggregate: made of the state by `decide`.
    outcome handle_with(std::string_view id, const command_context& context,
                        function_ref<typename A::decision(const state&)> decide);

private:
    detail::aggregate_engine engine_;
    state_memory<state>* memory_ = nullptr;
    repository_options options_;
};

template <class A>
repository<A>::repository(event_store& store, repository_options options)
    : engine_(store, A::category, detail::fold_rules<A>(typename A::events{})), options_(options) {
    static_assert(decider<A>);
}

template <class A>
repository<A>::repository(event_store& store, state_memory<state>& memory, repository_options options)
    : repository(store, options) {
    memory_ = &memory;
}

template <class A>
loaded<typename A::state> repository<A>::load(std::string_view id, const as_of& when) const {
    const stream_id stream = engine_.stream(id);
    loaded<state> result;
    if (memory_)
        if (auto recalled = memory_->recall(stream, when)) result = *std::move(recalled);
    engine_.fold(stream, &result.state, result, when);
    return result;
}

template <class A>
typename repository<A>::outcome repository<A>::handle_with(std::string_view id, const command_context& context,
                                                           function_ref<typename A::decision(const state&)> decide) {
    const stream_id stream = engine_.stream(id);
    if (auto earlier = engine_.earlier_answer(stream, context))
        return std::visit([](auto& answer) -> outcome { return std::move(answer); }, *earlier);

    loaded<state> now;
    if (memory_)
        if (auto recalled = memory_->recall(stream, latest{})) now = *std::move(recalled);
    const stream_version recalled_at = now.version;

    std::optional<typename A::decision> last;
    auto handled = engine_.handle(stream, &now.state, now, context, options_.attempts, [&] {
        last.emplace(decide(now.state));
        return last->rejection() ? detail::decided{} : detail::decided{&last->events()};
    });
    if (memory_ && std::holds_alternative<accepted>(handled)) memory_->offer(stream, now, recalled_at);

    return std::visit(
        [&]<class Result>(Result& result) -> outcome {
            if constexpr (std::is_same_v<Result, std::monostate>) return *last->rejection();
            else return std::move(result);
        },
        handled);
}

}  // namespace foldline::inline v0
