#include "string_plan.hpp"

#include "utf8.hpp"
#include "wire_fields.hpp"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <map>
#include <optional>

namespace foldline::inline v0::detail {
namespace {

namespace pb = google::protobuf;

// Plans are tables by field number, and are kept for ever. Classes beyond these sizes are rare; their messages are
// asked themselves.
constexpr int largest_number = 1'000;
constexpr std::size_t most_classes = 1'000;

}  // namespace

class string_plan::maker {
public:
    explicit maker(std::vector<fields_of_class>& classes) : classes_(classes) {}

    struct planned {
        what in_field;  ///< of a field that holds such a message
        int height;     ///< how many messages of it stand inside each other at most
    };

    /// Empty if bytes of the class cannot tell.
    std::optional<planned> plan(const pb::Descriptor& type) {
        // A class that is met again before it is done holds itself.
        const auto [known, is_new] = done_.try_emplace(&type, std::nullopt);
        if (!is_new) return known->second;
        if (type.extension_range_count() > 0 || done_.size() > most_classes) return std::nullopt;
        fields_of_class fields;
        int height = 1;
        for (int i = 0; i < type.field_count(); ++i) {
            const auto held = plan_field(*type.field(i));
            if (!held) return std::nullopt;
            height = std::max(height, held->height + 1);
            if (held->in_field == nothing) continue;
            const auto number = static_cast<std::size_t>(type.field(i)->number());
            if (number >= fields.size()) fields.resize(number + 1, nothing);
            fields[number] = held->in_field;
        }
        if (height > deepest_nesting) return std::nullopt;
        what number = nothing;
        if (!fields.empty()) {
            number = static_cast<what>(first_class + classes_.size());
            classes_.push_back(std::move(fields));
        }
        return done_[&type] = planned{number, height};
    }

private:
    std::optional<planned> plan_field(const pb::FieldDescriptor& field) {
        if (field.number() > largest_number || field.type() == pb::FieldDescriptor::TYPE_GROUP) return std::nullopt;
        if (field.type() == pb::FieldDescriptor::TYPE_STRING) return planned{text, 0};
        return field.message_type() ? plan(*field.message_type()) : planned{nothing, 0};
    }

    std::vector<fields_of_class>& classes_;
    std::map<const pb::Descriptor*, std::optional<planned>> done_;
};

string_plan::string_plan(const pb::Descriptor& type) {
    const auto outermost = maker{classes_}.plan(type);
    if (!outermost) {
        classes_.clear();
        return;
    }
    if (outermost->in_field == nothing) classes_.emplace_back();
    outermost_ = classes_.size() - 1;
}

bool string_plan::is_surely_utf8(std::string_view encoded) const {
    const fields_of_class& fields = classes_[outermost_];
    return fields.empty() || is_surely_utf8(encoded, fields);
}

bool string_plan::is_surely_utf8(std::string_view encoded, const fields_of_class& fields) const {
    const what* const in_field = fields.data();
    const std::size_t count = fields.size();
    wire_fields walk{encoded};
    while (walk.next()) {
        const auto& bytes = walk.bytes();
        if (!bytes || walk.number() >= count) continue;
        const what held = in_field[walk.number()];
        if (held == nothing) continue;
        if (held == text ? !is_utf8(*bytes) : !is_surely_utf8(*bytes, classes_[held - first_class])) return false;
    }
    return walk.is_sound();
}

}  // namespace foldline::inline v0::detail
