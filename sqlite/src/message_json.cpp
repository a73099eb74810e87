#include "message_json.hpp"

#include "utf8_text.hpp"

#include <foldline/core/metadata.hpp>
#include <foldline/upcasters/message_schema.hpp>

#include <fmt/core.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/util/json_util.h>

#include <cmath>
#include <cstdint>
#include <map>
#include <memory>
#include <utility>

namespace foldline::inline v0::sqlite {
namespace {

namespace pb = google::protobuf;

void append_base64(std::string& to, std::string_view bytes) {
    constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    to += '"';
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        const auto byte = [&](std::size_t i) {
            return at + i < bytes.size() ? std::uint32_t{static_cast<std::uint8_t>(bytes[at + i])} : 0U;
        };
        const std::uint32_t three = byte(0) << 16U | byte(1) << 8U | byte(2);
        const std::size_t left = bytes.size() - at;
        to += digits[three >> 18U];
        to += digits[three >> 12U & 63U];
        to += left > 1 ? digits[three >> 6U & 63U] : '=';
        to += left > 2 ? digits[three & 63U] : '=';
    }
    to += '"';
}

void append_real(std::string& to, double value) {
    if (std::isfinite(value)) to += fmt::format("{}", value);
    else to += std::isnan(value) ? R"("NaN")" : value > 0 ? R"("Infinity")" : R"("-Infinity")";
}

bool is_well_known(const pb::Descriptor& type) { return type.file()->name().rfind("google/protobuf/", 0) == 0; }

/// Goes over messages by Protobuf's reflection.
class writer {
public:
    writer(std::string& to, masking personal) : to_(to), personal_(personal) {}

    void message(const pb::Message& value) {
        const pb::Descriptor& type = *value.GetDescriptor();
        if (type.full_name() == "google.protobuf.Any") return any(value);
        if (is_well_known(type) && type.well_known_type() != pb::Descriptor::WELLKNOWNTYPE_UNSPECIFIED)
            return as_protobuf_writes_it(value);
        to_ += '{';
        bool is_first = true;
        fields(value, is_first);
        to_ += '}';
    }

    void field(const pb::Message& of, const pb::FieldDescriptor& which) {
        if (personal_ == masking::on && is_personal(which)) return append_json(to_, personal_mask);
        if (which.is_map()) return map(of, which);
        if (!which.is_repeated()) return value(of, which, -1);
        to_ += '[';
        const int count = of.GetReflection()->FieldSize(of, &which);
        for (int i = 0; i < count; ++i) {
            if (i > 0) to_ += ',';
            value(of, which, i);
        }
        to_ += ']';
    }

private:
    void name(std::string_view text, bool& is_first) {
        if (!is_first) to_ += ',';
        is_first = false;
        append_json(to_, text);
        to_ += ':';
    }

    void fields(const pb::Message& value, bool& is_first) {
        const pb::Descriptor& type = *value.GetDescriptor();
        for (int i = 0; i < type.field_count(); ++i) {
            const pb::FieldDescriptor& each = *type.field(i);
            if (each.has_presence() && !value.GetReflection()->HasField(value, &each)) continue;
            name(each.name(), is_first);
            field(value, each);
        }
    }

    void map(const pb::Message& of, const pb::FieldDescriptor& which) {
        const pb::FieldDescriptor& key = *which.message_type()->map_key();
        const pb::FieldDescriptor& held = *which.message_type()->map_value();
        // In the order of their keys, since a map has none: the same entries are the same text.
        std::map<std::string, std::string> entries;
        const int count = of.GetReflection()->FieldSize(of, &which);
        for (int i = 0; i < count; ++i) {
            const pb::Message& entry = of.GetReflection()->GetRepeatedMessage(of, &which, i);
            std::string name;
            writer{name, personal_}.value(entry, key, -1);
            if (name.front() != '"') name = '"' + name + '"';
            std::string text;
            writer{text, personal_}.field(entry, held);
            entries.insert_or_assign(std::move(name), std::move(text));
        }
        to_ += '{';
        for (const auto& [name, text] : entries) {
            if (to_.back() != '{') to_ += ',';
            (to_ += name) += ':';
            to_ += text;
        }
        to_ += '}';
    }

