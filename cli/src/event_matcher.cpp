#include "event_matcher.hpp"

#include <foldline/cli/exit_code.hpp>
#include <foldline/core/nearest_word.hpp>

#include <fmt/core.h>
#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace foldline::inline v0::cli {
namespace {

namespace pb = google::protobuf;

bool holds_text(std::string_view bytes, std::string_view text) { return bytes.find(text) != std::string_view::npos; }

bool admits(const std::vector<wanted_type>& wanted, event_type type) {
    return wanted.empty() ||
           std::any_of(wanted.begin(), wanted.end(), [&](const wanted_type& each) { return each.admits(type); });
}

/// The fields of a message, and of those inside it, by their paths.
void add_paths(std::vector<std::string>& paths, const pb::Descriptor& of, const std::string& prefix, int depth) {
    for (int at = 0; at < of.field_count(); ++at) {
        const pb::FieldDescriptor& field = *of.field(at);
        paths.push_back(prefix + field.name());
        if (field.message_type() && depth > 0) add_paths(paths, *field.message_type(), paths.back() + ".", depth - 1);
    }
}

std::string meant_by(const std::string& path, const std::vector<const pb::Descriptor*>& types) {
    constexpr int deep_enough = 3;  // messages may hold themselves
    std::vector<std::string> paths;
    for (const pb::Descriptor* type : types) add_paths(paths, *type, "", deep_enough);
    const std::string meant = nearest_word(path, paths);
    if (!meant.empty()) return "; did you mean " + meant + "?";
    return "; `schema show` tells the fields of each type";
}

}  // namespace

event_matcher::event_matcher(const opened_store& store, const search_request& request)
    : store_(store), request_(request), messages_(store.stored()) {
    // What upcasters make of events, only they know.
    if (!store.is_upcasting()) look_at_schemas();
}

void event_matcher::look_at_schemas() {
    std::vector<const pb::Descriptor*> types;
    for (const event_type type : store_.stored().stored_types()) {
        if (!cli::admits(request_.which.types, type)) continue;
        const pb::Descriptor* schema = messages_.newest_schema(store_.stored().type_id(type));
        if (!schema) continue;
        types.push_back(schema);
        (void)tests_of(*schema);
    }
    for (const field_condition& each : request_.conditions)
        if (std::none_of(types.begin(), types.end(),
                         [&](const auto* type) { return !way_to(each.path, *type).empty(); }))
            throw unknown_name(
                fmt::format("no event that is looked at has a field {}{}", each.path, meant_by(each.path, types)));
}

const event_matcher::type_tests& event_matcher::tests_of(const pb::Descriptor& type) {
    const auto known = tests_.find(&type);
    return known != tests_.end() ? known->second : tests_.emplace(&type, made_for(type)).first->second;
}

event_matcher::type_tests event_matcher::made_for(const pb::Descriptor& type) const {
    type_tests made;
    for (const field_condition& each : request_.conditions) {
        field_way way = way_to(each.path, type);
        if (way.empty()) {
            made.has_all_fields = false;
            continue;
        }
        if (is_personal(way) && request_.display.personal == personal_data::masked)
            throw veiled_search(
                fmt::format("{} of {} is personal data, and what is found would tell it; search with "
                            "--unmasked if you may know it, or name other types with --type",
                            each.path, type.full_name()));
        made.tests.emplace_back(each, std::move(way));
    }
    return made;
}

bool event_matcher::admits(const event_view& event) {
    if (!is_in_time(event)) return false;
    return (request_.conditions.empty() && request_.text.empty()) || (can_say_so(event) && says_so(event));
}

bool event_matcher::is_in_time(const event_view& event) const {
    const timestamp time = request_.time == event_time::recorded ? event.recorded_at : event.occurred_at;
    return (!request_.since || time >= *request_.since) && (!request_.until || time < *request_.until);
}

/// Most events are told from those that are wanted by their type, or by a look at their bytes: text stands in them as it
/// is. An event that was upcast has other bytes than it says.
bool event_matcher::can_say_so(const event_view& event) {
    if (event.message) return true;
    const pb::Descriptor* schema = messages_.newest_schema(event.type);
    if (!schema) return false;
    const type_tests& wanted = tests_of(*schema);
    return wanted.has_all_fields && holds_text(event.payload, request_.text) &&
           std::all_of(wanted.tests.begin(), wanted.tests.end(),
                       [&](const bound_condition& each) { return holds_text(event.payload, each.needed_text()); });
}

bool event_matcher::says_so(const event_view& event) {
    const pb::Message* message = messages_.decode(event).message;
    if (!message) return false;
    const type_tests& wanted = tests_of(*message->GetDescriptor());
    const auto holds = [&](const bound_condition& each) { return each.holds(*message); };
    return wanted.has_all_fields && std::all_of(wanted.tests.begin(), wanted.tests.end(), holds) &&
           (request_.text.empty() || says(*message, request_.text, request_.display.personal));
}

}  // namespace foldline::inline v0::cli
