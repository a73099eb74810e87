#include "event_difference.hpp"

#include "base64.hpp"
#include "export_format.hpp"
#include "message_differences.hpp"
#include "personal_fields.hpp"

#include <foldline/core/error.hpp>
#include <foldline/core/metadata.hpp>
#include <foldline/sqlite/kept_schemas.hpp>
#include <foldline/sqlite/kept_upcasters.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

namespace foldline::inline v0::cli {
namespace {

std::string place_of(const recorded_event& event) { return fmt::format("position {}", event.position.value); }

std::string type_of(const recorded_event& event) { return event_type{event.type_name, event.type_version}.to_string(); }

void compare(std::vector<difference>& found, const std::string& place, const char* what, std::string first,
             std::string second) {
    if (first != second) found.push_back({place, what, std::move(first), std::move(second)});
}

std::string names_of(const std::vector<sqlite::kept_schema>& schemas) {
    std::string names;
    for (const auto& [schema, first] : schemas)
        names += fmt::format("{}{} {}{}", names.empty() ? "" : ", ", schema.message, uri_of(schema),
                             first.value > 0 ? fmt::format(" from position {}", first.value) : "");
    return names;
}

/// The rules do not tell what the result is made of.
std::string text_of(const declared_upcaster& step) {
    const auto made = step.made();
    return made ? fmt::format("{} ({})", step.to_string(), uri_of(*made)) : step.to_string();
}

std::optional<metadata> decoded_metadata(const std::string& bytes) {
    try {
        return decode_metadata(bytes);
    } catch (const event_failure&) {
        return std::nullopt;
    }
}

std::string text_of_headers(const metadata& known) {
    std::string text;
    for (const auto& [name, value] : known.headers)
        text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", name, value);
    return text;
}

/// Enough to tell one value from another; who wants all of it asks for the event.
constexpr std::size_t most_bytes_shown = 120;

}  // namespace

store_comparison::store_comparison(const opened_store& first, const opened_store& second, personal_data personal)
    : first_file_(first.file()),
      second_file_(second.file()),
      first_(first.stored()),
      second_(second.stored()),
      personal_(personal),
      messages_(first_) {}

std::vector<difference> store_comparison::of_upcasters() const {
    const std::vector<declared_upcaster> first = sqlite::kept_upcasters(first_file_);
    const std::vector<declared_upcaster> second = sqlite::kept_upcasters(second_file_);
    std::map<std::string, std::pair<std::string, std::string>> steps;  // by where they start
    for (const declared_upcaster& step : first) steps[step.from().to_string()].first = text_of(step);
    for (const declared_upcaster& step : second) steps[step.from().to_string()].second = text_of(step);
    std::vector<difference> found;
    for (const auto& [from, texts] : steps) compare(found, "upcaster from " + from, "rule", texts.first, texts.second);
    return found;
}

std::vector<difference> store_comparison::of_schemas() const {
    std::set<std::pair<std::string, std::uint32_t>> types;
    for (const event_store* store : {&first_, &second_})
        for (const event_type type : store->stored_types()) types.emplace(type.name, type.version);
    std::vector<difference> found;
    for (const auto& [name, version] : types) {
        const event_type type{name, version};
        compare(found, "schemas of " + type.to_string(), "schemas", names_of(sqlite::kept_schemas(first_file_, type)),
                names_of(sqlite::kept_schemas(second_file_, type)));
    }
    return found;
}

std::vector<difference> store_comparison::of_events(const recorded_event& first, const recorded_event& second) {
    std::vector<difference> found;
    const std::string place = place_of(first);
    compare(found, place, "id", first.id.to_string(), second.id.to_string());
    compare(found, place, "stream", first.stream.to_string(), second.stream.to_string());
    compare(found, place, "version", std::to_string(first.version.value), std::to_string(second.version.value));
    compare(found, place, "type", type_of(first), type_of(second));
    compare(found, place, "recorded_at", to_string(first.recorded_at), to_string(second.recorded_at));
    compare(found, place, "occurred_at", to_string(first.occurred_at), to_string(second.occurred_at));
    compare_writes(found, first, second);
    if (first.metadata != second.metadata) compare_metadata(found, first, second);
    if (first.payload != second.payload) compare_payloads(found, first, second);
    return found;
}

/// Whether the event began a write whose ids the caller gave, and how many events that had.
void store_comparison::compare_writes(std::vector<difference>& found, const recorded_event& first,
                                      const recorded_event& second) const {
    const auto size = [](const event_store& store, const event_id& id) {
        const auto written = store.find_append(id);
        return written ? fmt::format("of {} events", written->count) : std::string{};
    };
    compare(found, place_of(first), "append", size(first_, first.id), size(second_, second.id));
}

void store_comparison::compare_metadata(std::vector<difference>& found, const recorded_event& first,
                                        const recorded_event& second) const {
    const std::string place = place_of(first);
    const auto one = decoded_metadata(first.metadata);
    const auto other = decoded_metadata(second.metadata);
    const std::size_t before = found.size();
    if (one && other) {
        compare(found, place, "metadata.correlation_id", one->correlation_id, other->correlation_id);
        compare(found, place, "metadata.causation_id", one->causation_id, other->causation_id);
        compare(found, place, "metadata.actor", one->actor, other->actor);
        compare(found, place, "metadata.traceparent", one->traceparent, other->traceparent);
        compare(found, place, "metadata.headers", text_of_headers(*one), text_of_headers(*other));
    }
    if (found.size() == before)
        found.push_back({place, "metadata", bytes(first.metadata, true), bytes(second.metadata, true)});
}

void store_comparison::compare_payloads(std::vector<difference>& found, const recorded_event& first,
                                        const recorded_event& second) {
    const stored_message one = decoded(first);
    bool may_be_shown = one.message ? one.problem.empty() : !one.may_hold_personal_data;
    if (one.message && first.type_name == second.type_name && first.type_version == second.type_version) {
        // The message of the first lives only until the next one is read.
        const std::unique_ptr<google::protobuf::Message> kept{one.message->New()};
        kept->CopyFrom(*one.message);
        const std::unique_ptr<google::protobuf::Message> other{one.message->New()};
        if (other->ParseFromString(second.payload)) {
            const auto fields = differences_of(*kept, *other, personal_);
            for (const field_difference& field : fields)
                found.push_back({place_of(first), "payload." + field.path, field.first, field.second});
            if (!fields.empty()) return;
        }
        may_be_shown = may_be_shown && !may_hold_personal_data(*kept->GetDescriptor());
    }
    found.push_back(
        {place_of(first), "payload", bytes(first.payload, may_be_shown), bytes(second.payload, may_be_shown)});
}

stored_message store_comparison::decoded(const recorded_event& event) {
    event_view view;
    view.type = first_.type_id({event.type_name, event.type_version});
    view.position = event.position;
    view.payload = event.payload;
    return messages_.decode(view);
}

std::string store_comparison::bytes(const std::string& payload, bool may_be_shown) const {
    const std::string size = fmt::format("{} bytes", payload.size());
    if (!may_be_shown && personal_ == personal_data::masked) return size + ", not shown";
    const std::string text = base64(payload);
    return fmt::format("{}, base64:{}{}", size, text.substr(0, most_bytes_shown),
                       text.size() > most_bytes_shown ? "..." : "");
}

}  // namespace foldline::inline v0::cli