    /// `index`: -1 of a field that is not repeated.
    void value(const pb::Message& of, const pb::FieldDescriptor& which, int index) {
        const pb::Reflection& look = *of.GetReflection();
        const bool one = index < 0;
        std::string scratch;
        switch (which.cpp_type()) {
            case pb::FieldDescriptor::CPPTYPE_INT32:
                return number(one ? look.GetInt32(of, &which) : look.GetRepeatedInt32(of, &which, index));
            case pb::FieldDescriptor::CPPTYPE_INT64:
                return number(one ? look.GetInt64(of, &which) : look.GetRepeatedInt64(of, &which, index));
            case pb::FieldDescriptor::CPPTYPE_UINT32:
                return number(one ? look.GetUInt32(of, &which) : look.GetRepeatedUInt32(of, &which, index));
            case pb::FieldDescriptor::CPPTYPE_UINT64:
                return number(one ? look.GetUInt64(of, &which) : look.GetRepeatedUInt64(of, &which, index));
            case pb::FieldDescriptor::CPPTYPE_DOUBLE:
                return append_real(to_, one ? look.GetDouble(of, &which) : look.GetRepeatedDouble(of, &which, index));
            case pb::FieldDescriptor::CPPTYPE_FLOAT:
                return append_real(to_,
                                   double{one ? look.GetFloat(of, &which) : look.GetRepeatedFloat(of, &which, index)});
            case pb::FieldDescriptor::CPPTYPE_BOOL:
                to_ += (one ? look.GetBool(of, &which) : look.GetRepeatedBool(of, &which, index)) ? "true" : "false";
                return;
            case pb::FieldDescriptor::CPPTYPE_ENUM: {
                const int chosen = one ? look.GetEnumValue(of, &which) : look.GetRepeatedEnumValue(of, &which, index);
                const auto* known = which.enum_type()->FindValueByNumber(chosen);
                return known ? append_json(to_, known->name()) : number(chosen);
            }
            case pb::FieldDescriptor::CPPTYPE_STRING: {
                const std::string& text = one ? look.GetStringReference(of, &which, &scratch)
                                              : look.GetRepeatedStringReference(of, &which, index, &scratch);
                return which.type() == pb::FieldDescriptor::TYPE_BYTES ? append_base64(to_, text)
                                                                       : append_json(to_, text);
            }
            case pb::FieldDescriptor::CPPTYPE_MESSAGE:
                return message(one ? look.GetMessage(of, &which) : look.GetRepeatedMessage(of, &which, index));
        }
    }

    template <class Number>
    void number(Number value) {
        to_ += fmt::format("{}", value);
    }

    /// Its fields beside its `@type`, where the schema holds that type. Of what it does not hold nobody knows whether
    /// it is personal.
    void any(const pb::Message& value) {
        const pb::Reflection& look = *value.GetReflection();
        const pb::Descriptor& type = *value.GetDescriptor();
        const std::string url = look.GetString(value, type.FindFieldByNumber(1));
        const std::string bytes = look.GetString(value, type.FindFieldByNumber(2));
        bool is_first = true;
        to_ += '{';
        name("@type", is_first);
        append_json(to_, url);
        const auto* inside = type.file()->pool()->FindMessageTypeByName(url.substr(url.rfind('/') + 1));
        const pb::LogSilencer quiet;
        if (const auto* prototype = inside ? look.GetMessageFactory()->GetPrototype(inside) : nullptr) {
            const std::unique_ptr<pb::Message> held{prototype->New()};
            if (held->ParseFromString(bytes)) {
                fields(*held, is_first);
                to_ += '}';
                return;
            }
        }
        name("value", is_first);
        if (personal_ == masking::on) append_json(to_, personal_mask);
        else append_base64(to_, bytes);
        to_ += '}';
    }

    void as_protobuf_writes_it(const pb::Message& value) {
        std::string text;
        const pb::LogSilencer quiet;
        const bool written = pb::util::MessageToJsonString(value, &text).ok();
        to_ += written ? text : "null";  // a time beyond the year 9999, which has no text
    }

    std::string& to_;
    masking personal_;
};

}  // namespace

void append_json(std::string& to, const pb::Message& message, masking personal) {
    writer{to, personal}.message(message);
}

void append_json(std::string& to, const pb::Message& message, const pb::FieldDescriptor& field, masking personal) {
    writer{to, personal}.field(message, field);
}

void append_json(std::string& to, std::string_view text) {
    to += '"';
    while (!text.empty()) {
        const char c = text.front();
        const std::size_t size = code_point_size(text);
        if (size == 0) to += "\xEF\xBF\xBD";
        else if (c == '"' || c == '\\') (to += '\\') += c;
        else if (static_cast<std::uint8_t>(c) < 0x20) to += fmt::format("\\u{:04x}", static_cast<int>(c));
        else to += text.substr(0, size);
        text.remove_prefix(size == 0 ? 1 : size);
    }
    to += '"';
}

void append_metadata_json(std::string& to, std::string_view encoded) {
    const metadata known = decode_metadata(encoded);
    to += '{';
    bool is_first = true;
    const auto add = [&](std::string_view name, const std::string& value) {
        if (value.empty()) return;
        to += is_first ? "\"" : ",\"";
        (to += name) += "\":";
        append_json(to, value);
        is_first = false;
    };
    add("correlation_id", known.correlation_id);
    add("causation_id", known.causation_id);
    add("actor", known.actor);
    add("traceparent", known.traceparent);
    if (!known.headers.empty()) {
        to += is_first ? "\"headers\":[" : ",\"headers\":[";
        for (const auto& [name, value] : known.headers) {
            to += &name == &known.headers.front().first ? "{\"name\":" : ",{\"name\":";
            append_json(to, name);
            to += ",\"value\":";
            append_json(to, value);
            to += '}';
        }
        to += ']';
    }
    to += '}';
}

}  // namespace foldline::inline v0::sqlite
