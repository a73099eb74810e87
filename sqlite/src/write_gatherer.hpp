#pragma once

#include <foldline/core/function_ref.hpp>
#include <foldline/sqlite/event_import.hpp>

#include <cstddef>
#include <vector>

namespace foldline::inline v0::sqlite {

/// Puts the events of an import together as they were written: those of a write whose ids the caller gave in one, each
/// other for itself.
///
/// confined.
class write_gatherer {
public:
    using sink = function_ref<void(std::vector<imported_event>)>;

    explicit write_gatherer(numbering numbers) : numbers_(numbers) {}

    /// Hands on what is complete with this event, and what turns out never to become complete. Throws
    /// `invalid_request` where a write that has to be kept lacks events.
    void take(imported_event event, sink store);
    /// Hands on what is left.
    void end(sink store);

private:
    [[nodiscard]] bool continues(const imported_event& event) const;
    /// Hands on the events of the write in hand, each for itself.
    void give_up(sink store);

    numbering numbers_;
    std::vector<imported_event> gathered_;
    std::size_t wanted_ = 0;  // events that the write in hand has; 0: there is none
};

}  // namespace foldline::inline v0::sqlite
