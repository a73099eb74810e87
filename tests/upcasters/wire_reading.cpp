#include "wire_reading.hpp"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/unknown_field_set.h>
#include <google/protobuf/wire_format_lite.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <limits>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace foldline_tests {
namespace {

namespace pb = google::protobuf;
using pb::FieldDescriptor;

// ---- writing

template <class T>
T any_of(std::mt19937_64& random, const std::vector<T>& values) {
    return values[std::uniform_int_distribution<std::size_t>{0, values.size() - 1}(random)];
}

template <class T>
T any_integer(std::mt19937_64& random) {
    using limits = std::numeric_limits<T>;
    const std::vector<T> values{0,
                                1,
                                2,
                                100,
                                static_cast<T>(-1),
                                static_cast<T>(-2),
                                limits::min(),
                                limits::max(),
                                static_cast<T>(std::int64_t{1} << 33),
                                static_cast<T>(random())};
    return any_of(random, values);
}

std::string any_text(const FieldDescriptor& field, std::mt19937_64& random) {
    std::vector<std::string> values{"", "a",
                                    "gr\xc3\xbc\xc3\x9f"
                                    "e",
                                    "\xe6\x97\xa5\xe6\x9c\xac", std::string(300, 'x')};
    const bool is_checked =
        field.type() == FieldDescriptor::TYPE_STRING && field.file()->syntax() == pb::FileDescriptor::SYNTAX_PROTO3;
    if (!is_checked) values.insert(values.end(), {"\xff\xfe", "caf\xe9"});
    return any_of(random, values);
}

/// Sets, or adds to, a field.
class field_writer {
public:
    field_writer(pb::Message& message, const FieldDescriptor& field)
        : message_(message), field_(field), access_(*message.GetReflection()) {}

    void write_any(std::mt19937_64& random) {
        switch (field_.cpp_type()) {
            case FieldDescriptor::CPPTYPE_INT32:
                return put<&R::SetInt32, &R::AddInt32>(any_integer<std::int32_t>(random));
            case FieldDescriptor::CPPTYPE_INT64:
                return put<&R::SetInt64, &R::AddInt64>(any_integer<std::int64_t>(random));
            case FieldDescriptor::CPPTYPE_UINT32:
                return put<&R::SetUInt32, &R::AddUInt32>(any_integer<std::uint32_t>(random));
            case FieldDescriptor::CPPTYPE_UINT64:
                return put<&R::SetUInt64, &R::AddUInt64>(any_integer<std::uint64_t>(random));
            case FieldDescriptor::CPPTYPE_BOOL: return put<&R::SetBool, &R::AddBool>(random() % 2 == 0);
            case FieldDescriptor::CPPTYPE_FLOAT:
                return put<&R::SetFloat, &R::AddFloat>(static_cast<float>(random()) / 3);
            case FieldDescriptor::CPPTYPE_DOUBLE:
                return put<&R::SetDouble, &R::AddDouble>(static_cast<double>(random()) / 3);
            case FieldDescriptor::CPPTYPE_STRING: return put<&R::SetString, &R::AddString>(any_text(field_, random));
            case FieldDescriptor::CPPTYPE_ENUM: {
                const int count = field_.enum_type()->value_count();
                const int chosen = static_cast<int>(random() % static_cast<unsigned>(count));
                return put<&R::SetEnumValue, &R::AddEnumValue>(field_.enum_type()->value(chosen)->number());
            }
            case FieldDescriptor::CPPTYPE_MESSAGE:
                return fill(field_.is_repeated() ? *access_.AddMessage(&message_, &field_)
                                                 : *access_.MutableMessage(&message_, &field_),
                            random);
        }
    }

private:
    using R = pb::Reflection;
    template <auto Set, auto Add, class T>
    void put(T value) {
        if (field_.is_repeated()) (access_.*Add)(&message_, &field_, value);
        else (access_.*Set)(&message_, &field_, value);
    }

