#include "veiled_errors.hpp"

#include "personal_fields.hpp"
#include "shown_payload.hpp"

#include <foldline/core/error.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace foldline::inline v0::cli {
namespace {

constexpr std::string_view left_out =
    "(not shown, since it may quote personal data of an event that cannot be read; --unmasked shows it)";

read_query at(global_position position) {
    return read_query::all().after(global_position{position.value - 1}).before(global_position{position.value + 1});
}

}  // namespace

veiled_errors::veiled_errors(const event_store& events, personal_data personal)
    : events_(events), personal_(personal), messages_(events) {}

std::string veiled_errors::of_letter(std::string text, const parked_event& letter) {
    if (personal_ == personal_data::shown || text.empty()) return text;
    const bool is_there = veil(text, at(letter.position), 1) > 0;
    if (!is_there && is_about_people(letter.type)) return std::string(left_out);
    return text;
}

std::string veiled_errors::of_reading(std::string text, global_position position) {
    if (personal_ == personal_data::masked && !text.empty()) veil(text, at(position), 1);
    return text;
}

std::string veiled_errors::of_one_among(std::string text, read_query which, std::size_t most) {
    if (personal_ == personal_data::masked && !text.empty()) veil(text, std::move(which), most);
    return text;
}

std::size_t veiled_errors::veil(std::string& text, read_query which, std::size_t most) {
    std::size_t seen = 0;
    const auto take = [&](const event_view& event) {
        veil(text, event);
        ++seen;
    };
    try {
        page read;
        do {
            read = events_.read(which, batch_limit{most}, take);
            which = which.from(read);
        } while (seen < most && !read.at_end);
    } catch (const event_failure& failure) {
        // What it says may be the very text, so it is no reason to give.
        if (is_about_people(failure.type)) text = left_out;
    } catch (const error& why) {
        text = fmt::format("{}: {}", left_out, why.what());
    }
    return seen;
}

void veiled_errors::veil(std::string& text, const event_view& event) {
    if (text == left_out) return;
    const stored_message found = messages_.decode(event);
    // Fields that no stored schema knows may be personal ones of the program's.
    if (found.message && found.problem.empty()) text = veiled(std::move(text), *found.message);
    else if (found.message || found.may_hold_personal_data) text = left_out;
}

bool veiled_errors::is_about_people(std::string_view type) {
    const auto known = events_.stored_types();
    const auto found =
        std::find_if(known.begin(), known.end(), [&](const event_type each) { return each.to_string() == type; });
    if (found == known.end()) return false;
    const auto* schema = messages_.newest_schema(events_.type_id(*found));
    return schema != nullptr && may_hold_personal_data(*schema);
}

}  // namespace foldline::inline v0::cli
