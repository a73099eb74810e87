#pragma once

#include <foldline/core/event_view.hpp>
#include <foldline/core/read_query.hpp>

namespace foldline::inline v0::detail {

/// How far a read has come in case it fails: beyond the events that need not be handed out again.
///
/// value.
class handed_out {
public:
    explicit handed_out(page begin) : before_(begin), passed_(begin) {}

    /// A stored event may come in parts. It is passed when the sink has returned from the last one, so another part of
    /// the same event takes it back.
    void begin(const event_view& event) {
        const bool another_part = event.position == passed_.last_position && event.version == passed_.last_version;
        if (another_part) passed_ = before_;
        else before_ = passed_;
        any_ = true;
    }
    void end(const event_view& event) {
        passed_.last_position = event.position;
        passed_.last_version = event.version;
    }
    /// All at once: a batch, whose sink returned.
    void pass_to(const page& reached) {
        passed_ = reached;
        any_ = true;
    }
    [[nodiscard]] const page& passed() const { return passed_; }
    [[nodiscard]] bool any() const { return any_; }

private:
    page before_;
    page passed_;
    bool any_ = false;
};

}  // namespace foldline::inline v0::detail
