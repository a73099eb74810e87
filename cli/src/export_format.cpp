#include "export_format.hpp"

#include "base64.hpp"

#include <foldline/core/error.hpp>

#include <fmt/core.h>

#include <charconv>
#include <utility>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace foldline::inline v0::cli {
namespace {

using json = nlohmann::ordered_json;

constexpr const char* store_type = "foldline.store";
constexpr const char* upcaster_type = "foldline.upcaster";
constexpr const char* schema_type = "foldline.schema";
constexpr const char* end_type = "foldline.end";

json envelope(std::string id, const std::string& source, const char* type, json data) {
    return {{"specversion", "1.0"},
            {"id", std::move(id)},
            {"source", source},
            {"type", type},
            {"datacontenttype", "application/json"},
            {"data", std::move(data)}};
}

const json& data_of(const json& line) {
    const auto found = line.find("data");
    if (found == line.end() || !found->is_object()) throw invalid_request("it has no data");
    return *found;
}

uuid uuid_at(const json& object, const char* name) {
    const auto id = uuid::parse(text_at(object, name));
    if (!id) throw invalid_request(fmt::format("its \"{}\" is no UUID", name));
    return *id;
}

template <class Number>
std::optional<Number> number_of(std::string_view text, int base) {
    Number number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

constexpr std::string_view hash_begins = R"(,"linehash":")";
constexpr std::string_view hash_ends = R"("})";

/// JSON is not believed before that: of twins of one name it would only tell the last.
void require_sealed(std::string_view text) {
    constexpr std::size_t digits = 16;
    constexpr std::size_t size = hash_begins.size() + digits + hash_ends.size();
    const std::string_view seal = text.substr(text.size() < size ? 0 : text.size() - size);
    if (seal.size() < size || !seal.starts_with(hash_begins) || !seal.ends_with(hash_ends))
        throw invalid_request("it does not end with its linehash: it is no line of an export, or was changed");
    if (seal.substr(hash_begins.size(), digits) != hexadecimal(checksum_of(text.substr(0, text.size() - size))))
        throw invalid_request("it was changed: it does not match its linehash");
}

constexpr int deepest_nesting = 300;  // what a message can be is less deep

/// Whoever goes over deeper values calls itself too often.
void require_shallow(std::string_view text) {
    int depth = 0;
    bool is_inside_text = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (is_inside_text && c == '\\') ++i;
        else if (c == '"') is_inside_text = !is_inside_text;
        else if (is_inside_text) continue;
        else if (c == '[' || c == '{') ++depth;
        else if (c == ']' || c == '}') --depth;
        if (depth > deepest_nesting)
            throw invalid_request(fmt::format("it is nested more than {} deep", deepest_nesting));
    }
}

}  // namespace

// --------------------------------------------------------------------------------------------------------------- lines

std::string exported_store::source() const { return "urn:uuid:" + identity.store.to_string(); }

line_kind kind_of(const json& line) {
    if (!line.is_object()) throw invalid_request("it is no JSON object");
    const std::string& type = text_at(line, "type");
    if (type == store_type) return line_kind::store;
    if (type == upcaster_type) return line_kind::upcaster;
    if (type == schema_type) return line_kind::schema;
    return type == end_type ? line_kind::end : line_kind::event;
}

json line_of(const exported_store& store) {
    return envelope(store.identity.store.to_string(), store.source(), store_type,
                    {{"format", export_format},
                     {"store", store.identity.store.to_string()},
                     {"history", store.identity.history.to_string()},
                     {"head", std::to_string(store.head.value)},
                     {"selection", store.is_selection}});
}

json line_of(const declared_upcaster& step, const std::string& source) {
    const std::string body = step.encode();
    return envelope("urn:foldline:upcaster:" + hexadecimal(checksum_of(body)), source, upcaster_type,
                    {{"rule", step.to_string()}, {"body", base64(body)}});
}

json line_of(const sqlite::kept_schema& kept, std::size_t revision, const std::string& source) {
    const event_schema& schema = kept.schema;
    return envelope(uri_of(schema), source, schema_type,
                    {{"name", schema.type.name},
                     {"version", schema.type.version},
                     {"revision", revision},
                     {"first_position", std::to_string(kept.first_position.value)},
                     {"message", schema.message},
                     {"descriptor_set", base64(schema.descriptor_set)}});
}

