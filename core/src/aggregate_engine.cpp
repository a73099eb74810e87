#include <foldline/core/detail/aggregate_engine.hpp>

#include <foldline/core/error.hpp>

#include <fmt/core.h>

#include <algorithm>

namespace foldline::inline v0::detail {
namespace {

/// Large enough that a page costs nothing beside its events, small enough that no read holds the store for long.
constexpr batch_limit fold_page{4096};

/// Nothing that comes later in the stream can belong to `when` either.
bool lies_beyond(const event_view& event, const as_of& when) {
    if (const auto* at = std::get_if<at_position>(&when)) return event.position > at->position;
    if (const auto* at = std::get_if<as_of_recorded>(&when)) return event.recorded_at > at->time;
    return false;
}

bool belongs(const event_view& event, const as_of& when) {
    const auto* at = std::get_if<as_of_occurred>(&when);
    return !at || event.occurred_at <= at->time;
}

void advance(fold_progress& progress, const event_view& event) {
    progress.latest_occurred =
        progress.exists() ? std::max(progress.latest_occurred, event.occurred_at) : event.occurred_at;
    progress.version = event.version;
    progress.position = event.position;
    progress.recorded_at = event.recorded_at;
}

}  // namespace

/// Folds events into one state. Its messages are made as they are needed and reused; they belong to one call, so that
/// the engine itself can be shared.
class aggregate_engine::folder {
public:
    folder(const aggregate_engine& engine, void* state)
        : engine_(engine), state_(state), messages_(engine.rules_.size()) {}

    void fold(const event_view& event) {
        const fold_rule& rule = rule_for(event);
        message_ptr& reused = messages_[static_cast<std::size_t>(&rule - engine_.rules_.data())];
        if (!reused) reused = rule.new_message();
        rule.fold(state_, decode(event, *reused, rule.type));
    }
    /// `event.message` is of the rule's own class, as what a decider decided always is.
    void fold_own(const event_view& event) { rule_for(event).fold(state_, *event.message); }

private:
    const fold_rule& rule_for(const event_view& event) const {
        const auto type = static_cast<std::size_t>(event.type);
        if (type < engine_.rule_of_type_.size() && engine_.rule_of_type_[type]) return *engine_.rule_of_type_[type];
        throw event_failure(engine_.store_.type_of(event.type), event.stream, event.version, event.position,
                            fmt::format("the aggregate '{}' does not list this event; list it, or register an upcaster "
                                        "that leads to one that it lists",
                                        engine_.category_));
    }

    const aggregate_engine& engine_;
    void* state_;
    std::vector<message_ptr> messages_;
};

aggregate_engine::aggregate_engine(event_store& store, std::string_view category, std::vector<fold_rule> rules)
    : store_(store), category_(category), rules_(std::move(rules)) {
    require_category(category_);
    for (const fold_rule& rule : rules_) {
        const auto id = static_cast<std::size_t>(store_.type_id(rule.type));
        if (rule_of_type_.size() <= id) rule_of_type_.resize(id + 1, nullptr);
        if (rule_of_type_[id])
            throw definition_error(
                fmt::format("the aggregate '{}' lists two events named {}", category_, rule.type.to_string()));
        rule_of_type_[id] = &rule;
    }
}

stream_id aggregate_engine::stream(std::string_view id) const { return {std::string(category_), std::string(id)}; }

void aggregate_engine::fold(const stream_id& stream, void* state, fold_progress& progress, const as_of& when) const {
    read_query query = read_query::stream(stream).after(progress.version);
    const auto* until = std::get_if<at_version>(&when);
    if (until) query = query.before(until->version.next());

    folder events_into{*this, state};
    bool beyond = false;
    while (!beyond) {
        const page page = store_.read(query, fold_page, [&](const event_view& event) {
            beyond = lies_beyond(event, when);
            if (beyond) return flow::stop;
            if (belongs(event, when)) {
                events_into.fold(event);
                advance(progress, event);
            }
            return flow::go_on;
        });
        // The stream's version counts stored events, also those that a decorator made none of.
        if ((until || std::holds_alternative<latest>(when)) && page.last_version > progress.version) {
            progress.version = page.last_version;
            progress.position = page.last_position;
        }
        if (page.at_end) break;
        query = query.from(page);
    }
}

append_request aggregate_engine::request_for(const stream_id& stream, stream_version at,
                                             const std::vector<message_ptr>& events,
                                             const command_context& context) const {
    metadata meta = context.meta;
    if (meta.causation_id.empty() && context.id) meta.causation_id = context.id->to_string();
    const std::string encoded = encode(meta);

    std::vector<event_data> data;
    data.reserve(events.size());
    for (const message_ptr& message : events) {
        event_data& event = data.emplace_back(to_event(*message, encoded));
        event.occurred_at = context.occurred_at;
        if (context.id) event.id = event_id_of(*context.id, data.size() - 1);
    }
    return append_request::to(stream, expected_version::exactly(at), std::move(data));
}

std::optional<std::variant<accepted, id_reused>> aggregate_engine::earlier_answer(
    const stream_id& stream, const command_context& context) const {
    if (!context.id) return std::nullopt;
    const event_id first = event_id_of(*context.id, 0);
    const auto earlier = store_.find_append(first);
    if (!earlier) return std::nullopt;
    if (earlier->stream != stream) return id_reused{first};
    return accepted{earlier->result.version, earlier->result.position, earlier->count, stored::before};
}

aggregate_engine::handled aggregate_engine::handle(const stream_id& stream, void* state, fold_progress& progress,
                                                   const command_context& context, int attempts,
                                                   function_ref<decided()> decide) const {
    for (int attempt = 1;; ++attempt) {
        fold(stream, state, progress, latest{});
        if (context.seen && *context.seen != progress.version) return conflicted{stream, progress.version, attempt};
        const decided decided = decide();
        if (!decided.events) return std::monostate{};
        if (decided.events->empty()) return accepted{progress.version, progress.position};

        const append_result result = store_.append(request_for(stream, progress.version, *decided.events, context));
        if (const auto* done = std::get_if<appended>(&result)) {
            if (done->when == stored::now) fold_own(state, progress, *decided.events, *done, context);
            return accepted{done->version, done->position, decided.events->size(), done->when};
        }
        if (const auto* reused = std::get_if<id_reused>(&result)) return *reused;
        if (attempt >= attempts) return conflicted{stream, std::get<version_conflict>(result).actual, attempt};
    }
}

void aggregate_engine::fold_own(void* state, fold_progress& progress, const std::vector<message_ptr>& events,
                                const appended& done, const command_context& context) const {
    folder events_into{*this, state};
    for (const message_ptr& message : events) {
        event_view event;
        event.type = store_.type_id(schema_of(*message).type);
        event.message = message.get();
        event.version = progress.version.next();
        event.position = done.position;
        event.recorded_at = done.recorded_at;
        event.occurred_at = context.occurred_at.value_or(done.recorded_at);
        events_into.fold_own(event);
        advance(progress, event);
    }
}

}  // namespace foldline::inline v0::detail
