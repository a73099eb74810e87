#include <foldline/projections/dead_letters.hpp>

#include "event_routes.hpp"
#include "thrown_text.hpp"

#include <foldline/projections/dispatch.hpp>
#include <foldline/projections/error_policy.hpp>
#include <foldline/projections/projector.hpp>

#include <fmt/core.h>
#include <google/protobuf/message.h>

#include <exception>
#include <utility>

namespace foldline::inline v0 {
namespace {

// One transaction tries so many at most: nobody else writes to the file meanwhile.
constexpr std::uint64_t most_at_once = 1'000;

// By its position: its stream may be read by another name today, where its category was given one.
read_query query_of(const parked_event& letter) {
    return read_query::all().after(global_position{letter.position.value - 1}).before(letter.position.next());
}

bool is_of(const event_view& event, const parked_event& letter) {
    return event.version == letter.version && event.stream.id == stream_id::parse(letter.stream).id();
}

/// Hands on every part of the one event; false if the store has none that the query lets through.
bool read_one(const event_store& store, read_query query, event_sink sink) {
    page read;
    do {
        read = store.read(query, batch_limit{1}, sink);
        query = query.from(read);
    } while (read.events == 0 && !read.at_end);
    return read.events > 0;
}

std::string gone(const parked_event& letter) {
    return fmt::format("the store has no event {} at version {} of stream {} (position {}) any more; drop it",
                       letter.type, letter.version.value, letter.stream, letter.position.value);
}

/// The event as the message that the projection would get; null where there is none. Of the projection's own class, and
/// never a copy of what an upcaster made without one: that would not outlive the store it came from.
message_ptr message_of(const projection& target, const event_view& event, event_type type) {
    const auto wanted = find_handler(target, type);
    if (!wanted || *wanted == event_routes::other_version) return nullptr;
    message_ptr made = target.events()[static_cast<std::size_t>(*wanted)].new_message();
    try {
        if (const auto& read = decode(event, *made, type); &read != made.get()) made->CopyFrom(read);
        return made;
    } catch (const event_failure&) {
        return nullptr;
    }
}

}  // namespace

struct dead_letters::parts {
    parts(const event_store& events, read_model_store& file, projection& projected, const clock& clock)
        : store(events), models(file), target(projected), time(clock), dispatch(events, projected) {
        for (const projected_event& event : target.events())
            wanted.push_back(wanted_type::every_version_of(std::string(event.type.name)));
    }

    /// What came of one transaction.
    struct slice {
        std::uint64_t applied = 0;
        std::optional<std::string> error;
        bool more = false;
    };

    [[nodiscard]] parked_event at(global_position position) const;
    [[nodiscard]] invalid_request nothing_at(global_position position) const;
    /// `only`: tries the event there, which has to be the first one.
    slice replay(std::string_view order_key, std::optional<global_position> only = {});
    [[nodiscard]] global_position require_rows() const;
    slice try_in_order(replay_session& session, std::optional<global_position> only);
    [[nodiscard]] bool has_next(const std::optional<parked_event>& first, std::optional<global_position> only) const;
    /// What went wrong; empty if nothing did.
    [[nodiscard]] std::optional<std::string> attempt(const parked_event& letter, replay_session& session);
    void apply(const parked_event& letter, sql_session& rows);
    [[nodiscard]] bool is_stored(const parked_event& letter) const;

