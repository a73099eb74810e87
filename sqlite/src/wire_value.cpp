#include "utf8_text.hpp"
#include "wire_columns.hpp"

#include <google/protobuf/descriptor.pb.h>

#include <bit>
#include <chrono>
#include <cstring>

namespace foldline::inline v0::sqlite {
namespace {

namespace pb = google::protobuf;
using field_type = pb::FieldDescriptor;

wire_reader::type encoding_of(const pb::FieldDescriptor& field) {
    switch (field.type()) {
        case field_type::TYPE_DOUBLE:
        case field_type::TYPE_FIXED64:
        case field_type::TYPE_SFIXED64: return wire_reader::type::fixed64;
        case field_type::TYPE_FLOAT:
        case field_type::TYPE_FIXED32:
        case field_type::TYPE_SFIXED32: return wire_reader::type::fixed32;
        case field_type::TYPE_STRING:
        case field_type::TYPE_BYTES:
        case field_type::TYPE_MESSAGE: return wire_reader::type::bytes;
        case field_type::TYPE_GROUP: return wire_reader::type::group;
        default: return wire_reader::type::varint;
    }
}

std::int64_t unzigzag(std::uint64_t value) { return static_cast<std::int64_t>((value >> 1U) ^ (~(value & 1U) + 1)); }

bool is_proto3(const pb::FileDescriptor& file) { return file.syntax() == pb::FileDescriptor::SYNTAX_PROTO3; }

void put_digits(char* to, int width, std::int64_t value) {
    for (; width > 0; value /= 10) to[--width] = static_cast<char>('0' + value % 10);
}

}  // namespace

std::string_view text_of_time(std::int64_t micros_since_1970, time_text& buffer) {
    using namespace std::chrono;
    const sys_time<microseconds> time{microseconds{micros_since_1970}};
    const auto day = floor<days>(time);
    const year_month_day date{day};
    const std::int64_t in_day = (time - day).count();
    const int year = static_cast<int>(date.year());
    if (year < 0 || year > 9999) return {};
    char* const to = buffer.data();
    std::memcpy(to, "0000-00-00T00:00:00.000000Z", 27);
    put_digits(to, 4, year);
    put_digits(to + 5, 2, static_cast<unsigned>(date.month()));
    put_digits(to + 8, 2, static_cast<unsigned>(date.day()));
    put_digits(to + 11, 2, in_day / 3'600'000'000);
    put_digits(to + 14, 2, in_day / 60'000'000 % 60);
    put_digits(to + 17, 2, in_day / 1'000'000 % 60);
    put_digits(to + 20, 6, in_day % 1'000'000);
    return {to, 27};
}

wire_value::wire_value(const pb::FieldDescriptor& field, bool is_masked)
    : field_(&field), encoded_as_(encoding_of(field)), is_masked_(is_masked) {
    if (!field.enum_type()) return;
    constexpr int most_names = 256;
    for (int i = 0; i < field.enum_type()->value_count(); ++i) {
        const int number = field.enum_type()->value(i)->number();
        if (number >= 0 && number < most_names && static_cast<std::size_t>(number) >= names_.size())
            names_.resize(static_cast<std::size_t>(number) + 1);
    }
    for (std::size_t number = 0; number < names_.size(); ++number)
        if (const auto* known = field.enum_type()->FindValueByNumber(static_cast<int>(number)))
            names_[number] = known->name();
}

event_cell wire_value::name_of(std::int32_t number) const {
    const auto at = static_cast<std::size_t>(number);
    if (number >= 0 && at < names_.size() && !names_[at].empty()) return event_cell::text(names_[at]);
    if (const auto* known = field_->enum_type()->FindValueByNumber(number)) return event_cell::text(known->name());
    return is_proto3(*field_->file()) ? event_cell::digits(number) : event_cell{};
}

event_cell wire_value::number(std::uint64_t value) const {
    const auto low = static_cast<std::uint32_t>(value);
    event_cell cell;
    switch (field_->type()) {
        case field_type::TYPE_INT32:
        case field_type::TYPE_SFIXED32: cell = event_cell::of(static_cast<std::int32_t>(low)); break;
        case field_type::TYPE_INT64:
        case field_type::TYPE_SFIXED64: cell = event_cell::of(static_cast<std::int64_t>(value)); break;
        case field_type::TYPE_UINT32:
        case field_type::TYPE_FIXED32: cell = event_cell::of(std::int64_t{low}); break;
        case field_type::TYPE_UINT64:
        case field_type::TYPE_FIXED64: cell = event_cell::of_unsigned(value); break;
        case field_type::TYPE_SINT32: cell = event_cell::of(static_cast<std::int32_t>(unzigzag(low))); break;
        case field_type::TYPE_SINT64: cell = event_cell::of(unzigzag(value)); break;
        case field_type::TYPE_BOOL: cell = event_cell::of(value != 0 ? 1 : 0); break;
        case field_type::TYPE_DOUBLE: cell = event_cell::of_real(std::bit_cast<double>(value)); break;
        case field_type::TYPE_FLOAT: cell = event_cell::of_real(double{std::bit_cast<float>(low)}); break;
        case field_type::TYPE_ENUM: cell = name_of(static_cast<std::int32_t>(low)); break;
        default: break;
    }
    return is_masked_ && cell.is != event_cell::kind::null ? event_cell::text(personal_mask) : cell;
}

bool wire_value::take(const wire_reader& from, event_cell& into) const {
    if (encoded_as_ != wire_reader::type::bytes) {
        const event_cell taken = number(from.value());
        if (taken.is != event_cell::kind::null) into = taken;
        return true;
    }
    const bool is_text = field_->type() == field_type::TYPE_STRING;
    if (is_text && is_proto3(*field_->file()) && !is_utf8(from.bytes())) return false;
    into = is_masked_ ? event_cell::text(personal_mask)
           : is_text  ? event_cell::text(from.bytes())
                      : event_cell::blob(from.bytes());
    return true;
}

event_cell wire_value::default_value() const {
    if (is_masked_) return event_cell::text(personal_mask);
    switch (field_->cpp_type()) {
        case field_type::CPPTYPE_STRING:
            return field_->type() == field_type::TYPE_BYTES ? event_cell::blob("") : event_cell::text("");
        case field_type::CPPTYPE_ENUM: return event_cell::text(field_->default_value_enum()->name());
        case field_type::CPPTYPE_MESSAGE: return {};
        default: return number(0);
    }
}

}  // namespace foldline::inline v0::sqlite
