#include "traced_family.hpp"

#include "event_address.hpp"

#include <foldline/cli/exit_code.hpp>
#include <foldline/cli/interrupt.hpp>
#include <foldline/cli/terminal_progress.hpp>
#include <foldline/core/error.hpp>
#include <foldline/core/metadata.hpp>

#include <unordered_set>
#include <utility>

namespace foldline::inline v0::cli {
namespace {

constexpr std::size_t page_size = 1'000;

/// An id may be written in either case.
std::string same_for_all(std::string id) {
    const auto known = uuid::parse(id);
    return known ? known->to_string() : std::move(id);
}

metadata metadata_of(const event_view& event) {
    try {
        return decode_metadata(event.metadata);
    } catch (const event_failure&) {
        return {};  // `events` shows its bytes
    }
}

class tracer {
public:
    explicit tracer(const opened_store& store) : store_(store), events_(store.stored()) { catch_interrupts(); }

    traced_family find(const std::string& what) {
        const auto address = address_from(what);
        if (address && !std::holds_alternative<event_id>(*address))
            if (const auto position = find_event(store_, *address)) return family_of(*position);
        if (traced_family family = correlated(what); !family.events.empty()) return family;
        if (address && std::holds_alternative<event_id>(*address))
            if (const auto position = find_event(store_, *address)) return family_of(*position);
        return {};
    }

private:
    traced_family correlated(const std::string& id) {
        traced_family family{id, {}};
        each(read_query::all().with_correlation(id),
             [&](const event_view& event) { family.events.push_back(traced(event)); });
        return family;
    }

    traced_family family_of(global_position position) {
        const found_event asked = event_at(position);
        traced_family family = asked.correlation.empty() ? related(asked.event) : correlated(asked.correlation);
        family.asked_for = position;
        return family;
    }

    /// By causes alone: up to the first one, then down to everything that follows from it.
    traced_family related(const traced_event& asked) {
        const traced_event first = first_cause_of(asked);
        traced_family family{"", {first}};
        std::unordered_set<std::string> known{first.id};
        each(read_query::all().after(global_position{first.position}), [&](const event_view& event) {
            if (event.metadata.empty()) return;
            traced_event next = traced(event);
            if (next.cause.empty() || !known.contains(next.cause)) return;
            known.insert(next.id);
            family.events.push_back(std::move(next));
        });
        return family;
    }

    /// Where causes run in a circle, any of them is the first one.
    traced_event first_cause_of(traced_event event) {
        std::unordered_set<std::string> passed{event.id};
        for (;;) {
            const auto cause = uuid::parse(event.cause);
            if (!cause || !passed.insert(event.cause).second) return event;
            const auto position = find_event(store_, event_id{*cause});
            // A cause comes before its effect; one that does not is left to whoever draws it.
            if (!position || position->value > event.position) return event;
            event = event_at(*position).event;
        }
    }

    struct found_event {
        traced_event event;
        std::string correlation;
    };
    [[nodiscard]] found_event event_at(global_position position) const {
        found_event found;
        events_.read(read_query::all().after(global_position{position.value - 1}), batch_limit{1},
                     [&](const event_view& event) {
                         found = {traced(event), metadata_of(event).correlation_id};
                     });
        return found;
    }

    [[nodiscard]] traced_event traced(const event_view& event) const {
        return {event.id.to_string(),     same_for_all(metadata_of(event).causation_id),
                event.stream.to_string(), event.version.value,
                event.position.value,     events_.type_of(event.type).to_string(),
                event.recorded_at};
    }

    template <class Use>
    void each(read_query query, Use use) {
        terminal_progress line{"Tracing", "events"};
        const auto begin = query.lower_bound();
        const auto all = static_cast<std::uint64_t>(std::max(events_.head().value - begin, std::int64_t{0}));
        for (page page; !page.at_end; query = query.from(page)) {
            if (is_interrupted()) throw interrupted("stopped; the tree is not complete, and not drawn");
            page = events_.read(query, batch_limit{page_size}, use);
            line.show(static_cast<std::uint64_t>(std::max(page.last_position.value - begin, std::int64_t{0})), all);
        }
    }

    const opened_store& store_;
    const event_store& events_;  // as stored: causes and effects are those of stored events
};

}  // namespace

traced_family find_family(const opened_store& store, const std::string& what) { return tracer{store}.find(what); }

}  // namespace foldline::inline v0::cli
