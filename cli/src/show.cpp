// `show`: everything about one event.

#include "event_address.hpp"
#include "event_json.hpp"
#include "opened_store.hpp"
#include "shown_lines.hpp"
#include "shown_payload.hpp"
#include "stored_messages.hpp"
#include "verbs.hpp"

#include <foldline/cli/numbers.hpp>
#include <foldline/cli/printable.hpp>
#include <foldline/upcasters/message_schema.hpp>

#include <fmt/core.h>
#include <google/protobuf/descriptor.h>

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace foldline::inline v0::cli {
namespace {

namespace pb = google::protobuf;
using json = nlohmann::ordered_json;

struct neighbour {
    std::int64_t version;
    std::int64_t position;
    std::string event;
};

/// Whose data it is, as the payload is shown: masked if the name of the person is personal itself.
struct subject {
    std::string field;
    json value;
};

/// What the event is read as; several where an upcaster splits it.
struct event_part {
    event_label label;
    std::string message;  ///< the class; empty if there is none
    bool is_retired = false;
    std::optional<subject> about;
    shown_payload payload;
};

/// Everything about a stored event.
struct event_facts {
    json head;
    std::size_t payload_bytes = 0;
    std::size_t metadata_bytes = 0;
    std::size_t revision = 0;  ///< of the stored schema that it is read by
    std::size_t revisions = 0;
    std::optional<neighbour> previous;
    std::optional<neighbour> next;
    std::vector<event_part> parts;
};

// ------------------------------------------------------------------------------------------------------------ collecting

std::optional<subject> subject_in(const pb::Descriptor& type, const json& data) {
    for (int at = 0; at < type.field_count(); ++at) {
        const pb::FieldDescriptor& field = *type.field(at);
        const auto value = data.is_object() ? data.find(field.name()) : data.end();
        if (value == data.end()) continue;
        if (is_subject_id(field)) return subject{field.name(), *value};
        if (!field.message_type() || field.is_repeated()) continue;
        if (auto inside = subject_in(*field.message_type(), *value))
            return subject{field.name() + "." + inside->field, std::move(inside->value)};
    }
    return std::nullopt;
}

class collector {
public:
    collector(const opened_store& store, const event_display& display)
        : store_(store), display_(display), messages_(store.stored()) {}

    event_facts facts_at(global_position position) {
        event_facts facts;
        const read_query here = read_query::all().after(global_position{position.value - 1});
        store_.stored().read(here, batch_limit{1}, [&](const event_view& event) { add_stored(facts, event); });
        store_.events().read(here, batch_limit{1}, [&](const event_view& event) {
            if (event.position == position) facts.parts.push_back(part_of(event));
        });
        return facts;
    }

private:
    void add_stored(event_facts& facts, const event_view& event) {
        const event_type type = store_.stored().type_of(event.type);
        facts.head = head_of(event, {type, type});
        facts.payload_bytes = event.payload.size();
        facts.metadata_bytes = event.metadata.size();
        facts.revision = messages_.decode(event).revision;
        facts.revisions = store_.stored().stored_schemas(type).size();
        const read_query stream = read_query::stream(stream_id{event.stream});
        facts.previous = first_of(stream.before(event.version).backward());
        facts.next = first_of(stream.after(event.version));
    }

    std::optional<neighbour> first_of(const read_query& query) {
        std::optional<neighbour> found;
        store_.stored().read(query, batch_limit{1}, [&](const event_view& event) {
            found =
                neighbour{event.version.value, event.position.value, store_.stored().type_of(event.type).to_string()};
        });
        return found;
    }

    event_part part_of(const event_view& event) {
        const stored_message found = messages_.decode(event);
        event_part part{{store_.events().type_of(event.type), store_.stored_type_of(event)},
                        "",
                        false,
                        {},
                        shown(found, event.payload, display_.personal)};
        if (!found.message) return part;
        const pb::Descriptor& type = *found.message->GetDescriptor();
        part.message = type.full_name();
        part.is_retired = is_retired(type);
        part.about = subject_in(type, part.payload.data);
        return part;
    }

    const opened_store& store_;
    event_display display_;
    stored_messages messages_;
};

// -------------------------------------------------------------------------------------------------------------- for people

class fact_writer {
public:
    fact_writer(std::FILE* out, escaping escape) : out_(out), escape_(escape) {}

    void write(std::string_view name, const std::string& value) const {
        fmt::print(out_, "{:<12}  {}\n", name, printed(value));
    }
    /// JSON on lines of its own.
    void write(const json& data) const {
        print_lines(data.dump(2, ' ', false, json::error_handler_t::replace), escape_, out_);
    }

private:
    [[nodiscard]] std::string printed(const std::string& text) const {
        return escape_ == escaping::on ? printable(text) : text;
    }

    std::FILE* out_;
    escaping escape_;
};

std::string text_in(const json& object, const char* name) {
    const auto found = object.find(name);
    return found == object.end() ? "" : found->is_string() ? found->get<std::string>() : found->dump();
}

void print_metadata(const json& head, const fact_writer& out) {
    if (const auto bytes = text_in(head, "metadata_base64"); !bytes.empty()) out.write("metadata", "base64:" + bytes);
    const auto known = head.find("metadata");
    if (known == head.end()) return;
    for (const auto& [name, label] : {std::pair{"correlation_id", "correlation"},
                                      {"causation_id", "caused by"},
                                      {"actor", "actor"},
                                      {"traceparent", "trace"}})
        if (const auto value = text_in(*known, name); !value.empty()) out.write(label, value);
    if (const auto headers = known->find("headers"); headers != known->end())
        for (const json& each : *headers)
            out.write("header", fmt::format("{}: {}", text_in(each, "name"), text_in(each, "value")));
}

void print_neighbour(std::string_view name, const std::optional<neighbour>& which, const fact_writer& out) {
    out.write(name, which ? fmt::format("@{} {}, position {}", which->version, which->event, grouped(which->position))
                          : "none");
}

void print_part(const event_part& part, bool has_others, const fact_writer& out) {
    if (has_others) out.write("part", part.label.to_string());
    if (!part.message.empty())
        out.write("message", part.message + (part.is_retired ? ", retired: no new ones are written" : ""));
    if (part.about)
        out.write("about", fmt::format("{} = {}", part.about->field,
                                       part.about->value.is_string() ? part.about->value.get<std::string>()
                                                                     : part.about->value.dump()));
    if (!part.payload.problem.empty()) out.write("problem", part.payload.problem);
    if (!part.payload.bytes.empty()) out.write("base64", part.payload.bytes);
    if (!part.payload.data.is_null()) out.write(part.payload.data);
}

void print_for_people(const event_facts& facts, escaping escape, std::FILE* to) {
    const fact_writer out{to, escape};
    out.write("event", facts.parts.size() == 1 ? facts.parts.front().label.to_string() : text_in(facts.head, "event"));
    out.write("position", grouped(facts.head["position"].get<std::int64_t>()));
    out.write("stream", text_in(facts.head, "stream") + " @" + text_in(facts.head, "version"));
    out.write("id", text_in(facts.head, "id"));
    out.write("occurred", text_in(facts.head, "occurred_at"));
    out.write("recorded", text_in(facts.head, "recorded_at"));
    print_metadata(facts.head, out);
    print_neighbour("previous", facts.previous, out);
    print_neighbour("next", facts.next, out);
    out.write("size",
              fmt::format("{}, and {} of metadata", counted(static_cast<std::int64_t>(facts.payload_bytes), "byte"),
                          grouped(static_cast<std::int64_t>(facts.metadata_bytes))));
    out.write("schema", facts.revisions == 0 ? "none is stored"
                                             : fmt::format("revision {} of {}", facts.revision, facts.revisions));
    for (const event_part& part : facts.parts) print_part(part, facts.parts.size() > 1, out);
    if (facts.parts.empty()) out.write("says", "nothing: upcasters make no event of it");
}

// ---------------------------------------------------------------------------------------------------------- for programs

json as_json(const std::optional<neighbour>& which) {
    if (!which) return nullptr;
    return {{"version", which->version}, {"position", which->position}, {"event", which->event}};
}

json as_json(event_part part) {
    json object{{"event", part.label.shown.to_string()}};
    object["message"] = part.message.empty() ? json(nullptr) : json(part.message);
    object["retired"] = part.is_retired;
    if (part.about) object["subject"] = {{"field", part.about->field}, {"value", part.about->value}};
    add_payload(object, std::move(part.payload));
    return object;
}

json as_json(const event_facts& facts) {
    json object = facts.head;
    object["payload_bytes"] = facts.payload_bytes;
    object["metadata_bytes"] = facts.metadata_bytes;
    object["schema_revision"] = facts.revision == 0 ? json(nullptr) : json(facts.revision);
    object["schema_revisions"] = facts.revisions;
    object["previous"] = as_json(facts.previous);
    object["next"] = as_json(facts.next);
    object["parts"] = json::array();
    for (const event_part& part : facts.parts) object["parts"].push_back(as_json(part));
    return object;
}

}  // namespace

int run(const show_request& request, const console& to) {
    const opened_store store{request.store, to.self, request.display.as};
    const auto position = find_event(store, *request.event);
    if (!position)
        throw unknown_name(fmt::format("there is no event {} in {}{}", to_string(*request.event),
                                       request.store.string(), last_before(store, *request.event)));
    const event_facts facts = collector{store, request.display}.facts_at(*position);
    if (request.display.shape == format::text) print_for_people(facts, request.display.escape, to.out);
    else print_object(as_json(facts), request.display, to.out);
    return exit_code::ok;
}

}  // namespace foldline::inline v0::cli