json line_of(const export_end& end, const std::string& source) {
    return envelope("end", source, end_type,
                    {{"events", std::to_string(end.events)}, {"checksum", hexadecimal(end.checksum)}});
}

exported_store store_of(const json& line) {
    if (kind_of(line) != line_kind::store) throw invalid_request("it is not the first line of an export");
    const json& data = data_of(line);
    const auto format = data.find("format");
    if (format == data.end() || !format->is_number_integer() || *format != export_format)
        throw invalid_request(fmt::format(
            "it is of an export in another format than {}, and perhaps of a newer Foldline", export_format));
    const auto selection = data.find("selection");
    return {{{uuid_at(data, "store")}, {uuid_at(data, "history")}},
            global_position{number_at(data, "head")},
            selection != data.end() && *selection == true};
}

declared_upcaster upcaster_of(const json& line) {
    try {
        return decode_declared_upcaster(bytes_at(data_of(line), "body"));
    } catch (const definition_error& error) {
        throw invalid_request(error.what());
    }
}

named_schema schema_of_line(const json& line) {
    const json& data = data_of(line);
    const auto version = data.find("version");
    if (version == data.end() || !version->is_number_unsigned()) throw invalid_request("its \"version\" is no number");
    auto name = std::make_unique<std::string>(text_at(data, "name"));
    const event_type type{*name, version->get<std::uint32_t>()};
    return {std::move(name),
            {type, text_at(data, "message"), bytes_at(data, "descriptor_set")},
            global_position{number_at(data, "first_position")}};
}

export_end end_of(const json& line) {
    const json& data = data_of(line);
    const auto checksum = number_of_hexadecimal(text_at(data, "checksum"));
    if (!checksum) throw invalid_request("its \"checksum\" is none");
    return {number_at(data, "events"), *checksum};
}

std::string uri_of(const event_schema& schema) {
    const std::string all = fmt::format("{} {}\n{}", schema.type.to_string(), schema.message, schema.descriptor_set);
    return "urn:foldline:schema:" + hexadecimal(checksum_of(all));
}

// ------------------------------------------------------------------------------------------------------------- members

const std::string& text_at(const json& object, const char* name) {
    const auto found = object.find(name);
    if (found == object.end() || !found->is_string()) throw invalid_request(fmt::format("it has no text \"{}\"", name));
    return found->get_ref<const std::string&>();
}

std::int64_t number_at(const json& object, const char* name) {
    const auto number = number_of<std::int64_t>(text_at(object, name), 10);
    if (!number) throw invalid_request(fmt::format("its \"{}\" is no whole number", name));
    return *number;
}

std::string bytes_at(const json& object, const char* name) {
    auto bytes = bytes_of_base64(text_at(object, name));
    if (!bytes) throw invalid_request(fmt::format("its \"{}\" is not base64", name));
    return *std::move(bytes);
}

// ------------------------------------------------------------------------------------------------------ lines and text

std::string sealed(std::string object) {
    object.pop_back();  // the brace
    const std::string hash = hexadecimal(checksum_of(object));
    ((object += hash_begins) += hash) += hash_ends;
    return object;
}

json unsealed(std::string_view text) {
    require_sealed(text);
    require_shallow(text);
    json line = json::parse(text, nullptr, false);
    if (line.is_discarded()) throw invalid_request("it is no JSON");
    return line;
}

// ----------------------------------------------------------------------------------------------------------- checksums

struct running_checksum::state {
    XXH3_state_t of;
};

running_checksum::running_checksum() : state_(std::make_unique<state>()) { XXH3_64bits_reset(&state_->of); }
running_checksum::~running_checksum() = default;

void running_checksum::add(std::string_view bytes) { XXH3_64bits_update(&state_->of, bytes.data(), bytes.size()); }
std::uint64_t running_checksum::value() const { return XXH3_64bits_digest(&state_->of); }

std::uint64_t checksum_of(std::string_view bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }
std::string hexadecimal(std::uint64_t number) { return fmt::format("{:016x}", number); }
std::optional<std::uint64_t> number_of_hexadecimal(std::string_view text) {
    return text.size() == 16 ? number_of<std::uint64_t>(text, 16) : std::nullopt;
}

}  // namespace foldline::inline v0::cli
