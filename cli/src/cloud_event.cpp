#include "cloud_event.hpp"

#include "base64.hpp"

#include <foldline/cli/utf8.hpp>
#include <foldline/core/error.hpp>
#include <foldline/core/metadata.hpp>

#include <fmt/core.h>

#include <charconv>
#include <string_view>
#include <utility>

namespace foldline::inline v0::cli {
namespace {

using json = nlohmann::ordered_json;

// --------------------------------------------------------------------------------------------------------------- times

using std::chrono::sys_days;
constexpr timestamp first_date = sys_days{std::chrono::year{0} / 1 / 1};
constexpr timestamp after_last_date = sys_days{std::chrono::year{10'000} / 1 / 1};

void add_time(json& line, timestamp time, const char* name, const char* micros) {
    if (time >= first_date && time < after_last_date) line[name] = to_string(time);
    else line[micros] = std::to_string(time.time_since_epoch().count());
}

timestamp time_at(const json& line, const char* name, const char* micros) {
    if (line.contains(micros)) return timestamp{std::chrono::microseconds{number_at(line, micros)}};
    const auto time = parse_timestamp(text_at(line, name));
    if (!time) throw invalid_request(fmt::format("its \"{}\" is no time", name));
    return *time;
}

// ------------------------------------------------------------------------------------------------------------ metadata

/// Whether a CloudEvent takes it: UTF-8 without control characters and what Unicode calls noncharacters.
bool is_attribute(std::string_view text) {
    while (!text.empty()) {
        const std::size_t length = utf8_character(text);
        if (length == 0) return false;
        const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
        if (length == 1 && (byte(0) < 0x20 || byte(0) == 0x7F)) return false;
        if (length == 2 && byte(0) == 0xC2 && byte(1) < 0xA0) return false;
        // U+FDD0 to U+FDEF, and the last two of each plane.
        if (length == 3 && byte(0) == 0xEF && byte(1) == 0xB7 && byte(2) >= 0x90 && byte(2) <= 0xAF) return false;
        if (length >= 3 && byte(length - 1) >= 0xBE && byte(length - 2) == 0xBF &&
            (length == 3 ? byte(0) == 0xEF : (byte(1) & 0x0FU) == 0x0F))
            return false;
        text.remove_prefix(length);
    }
    return true;
}

/// Its headers as ASCII.
std::string text_of_headers(const metadata& known) {
    json headers = json::array();
    for (const auto& [name, value] : known.headers) headers.push_back({name, value});
    return headers.dump(-1, ' ', true);
}

std::optional<metadata> readable_metadata(std::string_view bytes) {
    try {
        metadata known = decode_metadata(bytes);
        for (const auto* text : {&known.correlation_id, &known.causation_id, &known.actor, &known.traceparent})
            if (!is_attribute(*text)) return std::nullopt;
        if (encode(known) == bytes) return known;
    } catch (const error&) {}  // other bytes than foldline writes
    return std::nullopt;
}

void add_metadata(json& line, std::string_view bytes) {
    if (bytes.empty()) return;
    const auto known = readable_metadata(bytes);
    if (!known) {
        line["metadatabase64"] = base64(bytes);
        return;
    }
    const auto add = [&](const char* name, const std::string& value) {
        if (!value.empty()) line[name] = value;
    };
    add("correlationid", known->correlation_id);
    add("causationid", known->causation_id);
    add("actor", known->actor);
    add("traceparent", known->traceparent);
    if (!known->headers.empty()) line["headers"] = text_of_headers(*known);
}

std::vector<std::pair<std::string, std::string>> headers_of(const std::string& text) {
    const json list = json::parse(text, nullptr, false);
    std::vector<std::pair<std::string, std::string>> headers;
    const auto is_header = [](const json& each) {
        return each.is_array() && each.size() == 2 && each[0].is_string() && each[1].is_string();
    };
    if (!list.is_array()) throw invalid_request("its \"headers\" are no JSON list");
    for (const json& each : list) {
        if (!is_header(each)) throw invalid_request("its \"headers\" are no list of names and values");
        headers.emplace_back(each[0].get<std::string>(), each[1].get<std::string>());
    }
    return headers;
}

std::string metadata_of(const json& line) {
    if (line.contains("metadatabase64")) return bytes_at(line, "metadatabase64");
    const auto text = [&](const char* name) { return line.contains(name) ? text_at(line, name) : std::string{}; };
    metadata known{text("correlationid"), text("causationid"), text("actor"), text("traceparent")};
    if (line.contains("headers")) known.headers = headers_of(text_at(line, "headers"));
    return encode(known);
}

// ------------------------------------------------------------------------------------------------------------- payload

void add_payload(json& line, exported_payload payload) {
    const bool is_json = !payload.data.is_null();
    line["datacontenttype"] = is_json ? "application/json" : "application/protobuf";
    if (payload.schema) line["dataschema"] = *payload.schema;
    if (payload.is_masked) line["masked"] = true;
    else if (is_json) line["payloadhash"] = hexadecimal(payload.hash);
    if (is_json) line["data"] = std::move(payload.data);
    else if (!payload.is_masked) line["data_base64"] = base64(payload.bytes);
}

std::string payload_of(const json& line, const std::function<exact_json*(const std::string&)>& schema) {
    if (line.contains("masked"))
        throw invalid_request("personal data was left out of it; only an export with --unmasked holds whole events");
    if (line.contains("data_base64")) return bytes_at(line, "data_base64");
    exact_json* const codec = schema(text_at(line, "dataschema"));
    if (!codec) throw invalid_request("its schema did not come before it");
    const auto data = line.find("data");
    auto bytes = data == line.end() ? std::nullopt : codec->payload_of(*data);
    if (!bytes) throw invalid_request(fmt::format("its data is no {}", codec->schema().descriptor().full_name()));
    if (hexadecimal(checksum_of(*bytes)) != text_at(line, "payloadhash"))
        throw invalid_request("its data does not give the bytes that were stored");
    return *std::move(bytes);
}

// ------------------------------------------------------------------------------------------------------------ the rest

/// Borrows its name.
event_type type_of(const std::string& text) {
    const auto at = text.rfind('@');
    std::uint32_t version = 0;
    if (at != std::string::npos) {
        const auto [end, error] = std::from_chars(text.data() + at + 1, text.data() + text.size(), version);
        if (error != std::errc{} || end != text.data() + text.size()) version = 0;
    }
    if (version == 0) throw invalid_request("its \"type\" is not one such as order-placed@2");
    return {std::string_view{text}.substr(0, at), version};
}

/// As many events as one append may ever have had.
std::size_t write_size_of(const json& line) {
    const auto found = line.find("writesize");
    if (found == line.end()) return 0;
    if (!found->is_number_unsigned() || *found == 0U) throw invalid_request("its \"writesize\" is no number of events");
    return found->get<std::size_t>();
}

constexpr std::size_t most_members = 20;

}  // namespace

json line_of(const event_view& event, event_type type, exported_payload payload, std::size_t write_size,
             const std::string& source) {
    json line = json::object();
    auto& members = line.get_ref<json::object_t&>();
    members.reserve(most_members);  // it is a list, and would be copied as it grows
    members.emplace_back("specversion", "1.0");
    members.emplace_back("id", event.id.to_string());
    members.emplace_back("source", source);
    members.emplace_back("type", type.to_string());
    members.emplace_back("subject", event.stream.to_string());
    add_time(line, event.occurred_at, "time", "timemicros");
    line["streamversion"] = std::to_string(event.version.value);
    line["position"] = std::to_string(event.position.value);
    add_time(line, event.recorded_at, "recordedtime", "recordedmicros");
    if (write_size > 0) line["writesize"] = write_size;
    add_metadata(line, event.metadata);
    add_payload(line, std::move(payload));
    return line;
}

sqlite::imported_event event_of(const json& line, const std::function<exact_json*(const std::string&)>& schema) {
    const auto id = uuid::parse(text_at(line, "id"));
    if (!id) throw invalid_request("its \"id\" is no UUID");
    event_data data;
    data.type = type_of(text_at(line, "type"));
    data.payload = payload_of(line, schema);
    data.metadata = metadata_of(line);
    data.occurred_at = time_at(line, "time", "timemicros");
    data.id = event_id{*id};
    return {stream_id::parse(text_at(line, "subject")),
            stream_version{number_at(line, "streamversion")},
            global_position{number_at(line, "position")},
            time_at(line, "recordedtime", "recordedmicros"),
            std::move(data),
            write_size_of(line)};
}

}  // namespace foldline::inline v0::cli
