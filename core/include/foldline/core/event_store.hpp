#pragma once

#include <foldline/core/append_request.hpp>
#include <foldline/core/event_type.hpp>
#include <foldline/core/event_view.hpp>
#include <foldline/core/function_ref.hpp>
#include <foldline/core/read_query.hpp>

#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace foldline::inline v0 {

/// What a sink says after an event.
enum class flow { go_on, stop };

/// Receives events one at a time; takes any callable on `const event_view&` that returns nothing or a `flow`.
/// Only ever a parameter.
class event_sink {
public:
    template <class F>
        requires(!std::is_same_v<std::remove_cvref_t<F>, event_sink> && std::is_invocable_v<F&, const event_view&>)
    event_sink(F&& sink)
    noexcept  // NOLINT(google-explicit-constructor): it is meant to be passed a lambda
        : object_(const_cast<void*>(static_cast<const void*>(std::addressof(sink)))),
          call_([](void* object, const event_view& event) {
              auto& callable = *static_cast<std::remove_reference_t<F>*>(object);
              if constexpr (std::is_void_v<std::invoke_result_t<F&, const event_view&>>) {
                  callable(event);
                  return flow::go_on;
              } else {
                  return static_cast<flow>(callable(event));
              }
          }) {}

    flow operator()(const event_view& event) const { return call_(object_, event); }

private:
    void* object_;
    flow (*call_)(void*, const event_view&);
};

/// Which store, and which of its pasts: what a checkpoint has to agree with.
struct store_identity {
    store_id store;
    history_id history;

    friend bool operator==(const store_identity&, const store_identity&) = default;
};

/// An earlier append whose ids the caller had given.
struct earlier_append {
    stream_id stream;   ///< of the write that begins with the id
    std::size_t count;  ///< events in that write
    appended result;    ///< where that write ended
};

/// An append-only log of events, divided into streams.
///
/// Threads: shared. Any member may be called from any thread at any time, by a sink too.
/// Fails:   storage_error when the disk does (`outcome` says whether nothing was stored or nobody can know yet),
///          corrupt_event when stored bytes make no sense.
class event_store {
public:
    virtual ~event_store() = default;

    /// Stores every write of `request` or nothing. Every read that starts after this returns sees them.
    /// Ids of the caller are looked up before the expectations. Throws `invalid_request` and `limit_exceeded`, and
    /// `incompatible_schema` where the store compares schemas.
    [[nodiscard]] virtual append_result append(const append_request& request) = 0;

    /// Hands up to `limit` stored events that match `query` to `sink`, in order; a view lives until `sink` returns.
    /// Go on with `query.from(page)`, never from the last event seen: decorators may drop or split events.
    /// After a `flow::stop` the sink gets at most the remaining parts of the same stored event.
    virtual page read(const read_query& query, batch_limit limit, event_sink sink) const = 0;

    /// The append that began with this id, if the caller had given it.
    [[nodiscard]] virtual std::optional<earlier_append> find_append(const event_id& first) const = 0;

    /// The last position given out; 0 in an empty store.
    [[nodiscard]] virtual global_position head() const = 0;
    [[nodiscard]] virtual store_identity identity() const = 0;

    /// A number for `type`, the same for as long as the store is open; also for types that were never stored.
    [[nodiscard]] virtual event_type_id type_id(event_type type) const = 0;
    /// The type behind a number that this store gave.
    [[nodiscard]] virtual event_type type_of(event_type_id id) const = 0;
    /// Every type of which an event was ever stored.
    [[nodiscard]] virtual std::vector<event_type> stored_types() const = 0;
    /// The schemas that events of this type were written by, oldest first: more than one where the message has gained
    /// fields since its first event. None for events that came without.
    [[nodiscard]] virtual std::vector<event_schema> stored_schemas(event_type type) const = 0;

    /// Changes when the same stored events would be handed out as other ones; states kept from before are void then.
    [[nodiscard]] virtual std::uint64_t reading_fingerprint() const { return 0; }
};

}  // namespace foldline::inline v0
