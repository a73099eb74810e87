#include <foldline/upcasters/dynamic_event.hpp>

#include "scalar_value.hpp"

#include <foldline/core/error.hpp>

#include <fmt/core.h>
#include <google/protobuf/descriptor.h>

#include <charconv>
#include <limits>
#include <variant>

namespace foldline::inline v0 {
namespace {

namespace pb = google::protobuf;
using detail::not_indexed;
using detail::value_kind;

/// One value of a message, or one field of it.
struct place {
    const pb::Message& message;
    const pb::FieldDescriptor& field;
    int index = not_indexed;

    [[nodiscard]] const pb::Reflection& reflection() const { return *message.GetReflection(); }
    [[nodiscard]] int size() const { return reflection().FieldSize(message, &field); }
};

[[noreturn]] void refuse(std::string_view path, std::string_view why) {
    throw definition_error(fmt::format("'{}': {}", path, why));
}

void require_index(const place& at, std::string_view path) {
    if (at.index < 0 || at.index >= at.size())
        throw error(
            fmt::format("'{}': there is no value [{}], {} has {}", path, at.index, at.field.full_name(), at.size()));
}

int parsed_index(std::string_view digits, std::string_view path) {
    int index = 0;
    const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
    if (failure != std::errc{} || end != digits.data() + digits.size() || index < 0)
        refuse(path, fmt::format("[{}] is no index", digits));
    return index;
}

/// What a name with or without an index, as `lines[2]`, stands for.
place step(const pb::Message& message, std::string_view step, std::string_view path) {
    const std::size_t bracket = step.find('[');
    const auto& field = detail::field_named(*message.GetDescriptor(), step.substr(0, bracket));
    if (bracket == std::string_view::npos) return {message, field};
    if (step.back() != ']') refuse(path, fmt::format("'{}' lacks its ]", step));
    if (!field.is_repeated()) refuse(path, detail::described(field) + " is not repeated");
    const place at{message, field, parsed_index(step.substr(bracket + 1, step.size() - bracket - 2), path)};
    require_index(at, path);
    return at;
}

void require_one_value(const place& at, std::string_view path) {
    if (at.field.is_repeated() && at.index == not_indexed)
        refuse(path, detail::described(at.field) + " has many values; say which, as in [0]");
}

const pb::Message& message_at(const place& at, std::string_view path) {
    if (detail::kind_of(at.field) != value_kind::message)
        refuse(path, detail::described(at.field) + " holds no message");
    require_one_value(at, path);
    return at.index == not_indexed ? at.reflection().GetMessage(at.message, &at.field)
                                   : at.reflection().GetRepeatedMessage(at.message, &at.field, at.index);
}

place found(const pb::Message& message, std::string_view path) {
    if (!detail::is_path(path)) refuse(path, "this is no path: it takes names of fields with dots between them");
    const pb::Message* inside = &message;
    for (std::string_view rest = path;;) {
        const auto [name, behind] = detail::split_path(rest);
        const place at = step(*inside, name, path);
        if (behind.empty()) return at;
        inside = &message_at(at, path);
        rest = behind;
    }
}

place value(const pb::Message& message, std::string_view path) {
    const place at = found(message, path);
    require_one_value(at, path);
    return at;
}

[[noreturn]] void refuse_kind(const place& at, std::string_view path, value_kind asked) {
    refuse(path, fmt::format("{} is not {}", detail::described(at.field), detail::name_of(asked)));
}

detail::scalar_value scalar_of_kind(const pb::Message& message, std::string_view path, value_kind asked) {
    const place at = value(message, path);
    const value_kind kind = detail::kind_of(at.field);
    const bool is_number = asked == value_kind::integer && kind == value_kind::choice;
    if (kind != asked && !is_number) refuse_kind(at, path, asked);
    return detail::scalar_at(at.message, at.field, at.index);
}

template <class Integer>
Integer whole_at(const pb::Message& message, std::string_view path, std::string_view advice) {
    const detail::scalar_value scalar = scalar_of_kind(message, path, value_kind::integer);
    const auto* choice = std::get_if<detail::choice_number>(&scalar);
    const detail::whole_number number = choice ? choice->value : std::get<detail::whole_number>(scalar);
    if (number < std::numeric_limits<Integer>::min() || number > std::numeric_limits<Integer>::max())
        throw error(fmt::format("'{}': the number {}", path, advice));
    return static_cast<Integer>(number);
}

/// The key of a map's entry in the notation of `dynamic_event::entry`.
std::string key_of(const pb::Message& entry) {
    const auto& key = *entry.GetDescriptor()->map_key();
    const dynamic_event look{entry};
    switch (key.cpp_type()) {
        case pb::FieldDescriptor::CPPTYPE_STRING: return look.text(key.name());
        case pb::FieldDescriptor::CPPTYPE_BOOL: return look.flag(key.name()) ? "true" : "false";
        case pb::FieldDescriptor::CPPTYPE_UINT64: return fmt::format("{}", look.natural(key.name()));
        default: return fmt::format("{}", look.integer(key.name()));
    }
}

const pb::Message* find_entry(const pb::Message& message, std::string_view path, std::string_view key) {
    const place at = found(message, path);
    if (!at.field.is_map() || at.index != not_indexed) refuse(path, detail::described(at.field) + " is no map");
    for (int i = 0; i < at.size(); ++i) {
        const pb::Message& entry = at.reflection().GetRepeatedMessage(at.message, &at.field, i);
        if (key_of(entry) == key) return &entry;
    }
    return nullptr;
}

}  // namespace

std::int64_t dynamic_event::integer(std::string_view path) const {
    return whole_at<std::int64_t>(*message_, path, "is larger than std::int64_t holds; ask for it as natural");
}

std::uint64_t dynamic_event::natural(std::string_view path) const {
    return whole_at<std::uint64_t>(*message_, path, "is negative; ask for it as integer");
}

double dynamic_event::real(std::string_view path) const {
    return std::get<double>(scalar_of_kind(*message_, path, value_kind::real));
}

bool dynamic_event::flag(std::string_view path) const {
    return std::get<bool>(scalar_of_kind(*message_, path, value_kind::flag));
}

std::string dynamic_event::text(std::string_view path) const {
    return std::get<std::string>(scalar_of_kind(*message_, path, value_kind::text));
}

std::string dynamic_event::bytes(std::string_view path) const {
    return std::get<std::string>(scalar_of_kind(*message_, path, value_kind::bytes));
}

std::string dynamic_event::choice(std::string_view path) const {
    const int number = std::get<detail::choice_number>(scalar_of_kind(*message_, path, value_kind::choice)).value;
    const auto* named = found(*message_, path).field.enum_type()->FindValueByNumber(number);
    return named ? named->name() : fmt::format("{}", number);
}

bool dynamic_event::has(std::string_view path) const {
    const place at = found(*message_, path);
    if (at.index != not_indexed) return true;
    return at.field.is_repeated() ? at.size() > 0 : at.reflection().HasField(at.message, &at.field);
}

std::size_t dynamic_event::count(std::string_view path) const {
    const place at = found(*message_, path);
    if (!at.field.is_repeated() || at.index != not_indexed)
        refuse(path, detail::described(at.field) + " is not repeated");
    return static_cast<std::size_t>(at.size());
}

dynamic_event dynamic_event::at(std::string_view path) const {
    return dynamic_event{message_at(found(*message_, path), path)};
}

dynamic_event dynamic_event::at(std::string_view path, std::size_t index) const {
    const place field = found(*message_, path);
    if (!field.field.is_repeated() || field.index != not_indexed)
        refuse(path, detail::described(field.field) + " is not repeated");
    const auto limit = static_cast<std::size_t>(std::numeric_limits<int>::max());
    const place one{field.message, field.field, index < limit ? static_cast<int>(index) : static_cast<int>(limit)};
    require_index(one, path);
    return dynamic_event{message_at(one, path)};
}

dynamic_event dynamic_event::entry(std::string_view path, std::string_view key) const {
    const pb::Message* entry = find_entry(*message_, path, key);
    if (!entry) throw error(fmt::format("'{}': no entry has the key '{}'", path, key));
    return dynamic_event{*entry};
}

bool dynamic_event::has_entry(std::string_view path, std::string_view key) const {
    return find_entry(*message_, path, key) != nullptr;
}

}  // namespace foldline::inline v0
