#pragma once

#include <foldline/core/clock.hpp>
#include <foldline/core/event_view.hpp>
#include <foldline/core/global_position.hpp>
#include <foldline/projections/detail/batch_gate.hpp>
#include <foldline/projections/projection.hpp>

#include <cstdint>
#include <optional>
#include <set>

namespace foldline::inline v0::detail {

/// What one session does to the object of a memory projection.
struct memory_work {
    global_position begun;
    /// After it went back: up to where the events in `left_out`, parked or dropped before, are not to be applied again.
    global_position replayed_to;
    std::set<global_position> left_out;

    std::uint64_t applied = 0;
    bool changing = false;
    bool spoiled = false;   ///< the object is no state of it any more
    bool replayed = false;  ///< it stands at `replayed_to`, and an event behind that was refused
};

/// The object of a memory projection, as `memory_read_models` sees it.
///
/// confined to who has the turn at its gate; the gate is shared.
class memory_rows {
public:
    memory_rows() = default;
    virtual ~memory_rows() = default;
    memory_rows(const memory_rows&) = delete;
    memory_rows& operator=(const memory_rows&) = delete;

    [[nodiscard]] virtual const projection& described() const = 0;
    [[nodiscard]] virtual bool is_like(const memory_rows& other) const = 0;
    virtual void exchange(memory_rows& other) = 0;
    /// The object is as it was before the first event.
    virtual void begin_anew() = 0;

    struct saved_place {
        global_position position;
        timestamp reached;
    };
    /// The object is as it was saved last, or as before the first event where that is empty.
    [[nodiscard]] virtual std::optional<saved_place> go_back() = 0;
    virtual void forget_saved() = 0;

    /// Between these two the object is changed by this work only.
    void open(memory_work& work);
    void close();

    [[nodiscard]] batch_gate& gate() const { return gate_; }
    [[nodiscard]] memory_rows& itself() const { return *self_; }

protected:
    /// Whether the event is to be applied. One comparison for each event but the first of a batch.
    [[nodiscard]] bool takes(const event_view& event) {
        if (!unchecked_ && !look_at(event)) [[unlikely]]
            return false;
        ++work_->applied;
        return true;
    }
    /// Throws `definition_error` if events came that belong to no session of its own models.
    void require_own_models();
    /// A handler has thrown in the middle of a change.
    void spoil() { work_->spoiled = true; }

private:
    [[nodiscard]] bool look_at(const event_view& event);

    mutable batch_gate gate_;
    memory_rows* self_ = this;
    memory_work* work_ = nullptr;
    bool unchecked_ = false;
    bool misled_ = false;
};

}  // namespace foldline::inline v0::detail
