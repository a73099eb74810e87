#pragma once

#include "requests.hpp"
#include "stored_messages.hpp"

#include <foldline/core/read_query.hpp>
#include <foldline/projections/dead_letter_store.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace foldline::inline v0::cli {

/// Errors of events with `***` for what the personal fields of those events hold. Where nobody can tell what is personal,
/// because the event of a type that has such fields cannot be read, the whole text is left out, and that is said.
///
/// confined.
class veiled_errors {
public:
    /// `events`: as whoever failed has read them; outlives this. Where personal data is to be shown, every text is what it
    /// was.
    veiled_errors(const event_store& events, personal_data personal);

    /// What was said when the event of a letter failed, or of why it was given up.
    [[nodiscard]] std::string of_letter(std::string text, const parked_event& letter);
    /// What was said when an event could not be read.
    [[nodiscard]] std::string of_reading(std::string text, global_position position);
    /// What was said of one of the first `most` events of `which`, nobody knows of which one.
    [[nodiscard]] std::string of_one_among(std::string text, read_query which, std::size_t most);

private:
    /// How many events it has seen.
    std::size_t veil(std::string& text, read_query which, std::size_t most);
    void veil(std::string& text, const event_view& event);
    [[nodiscard]] bool is_about_people(std::string_view type);

    const event_store& events_;
    personal_data personal_;
    stored_messages messages_;
};

}  // namespace foldline::inline v0::cli
