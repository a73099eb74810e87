#include "field_values.hpp"

#include <foldline/cli/exit_code.hpp>
#include <foldline/upcasters/message_schema.hpp>

#include <fmt/core.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/dynamic_message.h>

#include <algorithm>
#include <memory>
#include <span>

namespace foldline::inline v0::cli {
namespace {

namespace pb = google::protobuf;
using field = pb::FieldDescriptor;

/// Messages that are one value to people.
bool is_moment(const pb::Descriptor& type) {
    return type.well_known_type() == pb::Descriptor::WELLKNOWNTYPE_TIMESTAMP ||
           type.well_known_type() == pb::Descriptor::WELLKNOWNTYPE_DURATION;
}

bool is_wrapper(const pb::Descriptor& type) {
    const auto known = type.well_known_type();
    return known >= pb::Descriptor::WELLKNOWNTYPE_DOUBLEVALUE && known <= pb::Descriptor::WELLKNOWNTYPE_BOOLVALUE;
}

const field* field_of(const pb::Descriptor& type, const std::string& name) {
    const field* found = type.FindFieldByName(name);
    return found ? found : type.FindFieldByCamelcaseName(name);
}

/// Adds the field to the way, and the parts of it that nobody names.
const pb::Descriptor* extend(field_way& way, const field& step) {
    way.push_back(&step);
    if (step.is_map()) return extend(way, *step.message_type()->map_value());
    if (step.message_type() && is_wrapper(*step.message_type())) return extend(way, *step.message_type()->field(0));
    return step.message_type();
}

bool any_value(const pb::Message& message, std::span<const field* const> way,
               function_ref<bool(const field_value&)> test);

bool is_value(const field& end) { return !end.message_type() || is_moment(*end.message_type()); }

/// `index`: -1 for a field that is not repeated.
bool any_behind(const pb::Message& message, std::span<const field* const> way, int index,
                function_ref<bool(const field_value&)> test) {
    if (way.size() == 1) return test({message, *way.front(), index});
    const pb::Reflection& inside = *message.GetReflection();
    return any_value(
        index < 0 ? inside.GetMessage(message, way.front()) : inside.GetRepeatedMessage(message, way.front(), index),
        way.subspan(1), test);
}

bool any_value(const pb::Message& message, std::span<const field* const> way,
               function_ref<bool(const field_value&)> test) {
    const field& step = *way.front();
    const pb::Reflection& inside = *message.GetReflection();
    if (!step.is_repeated())
        return (!step.has_presence() || inside.HasField(message, &step)) && any_behind(message, way, -1, test);
    const int size = inside.FieldSize(message, &step);
    for (int at = 0; at < size; ++at)
        if (any_behind(message, way, at, test)) return true;
    return false;
}

// ---------------------------------------------------------------------------------------------------------------- words

/// What an `Any` holds, if its schema is known.
class unpacked {
public:
    explicit unpacked(const pb::Message& any) : factory_(any.GetDescriptor()->file()->pool()) {
        const pb::Reflection& inside = *any.GetReflection();
        const std::string url = inside.GetString(any, any.GetDescriptor()->field(0));
        const pb::Descriptor* type =
            any.GetDescriptor()->file()->pool()->FindMessageTypeByName(url.substr(url.rfind('/') + 1));
        if (!type) return;
        message_.reset(factory_.GetPrototype(type)->New());
        if (!message_->ParseFromString(inside.GetString(any, any.GetDescriptor()->field(1)))) message_.reset();
    }
    [[nodiscard]] const pb::Message* message() const { return message_.get(); }

private:
    pb::DynamicMessageFactory factory_;
    std::unique_ptr<pb::Message> message_;
};

/// A message inside a message is no deeper than what can be parsed; one inside an `Any` may be.
constexpr int most_unpacked = 20;

class word_search {
public:
    word_search(std::string_view word, personal_data personal) : word_(word), personal_(personal) {}

    bool is_in(const pb::Message& message) {
        if (message.GetDescriptor()->well_known_type() == pb::Descriptor::WELLKNOWNTYPE_ANY) return is_in_any(message);
        std::vector<const field*> set;
        message.GetReflection()->ListFields(message, &set);
        return std::any_of(set.begin(), set.end(), [&](const field* each) {
            return (personal_ == personal_data::shown || !foldline::is_personal(*each)) && is_in(message, *each);
        });
    }

private:
    bool is_in(const pb::Message& message, const field& each) {
        if (each.type() != field::TYPE_STRING && !each.message_type()) return false;
        if (!each.is_repeated()) return is_in({message, each, -1});
        const int size = message.GetReflection()->FieldSize(message, &each);
        for (int at = 0; at < size; ++at)
            if (is_in({message, each, at})) return true;
        return false;
    }

    bool is_in(const field_value& value) {
        const pb::Reflection& inside = *value.owner.GetReflection();
        const auto* of = &value.field;
        if (of->message_type())
            return is_in(value.index < 0 ? inside.GetMessage(value.owner, of)
                                         : inside.GetRepeatedMessage(value.owner, of, value.index));
        std::string scratch;
        const std::string& text = value.index < 0
                                      ? inside.GetStringReference(value.owner, of, &scratch)
                                      : inside.GetRepeatedStringReference(value.owner, of, value.index, &scratch);
        return text.find(word_) != std::string::npos;
    }

    bool is_in_any(const pb::Message& any) {
        if (unpacked_ == most_unpacked) return false;
        ++unpacked_;
        const unpacked content{any};
        const bool found = content.message() && is_in(*content.message());
        --unpacked_;
        return found;
    }

    std::string_view word_;
    personal_data personal_;
    int unpacked_ = 0;
};

}  // namespace

field_way way_to(const std::string& path, const pb::Descriptor& type) {
    field_way way;
    const pb::Descriptor* here = &type;
    for (std::size_t at = 0; at <= path.size();) {
        const auto end = std::min(path.find('.', at), path.size());
        const field* step = here ? field_of(*here, path.substr(at, end - at)) : nullptr;
        if (!step) return {};
        here = extend(way, *step);
        at = end + 1;
    }
    if (!is_value(*way.back()))
        throw unknown_name(fmt::format("{} of {} is a message; name one of its fields, {}.{}", path, type.full_name(),
                                       path, here->field_count() > 0 ? here->field(0)->name() : "..."));
    return way;
}

bool is_personal(const field_way& way) {
    return std::any_of(way.begin(), way.end(), [](const field* each) { return foldline::is_personal(*each); });
}

bool any_value(const pb::Message& message, const field_way& way, function_ref<bool(const field_value&)> test) {
    return !way.empty() && any_value(message, std::span<const field* const>{way}, test);
}

bool says(const pb::Message& message, std::string_view word, personal_data personal) {
    return word_search{word, personal}.is_in(message);
}

}  // namespace foldline::inline v0::cli