    pb::Message& message_;
    const FieldDescriptor& field_;
    const pb::Reflection& access_;
};

// ---- reading

/// Integers are kept with their sign, which no type of 64 bits holds for all of them.
struct integer {
    bool is_negative = false;
    std::uint64_t bits = 0;
    friend bool operator==(const integer&, const integer&) = default;
};
struct enum_value {
    const pb::EnumDescriptor* type;
    int number;
};
using value = std::variant<integer, double, float, std::string, enum_value, const pb::Message*>;

integer signed_one(std::int64_t number) { return {number < 0, static_cast<std::uint64_t>(number)}; }
integer unsigned_one(std::uint64_t number) { return {false, number}; }

/// The `index`-th value of a repeated field, or the only one of another, default or not.
value value_of(const pb::Message& message, const FieldDescriptor& field, int index) {
    const pb::Reflection& access = *message.GetReflection();
    const bool many = field.is_repeated();
#define FOLDLINE_TEST_GET(Type) \
    (many ? access.GetRepeated##Type(message, &field, index) : access.Get##Type(message, &field))
    switch (field.cpp_type()) {
        case FieldDescriptor::CPPTYPE_INT32: return signed_one(FOLDLINE_TEST_GET(Int32));
        case FieldDescriptor::CPPTYPE_INT64: return signed_one(FOLDLINE_TEST_GET(Int64));
        case FieldDescriptor::CPPTYPE_UINT32: return unsigned_one(FOLDLINE_TEST_GET(UInt32));
        case FieldDescriptor::CPPTYPE_UINT64: return unsigned_one(FOLDLINE_TEST_GET(UInt64));
        case FieldDescriptor::CPPTYPE_BOOL: return unsigned_one(FOLDLINE_TEST_GET(Bool) ? 1 : 0);
        case FieldDescriptor::CPPTYPE_FLOAT: return FOLDLINE_TEST_GET(Float);
        case FieldDescriptor::CPPTYPE_DOUBLE: return FOLDLINE_TEST_GET(Double);
        case FieldDescriptor::CPPTYPE_STRING: return FOLDLINE_TEST_GET(String);
        case FieldDescriptor::CPPTYPE_ENUM: return enum_value{field.enum_type(), FOLDLINE_TEST_GET(EnumValue)};
        case FieldDescriptor::CPPTYPE_MESSAGE: break;
    }
#undef FOLDLINE_TEST_GET
    return many ? &access.GetRepeatedMessage(message, &field, index) : &access.GetMessage(message, &field);
}

bool is_set(const pb::Message& message, const FieldDescriptor& field) {
    const pb::Reflection& access = *message.GetReflection();
    return field.is_repeated() ? access.FieldSize(message, &field) > 0 : access.HasField(message, &field);
}

bool is_zigzag(const FieldDescriptor& field) {
    return field.type() == FieldDescriptor::TYPE_SINT32 || field.type() == FieldDescriptor::TYPE_SINT64;
}

/// What is left of an integer in a narrower type of the same encoding.
integer cut_to(const FieldDescriptor& written, const FieldDescriptor& read, const integer& number) {
    using lite = pb::internal::WireFormatLite;
    if (is_zigzag(written) != is_zigzag(read)) return number;
    switch (read.type()) {
        case FieldDescriptor::TYPE_BOOL: return unsigned_one(number.bits != 0 ? 1 : 0);
        case FieldDescriptor::TYPE_UINT32:
        case FieldDescriptor::TYPE_FIXED32: return unsigned_one(static_cast<std::uint32_t>(number.bits));
        case FieldDescriptor::TYPE_INT32:
        case FieldDescriptor::TYPE_SFIXED32: return signed_one(static_cast<std::int32_t>(number.bits));
        case FieldDescriptor::TYPE_SINT32:
            return signed_one(lite::ZigZagDecode32(
                static_cast<std::uint32_t>(lite::ZigZagEncode64(static_cast<std::int64_t>(number.bits)))));
        case FieldDescriptor::TYPE_UINT64:
        case FieldDescriptor::TYPE_FIXED64: return unsigned_one(number.bits);
        default: return signed_one(static_cast<std::int64_t>(number.bits));
    }
}

understanding worse(understanding one, understanding other) { return std::max(one, other); }

understanding compare(const pb::Message& written, const pb::Message& read);

bool is_text(const std::string& bytes) {
    return pb::internal::WireFormatLite::VerifyUtf8String(bytes.data(), static_cast<int>(bytes.size()),
                                                          pb::internal::WireFormatLite::PARSE, "");
}

struct compared {
    const FieldDescriptor& written;
    const FieldDescriptor& read;

    understanding operator()(const integer& was, const integer& is) const {
        if (was == is) return understanding::same;
        return cut_to(written, read, was) == is ? understanding::cut_off : understanding::misread;
    }
    understanding operator()(float was, float is) const { return same_bytes(was, is); }
    understanding operator()(double was, double is) const { return same_bytes(was, is); }
    understanding operator()(const std::string& was, const std::string& is) const {
        const bool no_text_as_text = written.type() == FieldDescriptor::TYPE_BYTES &&
                                     read.type() == FieldDescriptor::TYPE_STRING && !is_text(is);
        return was == is && !no_text_as_text ? understanding::same : understanding::misread;
    }
    /// Of an enum of the same name a value may have gone: then its number is read, or what stands for no value. Another
    /// enum must have it.
    understanding operator()(const enum_value& was, const enum_value& is) const {
        if (was.type->name() != is.type->name()) return understanding::misread;
        const bool is_known = is.type->FindValueByNumber(was.number) != nullptr;
        if (!is_known)
            return was.type->full_name() == is.type->full_name() ? understanding::same : understanding::misread;
        return was.number == is.number ? understanding::same : understanding::misread;
    }
    understanding operator()(const pb::Message* was, const pb::Message* is) const { return compare(*was, *is); }
    template <class Was, class Is>
    understanding operator()(const Was&, const Is&) const {
        return understanding::misread;
    }

private:
    template <class T>
    static understanding same_bytes(T was, T is) {
        return std::memcmp(&was, &is, sizeof was) == 0 ? understanding::same : understanding::misread;
    }
};

/// One field of two messages.
struct field_pair {
    const pb::Message& written;
    const FieldDescriptor& was;
    const pb::Message& read;
    const FieldDescriptor& is;

    [[nodiscard]] understanding at(int was_index, int is_index) const {
        return std::visit(compared{was, is}, value_of(written, was, was_index), value_of(read, is, is_index));
    }
    [[nodiscard]] int count_was() const { return written.GetReflection()->FieldSize(written, &was); }
    [[nodiscard]] int count_is() const { return read.GetReflection()->FieldSize(read, &is); }
};

bool numbers_differ(const field_pair& field) {
    return std::get<enum_value>(value_of(field.written, field.was, 0)).number !=
           std::get<enum_value>(value_of(field.read, field.is, 0)).number;
}

understanding compare_one(const field_pair& field) {
    const bool both_messages =
        field.was.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && field.is.cpp_type() == field.was.cpp_type();
    // A map has a value for each of its keys.
    const bool is_map_value = field.is.containing_type()->options().map_entry();
    if (both_messages && !is_map_value && is_set(field.written, field.was) != is_set(field.read, field.is))
        return understanding::misread;
    if (both_messages && !is_set(field.written, field.was)) return understanding::same;
    const bool different_kinds =
        value_of(field.written, field.was, 0).index() != value_of(field.read, field.is, 0).index() ||
        (field.was.enum_type() && field.was.enum_type()->name() != field.is.enum_type()->name());
    if (different_kinds && !is_set(field.written, field.was)) return understanding::same;
    // What was left out is not a value that has gone: its default must stay what it was.
    if (field.was.enum_type() && !different_kinds && !is_set(field.written, field.was))
        return numbers_differ(field) ? understanding::misread : understanding::same;
    return field.at(0, 0);
}

understanding compare_lists(const field_pair& field) {
    // Values of a closed enum that are not known any more are not in the list.
    const bool may_lack = field.was.enum_type() && field.is.enum_type() &&
                          field.was.enum_type()->full_name() == field.is.enum_type()->full_name();
    if (field.count_was() != field.count_is()) return may_lack ? understanding::same : understanding::misread;
    auto all = understanding::same;
    for (int i = 0; i < field.count_was(); ++i) all = worse(all, field.at(i, i));
    return all;
}

/// The key of an entry as a reader has it.
std::string key_of(const pb::Message& message, const FieldDescriptor& map, int index, const FieldDescriptor& read_map) {
    const pb::Message& entry = message.GetReflection()->GetRepeatedMessage(message, &map, index);
    const FieldDescriptor* key = map.message_type()->FindFieldByNumber(1);
    const FieldDescriptor* read_key = read_map.message_type()->FindFieldByNumber(1);
    const bool have_keys = key && read_key && !key->is_repeated() && !read_key->is_repeated();
    if (!have_keys) return std::to_string(index);
    const value whole = value_of(entry, *key, 0);
    if (const auto* text = std::get_if<std::string>(&whole)) return *text;
    const auto* number = std::get_if<integer>(&whole);
    return number ? std::to_string(cut_to(*key, *read_key, *number).bits) : "?";
}

/// The entries that a map keeps: of several with one key the last. A dynamic message has them all.
std::vector<int> kept_entries(const pb::Message& message, const FieldDescriptor& map, const FieldDescriptor& read_map) {
    std::map<std::string, int> last;
    std::vector<int> all;
    for (int i = 0; i < message.GetReflection()->FieldSize(message, &map); ++i) {
        all.push_back(i);
        last[key_of(message, map, i, read_map)] = i;
    }
    if (read_map.is_map()) std::erase_if(all, [&](int i) { return last[key_of(message, map, i, read_map)] != i; });
    return all;
}

/// A map has no order: each entry that it keeps must be found somewhere.
understanding compare_maps(const field_pair& field) {
    const std::vector<int> kept = kept_entries(field.written, field.was, field.is);
    const std::vector<int> found = kept_entries(field.read, field.is, field.is);
    if (kept.size() != found.size()) return understanding::misread;
    auto all = static_cast<int>(kept.size()) == field.count_was() ? understanding::same : understanding::cut_off;
    for (const int i : kept) {
        auto best = understanding::misread;
        for (const int j : found) best = std::min(best, field.at(i, j));
        all = worse(all, best);
    }
    return all;
}

bool has_members_in_oneof(const pb::OneofDescriptor& oneof, const pb::Descriptor& reader) {
    for (int i = 0; i < oneof.field_count(); ++i) {
        const FieldDescriptor* member = reader.FindFieldByNumber(oneof.field(i)->number());
        if (member && member->real_containing_oneof()) return true;
    }
    return false;
}

/// A field that the reader does not have is among those that it does not know. Of a oneof it must know that one is set.
understanding compare_lost(const pb::Message& written, const FieldDescriptor& was, const pb::Message& read) {
    if (!is_set(written, was)) return understanding::same;
    const pb::OneofDescriptor* oneof = was.real_containing_oneof();
    if (oneof && has_members_in_oneof(*oneof, *read.GetDescriptor())) return understanding::misread;
    const pb::UnknownFieldSet& unknown = read.GetReflection()->GetUnknownFields(read);
    for (int i = 0; i < unknown.field_count(); ++i)
        if (unknown.field(i).number() == was.number()) return understanding::same;
    return understanding::misread;
}

understanding compare(const pb::Message& written, const pb::Message& read) {
    auto all = understanding::same;
    for (int i = 0; i < written.GetDescriptor()->field_count(); ++i) {
        const FieldDescriptor& was = *written.GetDescriptor()->field(i);
        const FieldDescriptor* is = read.GetDescriptor()->FindFieldByNumber(was.number());
        if (!is) {
            all = worse(all, compare_lost(written, was, read));
            continue;
        }
        const field_pair field{written, was, read, *is};
        if (was.is_repeated() != is->is_repeated())
            all = worse(all, is_set(written, was) ? understanding::misread : understanding::same);
        else if (was.is_map() || is->is_map())
            all = worse(all, was.cpp_type() == is->cpp_type() ? compare_maps(field)
                             : is_set(written, was)           ? understanding::misread
                                                              : understanding::same);
        else all = worse(all, was.is_repeated() ? compare_lists(field) : compare_one(field));
    }
    return all;
}

/// A dynamic message would write two entries with one key, which no generated one does.
void drop_entry_with_a_known_key(pb::Message& message, const FieldDescriptor& map) {
    const pb::Reflection& access = *message.GetReflection();
    const int added = access.FieldSize(message, &map) - 1;
    for (int i = 0; i < added; ++i)
        if (key_of(message, map, i, map) == key_of(message, map, added, map)) {
            access.RemoveLast(&message, &map);
            return;
        }
}

}  // namespace

void fill(pb::Message& message, std::mt19937_64& random) {
    for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
        const FieldDescriptor& field = *message.GetDescriptor()->field(i);
        field_writer writer{message, field};
        if (field.is_repeated()) {
            for (auto left = random() % 4; left > 0; --left) {
                writer.write_any(random);
                if (field.is_map()) drop_entry_with_a_known_key(message, field);
            }
        } else if (field.is_required() || field.containing_type()->options().map_entry() || random() % 3 != 0) {
            writer.write_any(random);
        }
    }
}

understanding read_as(const pb::Message& written, pb::Message& read) {
    const std::string bytes = written.SerializeAsString();
    return read.ParseFromString(bytes) ? compare(written, read) : understanding::misread;
}

}  // namespace foldline_tests
