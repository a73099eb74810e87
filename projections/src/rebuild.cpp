#include <foldline/projections/rebuild.hpp>

#include "event_routes.hpp"

#include <foldline/core/error.hpp>
#include <foldline/eventstore/bounded_event_store.hpp>
#include <foldline/projections/projector.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

namespace foldline::inline v0 {
namespace {

using std::chrono::steady_clock;

/// A projection and the rows of it that are being built.
struct building {
    projection* target;
    std::unique_ptr<read_model_store> beside;
};

/// Lets projections have no effect outside their rows for as long as it lives.
class no_effects {
public:
    explicit no_effects(std::span<projection* const> projections) : projections_(projections) { tell(true); }
    no_effects(const no_effects&) = delete;
    no_effects& operator=(const no_effects&) = delete;
    ~no_effects() { tell(false); }

private:
    void tell(bool now) {
        for (projection* each : projections_) each->rebuilding(now);
    }
    std::span<projection* const> projections_;
};

/// An interrupted rebuild may have been of another version or history; what it left is of no use then.
building begin(const event_store& store, read_model_store& models, projection& target) {
    building made{&target, models.beside(target)};
    const auto left = made.beside->find(target.name());
    if (left && !is_continuable(store, target, *left)) made.beside->create(target, store.identity());
    return made;
}

projector_options options_of(const rebuild_options& options, bool much_to_do) {
    projector_options made{};
    made.batch = options.batch;
    made.on_failure = options.on_failure;
    made.read_ahead = much_to_do && options.read_ahead;
    return made;
}

class progress_report {
public:
    progress_report(const event_store& store, const rebuild_options& options) : store_(store), options_(options) {}