    const event_store& store;
    read_model_store& models;
    projection& target;
    const clock& time;
    projection_dispatch dispatch;
    std::vector<wanted_type> wanted;
};

invalid_request dead_letters::parts::nothing_at(global_position position) const {
    return invalid_request(
        fmt::format("projection {} in {} has no event parked at position {}; list what it has parked", target.name(),
                    models.place(), position.value));
}

parked_event dead_letters::parts::at(global_position position) const {
    auto found = models.dead_letters().list(
        {.projection = std::string(target.name()), .after = global_position{position.value - 1}, .limit = 1});
    if (found.empty() || found.front().position != position) throw nothing_at(position);
    return std::move(found.front());
}

global_position dead_letters::parts::require_rows() const {
    const auto state = models.find(target.name());
    if (!state)
        throw definition_error(fmt::format("projection {} has no rows in {}: let a projector make them first",
                                           target.name(), models.place()));
    require_continuable(store, models, target, *state);
    return state->position();
}

dead_letters::parts::slice dead_letters::parts::replay(std::string_view order_key,
                                                       std::optional<global_position> only) {
    (void)require_rows();
    auto session = models.dead_letters().replay(target.name(), order_key, definition_of(target));
    // Once more: from here on nobody moves the rows, or swaps others in.
    const global_position position = require_rows();
    slice done;
    try {
        done = try_in_order(*session, only);
        if (done.applied > 0 || done.error) session->commit();
    } catch (...) {
        session.reset();
        target.rolled_back();
        throw;
    }
    target.committed(position);
    return done;
}

dead_letters::parts::slice dead_letters::parts::try_in_order(replay_session& session,
                                                             std::optional<global_position> only) {
    slice done;
    while (true) {
        const auto first = session.first();
        if (!has_next(first, only)) return done;
        if (done.applied == most_at_once) break;
        done.error = attempt(*first, session);
        if (done.error) {
            session.failed(*done.error, time.now());
            return done;
        }
        session.applied();
        ++done.applied;
        if (only) return done;
    }
    done.more = true;
    return done;
}

bool dead_letters::parts::has_next(const std::optional<parked_event>& first,
                                   std::optional<global_position> only) const {
    if (!only) return first.has_value();
    if (!first || first->position > *only) throw nothing_at(*only);
    if (first->position == *only) return true;
    throw invalid_request(fmt::format(
        "the event at position {} waits behind the one at {}, which comes first under the order key {} of projection "
        "{}: retry or drop that one first",
        only->value, first->position.value, first->order_key, target.name()));
}

std::optional<std::string> dead_letters::parts::attempt(const parked_event& letter, replay_session& session) {
    try {
        session.attempt([&] { apply(letter, session); });
        return std::nullopt;
    } catch (...) {
        const auto thrown = std::current_exception();
        if (class_of(thrown) != failure_class::event) throw;
        // What it holds back is of the event that failed: those before it were flushed.
        target.rolled_back();
        return text_of(thrown);
    }
}

void dead_letters::parts::apply(const parked_event& letter, sql_session& rows) {
    // Only what it wants is decoded, as when it came first.
    const bool found =
        !wanted.empty() && read_one(store, query_of(letter).of_types(wanted), [&](const event_view& event) {
            if (!is_of(event, letter)) throw error(gone(letter));
            dispatch.apply(event, rows);
        });
    if (!found && !is_stored(letter)) throw error(gone(letter));
    target.flush(rows);
}

bool dead_letters::parts::is_stored(const parked_event& letter) const {
    bool is_other = false;
    try {
        const bool found =
            read_one(store, query_of(letter), [&](const event_view& event) { is_other = !is_of(event, letter); });
        return found && !is_other;
    } catch (const event_failure&) {
        return true;  // it does not decode, and is not wanted
    }
}

dead_letters::dead_letters(const event_store& store, read_model_store& models, projection& projection,
                           const clock& time)
    : parts_(std::make_unique<parts>(store, models, projection, time)) {}
dead_letters::~dead_letters() = default;

parked_counts dead_letters::count() const { return parts_->models.dead_letters().count(parts_->target.name()); }

std::vector<parked_event> dead_letters::list(const letter_filter& filter) const {
    return parts_->models.dead_letters().list({.projection = std::string(parts_->target.name()),
                                               .order_key = filter.order_key,
                                               .failed_only = filter.failed_only,
                                               .after = filter.after,
                                               .limit = filter.limit});
}

std::vector<std::string> dead_letters::keys() const {
    return parts_->models.dead_letters().keys(parts_->target.name());
}

letter_details dead_letters::show(global_position position) const {
    letter_details letter;
    letter.parked = parts_->at(position);
    const auto keep = [&](const event_view& event) {
        if (!is_of(event, letter.parked)) {
            letter.unreadable = gone(letter.parked);
            return;
        }
        const event_type type = parts_->store.type_of(event.type);
        letter.parts.push_back({recorded_event{event, type}, message_of(parts_->target, event, type)});
    };
    try {
        if (!read_one(parts_->store, query_of(letter.parked), keep)) letter.unreadable = gone(letter.parked);
    } catch (const event_failure& failure) {
        letter.parts.clear();
        letter.unreadable = failure.what();
    }
    return letter;
}

std::vector<parked_event> dead_letters::explain(std::string_view order_key, std::size_t limit) const {
    return list({.order_key = std::string(order_key), .limit = limit});
}

std::vector<parked_event> dead_letters::explain(global_position position, std::size_t limit) const {
    return explain(parts_->at(position).order_key, limit);
}

replay_result dead_letters::retry_one(global_position position) {
    const parts::slice done = parts_->replay(parts_->at(position).order_key, position);
    return {done.applied, done.error ? 1U : 0U, done.error.value_or("")};
}

replay_result dead_letters::retry_key(std::string_view order_key) {
    replay_result result;
    parts::slice done;
    do {
        done = parts_->replay(order_key);
        result.applied += done.applied;
    } while (done.more);
    if (done.error) result = {result.applied, 1, *done.error};
    return result;
}

replay_result dead_letters::retry_all(const std::function<void(const replay_progress&)>& report) {
    replay_progress progress;
    const auto all = keys();
    progress.keys = all.size();
    for (const std::string& key : all) {
        progress.order_key = key;
        parts::slice done;
        do {
            done = parts_->replay(key);
            progress.so_far.applied += done.applied;
            if (done.error) {
                ++progress.so_far.still_failing;
                progress.so_far.error = *done.error;
            }
            if (!done.more) ++progress.keys_done;
            if (report) report(progress);
        } while (done.more);
    }
    return progress.so_far;
}

bool dead_letters::drop(global_position position, std::string_view reason) {
    if (reason.empty())
        throw invalid_request(
            fmt::format("the event at position {} was not given up, for no reason was given: whoever "
                        "misses it later will ask for one",
                        position.value));
    return parts_->models.dead_letters().drop(parts_->target.name(), position, reason, parts_->time.now());
}

std::vector<dropped_event> dead_letters::dropped(std::size_t limit) const {
    return parts_->models.dead_letters().dropped(parts_->target.name(), limit);
}

}  // namespace foldline::inline v0
