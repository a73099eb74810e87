#include <foldline/upcasters/upcaster.hpp>

#include "upcast_plans.hpp"

#include <foldline/core/error.hpp>
#include <foldline/upcasters/carried_over.hpp>
#include <foldline/upcasters/dynamic_upcaster.hpp>

#include <fmt/core.h>

namespace foldline::inline v0 {
namespace {

std::string listed(const std::vector<upcaster::event_class>& classes) {
    std::string text;
    for (const auto& each : classes) text += (text.empty() ? "" : ", ") + each.type.to_string();
    return text;
}

/// Adds a name to those that a step keeps, in front of which are the ones it has.
std::string_view kept_name(upcaster& step, std::string_view name) {
    struct link {
        std::string name;
        std::shared_ptr<const void> before;
    };
    auto added = std::make_shared<const link>(link{std::string(name), step.names});
    step.names = added;
    return added->name;
}

void require_event(event_type type) {
    if (type.name.empty() || type.version == 0)
        throw definition_error(
            fmt::format("an upcaster names the event '{}', which is none: events have a name and a "
                        "version from 1",
                        type.to_string()));
}

}  // namespace

std::string upcaster::to_string() const {
    std::string text = from.to_string();
    if (!earlier.empty()) text += " after " + listed(earlier);
    return text + " -> " + (to.empty() ? "nothing" : listed(to));
}

namespace detail {

void throw_no_earlier(event_type type) {
    throw definition_error(
        fmt::format("no {} was stored in this stream before; ask `if (entered)` before you look at "
                    "an `earlier` event",
                    type.to_string()));
}

void start_from(upcaster& step, event_type from) {
    require_event(from);
    step.from = {kept_name(step, from.name), from.version};
}

void lead_to(upcaster& step, event_type to) {
    require_event(to);
    step.to.push_back({{kept_name(step, to.name), to.version}});
}

void read_as(std::string_view bytes, google::protobuf::Message& made) {
    if (!made.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
        throw error(fmt::format("the {} bytes do not decode as {}", bytes.size(), made.GetDescriptor()->full_name()));
}

upcaster declared_to_class(const declared_upcaster& declared, upcaster::event_class made) {
    if (declared.to() != made.type)
        throw definition_error(
            fmt::format("the declared upcaster ({}) does not lead to {}", declared.to_string(), made.type.to_string()));
    declared_upcaster described = declared;
    upcaster step = make_upcaster(described.describe_result(schema_of(*made.new_message())));
    step.to = {made};
    return step;
}

}  // namespace detail

upcaster make_upcaster(const declared_upcaster& declared) {
    const auto kept = std::make_shared<const declared_upcaster>(declared);
    upcaster step;
    step.declared = kept;  // the types borrow their names from it
    step.from = kept->from();
    step.kind = "declared " + kept->to_string();
    if (const auto to = kept->to()) {
        step.to = {{*to}};
        step.upcast = [kept, plans = detail::upcast_plans{}](detail::upcast_call& call) {
            const detail::reflected_old old{*call.old};
            const detail::reflected_made made{call.next(0)};
            plans.suiting(old, made, *kept).run(old, made);
        };
        step.check = [kept](const auto& old, const auto& made) { kept->check(old, made); };
    } else {
        step.upcast = [](detail::upcast_call&) {};
    }
    return step;
}

}  // namespace foldline::inline v0