    void tell(global_position reached) {
        if (!options_.report) return;
        rebuild_progress now{reached, store_.head(), 0, std::nullopt};
        if (std::exchange(is_first_, false)) began_at_ = reached;  // an interrupted one did not begin at 0
        const std::chrono::duration<double> passed = steady_clock::now() - begun_;
        if (reached > began_at_ && passed.count() > 0) {
            now.rate = static_cast<double>(reached.value - began_at_.value) / passed.count();
            const double left = static_cast<double>(now.head.value - reached.value) / now.rate;
            now.left = std::chrono::milliseconds{static_cast<std::int64_t>(left * 1000)};
        }
        options_.report(now);
    }

private:
    const event_store& store_;
    const rebuild_options& options_;
    steady_clock::time_point begun_ = steady_clock::now();
    global_position began_at_;
    bool is_first_ = true;
};

/// Rests so long that the work took its part of the time.
void rest_after(steady_clock::time_point begun, double effort) {
    if (effort >= 1.0) return;
    const auto worked = steady_clock::now() - begun;
    std::this_thread::sleep_for(std::chrono::duration<double>(worked) * ((1.0 - effort) / effort));
}

void build(const event_store& store, std::span<building> all, const rebuild_options& options) {
    projector builder{store, options_of(options, true)};
    for (building& each : all) builder.add(*each.target, *each.beside);
    progress_report progress{store, options};
    for (bool more = true; more;) {
        const auto begun = steady_clock::now();
        more = builder.run_batch();
        progress.tell(builder.position());
        if (more) rest_after(begun, options.effort);
    }
    builder.catch_up();  // tells what keeps it from getting there, if something does
}

/// How far the partition of a key has come.
global_position position_of_key(const read_model_store& models, const projection& projection,
                                std::string_view order_key) {
    const auto state = models.find(projection.name());
    const std::uint64_t hash = order_hash(order_key);
    for (const partition_state& each : state->partitions)
        if (each.part.owns(hash)) return each.position;
    throw corrupt_data(fmt::format("no partition of projection {} in {} has the order key {}", projection.name(),
                                   models.place(), order_key));
}

constexpr batch_limit key_batch{10'000};

/// Applies every event of the key that `store` has. Where it is no stream, all events have to be asked.
void apply_key(const event_store& store, projection& projection, std::string_view order_key, sql_session& rows) {
    event_routes routes{store};
    routes.add(projection);
    const bool of_stream = !projection.has_order_key();
    read_query query = of_stream ? read_query::stream(stream_id::parse(order_key)) : read_query::all();
    const auto apply = [&](const event_view& event) {
        event_routes::of_type& found = routes.of(event.type);
        if (found.routes.empty()) return;
        try {
            if (found.routes.front().wanted == event_routes::other_version)
                throw_other_version(projection, found.type, event);
            const auto wanted = static_cast<std::size_t>(found.routes.front().wanted);
            const google::protobuf::Message& message = decode(event, *found.reused, found.type);
            if (of_stream || projection.order_key(wanted, message, event) == order_key)
                projection.apply(wanted, message, event, rows);
        } catch (...) {
            throw_as_failure_of(projection, found.type, event);
        }
    };
    for (bool at_end = false; !at_end;) {
        const page page = store.read(query, key_batch, apply);
        at_end = page.at_end;
        query = query.from(page);
    }
}

void require_effort(const rebuild_options& options) {
    if (!(options.effort > 0.0 && options.effort <= 1.0))
        throw invalid_request(
            fmt::format("a rebuild cannot work in {} of the time; give a number above 0 and up to 1", options.effort));
}

}  // namespace

void rebuild(const event_store& store, read_model_store& models, projection& projection, rebuild_options options) {
    foldline::projection* const one = &projection;
    rebuild(store, models, std::span{&one, 1}, std::move(options));
}

void rebuild(const event_store& store, read_model_store& models, std::span<projection* const> projections,
             rebuild_options options) {
    require_effort(options);
    const no_effects quiet{projections};
    std::vector<building> all;
    for (projection* each : projections) all.push_back(begin(store, models, *each));
    build(store, all, options);
    for (building& each : all) {
        read_model_store& beside = *each.beside;
        // What was appended since, while the present rows are held where they are: nobody who has seen a position in
        // them may be sent back behind it.
        models.swap_in(*each.target, std::move(each.beside), [&] {
            projector last{store, beside, *each.target, options_of(options, false)};
            last.catch_up();
        });
    }
}

std::uint64_t verify_rows(const event_store& store, read_model_store& models, projection& projection,
                          function_ref<void(const row_difference&)> sink, std::size_t most, rebuild_options options) {
    require_effort(options);
    const auto present = models.find(projection.name());
    if (!present)
        throw definition_error(
            fmt::format("projection {} has no rows in {} to compare with", projection.name(), models.place()));
    require_continuable(store, models, projection, *present);
    foldline::projection* const one = &projection;
    const no_effects quiet{{&one, 1}};
    // What an interrupted rebuild left may stand beyond the present rows.
    building made{&projection, models.beside(projection)};
    made.beside->create(projection, store.identity());
    const bounded_event_store up_to_here{store, present->position()};
    build(up_to_here, std::span{&made, 1}, options);
    read_model_store& beside = *made.beside;
    return models.compare(
        projection, std::move(made.beside),
        [&](global_position position) {
            const bounded_event_store up_to_there{store, position};
            projector last{up_to_there, beside, projection, options_of(options, false)};
            last.catch_up();
        },
        sink, most);
}

void rebuild_key(const event_store& store, read_model_store& models, projection& projection,
                 std::string_view order_key) {
    const auto rows = models.dead_letters().replay(projection.name(), order_key, definition_of(projection));
    const global_position end = position_of_key(models, projection, order_key);
    foldline::projection* const one = &projection;
    const no_effects quiet{{&one, 1}};
    try {
        if (!projection.erase_key(order_key, *rows))
            throw definition_error(fmt::format("projection {} cannot erase the rows of one order key; rebuild it whole",
                                               projection.name()));
        apply_key(bounded_event_store{store, end}, projection, order_key, *rows);
        projection.flush(*rows);
        while (rows->first()) rows->applied();
        rows->commit();
    } catch (...) {
        projection.rolled_back();
        throw;
    }
    projection.committed(end);
}

}  // namespace foldline::inline v0
