#pragma once

#include <foldline/core/event_store.hpp>
#include <foldline/core/guarded.hpp>
#include <foldline/upcasters/event_catalog.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace foldline::inline v0 {

/// What a reader gets of events whose type it does not know: those of other programs, and of newer ones.
enum class unknown_event_policy {
    kept,     ///< they are handed out as any other
    skipped,  ///< they are passed over, and counted
    refused,  ///< the read fails at the first of them
};

/// Hands out the events of another store, and treats those of unknown types as its reader has decided. Where there are
/// upcasters it stands above their store, because it asks for the types that events are handed on as.
///
///     event_catalog known;
///     known.add(order::events{});
///     known_events_store events{upcasting, known, unknown_event_policy::skipped,
///                               [&](event_type type, const event_view& first) { log.warn(type, first.position); }};
///
/// Threads: shared. `inner` outlives it; types that are added to the catalog later stay unknown.
/// Fails:   as `inner` does; with `refused`, `event_failure` for an event of an unknown type.
class known_events_store final : public event_store {
public:
    /// Called at the first event of each unknown type that is kept or skipped, on the thread that reads it.
    using first_of_a_type = std::function<void(event_type type, const event_view& event)>;

    known_events_store(event_store& inner, const event_catalog& known, unknown_event_policy unknown,
                       first_of_a_type on_first = {});
    known_events_store(const known_events_store&) = delete;
    known_events_store& operator=(const known_events_store&) = delete;

    /// How many events of each unknown type (`order-archived@1`) were kept or skipped; one that is read twice counts
    /// twice.
    [[nodiscard]] std::map<std::string, std::uint64_t> counts() const;

    [[nodiscard]] append_result append(const append_request& request) override { return inner_.append(request); }
    page read(const read_query& query, batch_limit limit, event_sink sink) const override;
    [[nodiscard]] std::optional<earlier_append> find_append(const event_id& first) const override {
        return inner_.find_append(first);
    }
    [[nodiscard]] global_position head() const override { return inner_.head(); }
    [[nodiscard]] store_identity identity() const override { return inner_.identity(); }
    [[nodiscard]] event_type_id type_id(event_type type) const override { return inner_.type_id(type); }
    [[nodiscard]] event_type type_of(event_type_id id) const override { return inner_.type_of(id); }
    [[nodiscard]] std::vector<event_type> stored_types() const override { return inner_.stored_types(); }
    [[nodiscard]] std::vector<event_schema> stored_schemas(event_type type) const override {
        return inner_.stored_schemas(type);
    }
    /// With `skipped` it changes with the known types, for what was passed over before may be handed out now.
    [[nodiscard]] std::uint64_t reading_fingerprint() const override;

private:
    [[nodiscard]] bool knows(event_type_id type) const {
        const auto index = static_cast<std::size_t>(type);
        return index < known_.size() && known_[index];
    }
    [[nodiscard]] flow hand_on_unknown(const event_view& event, event_sink sink) const;
    void count(const event_view& event) const;

    event_store& inner_;
    unknown_event_policy unknown_;
    first_of_a_type on_first_;
    std::vector<bool> known_;  // by event_type_id
    std::uint64_t known_fingerprint_ = 0;
    mutable guarded<std::map<event_type_id, std::uint64_t>> counts_;
};

}  // namespace foldline::inline v0
