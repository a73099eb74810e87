// Columns out of encoded messages, against what Protobuf itself reads from the same bytes.

#include "../../sqlite/src/wire_columns.hpp"

#include "../../sqlite/src/message_json.hpp"
#include "foldline_tests/columns/v1/columns.pb.h"
#include "support/seed.hpp"

#include <doctest/doctest.h>
#include <google/protobuf/stubs/logging.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

namespace pb = google::protobuf;
using namespace foldline::sqlite;
using foldline_tests::columns::v1::KindsListed;

std::string text_of(const event_cell& cell) {
    switch (cell.is) {
        case event_cell::kind::null: return "null";
        case event_cell::kind::integer: return "i" + std::to_string(cell.integer);
        case event_cell::kind::large: return "i" + std::to_string(static_cast<std::uint64_t>(cell.integer));
        case event_cell::kind::digits: return "t" + std::to_string(cell.integer);
        case event_cell::kind::real: return std::isnan(cell.real) ? "nan" : "r" + std::to_string(cell.real);
        case event_cell::kind::text: return "t" + std::string(cell.view());
        case event_cell::kind::blob: return "b" + std::string(cell.view());
    }
    return {};
}

/// What Protobuf's reflection says of a column; independent of how the bytes are walked over.
std::string expected_in(const pb::Message& message, const message_column& column) {
    const pb::Message* at = &message;
    for (std::size_t i = 0; i + 1 < column.path.size(); ++i) {
        if (!at->GetReflection()->HasField(*at, column.path[i])) return "null";
        at = &at->GetReflection()->GetMessage(*at, column.path[i]);
    }
    const pb::FieldDescriptor& field = *column.path.back();
    const pb::Reflection& look = *at->GetReflection();
    if (field.has_presence() && !look.HasField(*at, &field)) return "null";
    if (column.form == column_form::json) {
        std::string json;
        append_json(json, *at, field, masking::off);
        return "t" + json;
    }
    if (column.form == column_form::time) {
        const auto& time = look.GetMessage(*at, &field);
        const auto* type = time.GetDescriptor();
        const std::int64_t seconds = time.GetReflection()->GetInt64(time, type->FindFieldByNumber(1));
        const std::int32_t nanos = time.GetReflection()->GetInt32(time, type->FindFieldByNumber(2));
        if (seconds < -60'000'000'000 || seconds > 250'000'000'000) return "null";
        time_text buffer;
        return "t" + std::string(text_of_time(seconds * 1'000'000 + nanos / 1'000, buffer));
    }
    switch (field.cpp_type()) {
        case pb::FieldDescriptor::CPPTYPE_INT32: return "i" + std::to_string(look.GetInt32(*at, &field));
        case pb::FieldDescriptor::CPPTYPE_INT64: return "i" + std::to_string(look.GetInt64(*at, &field));
        case pb::FieldDescriptor::CPPTYPE_UINT32: return "i" + std::to_string(look.GetUInt32(*at, &field));
        case pb::FieldDescriptor::CPPTYPE_UINT64: return "i" + std::to_string(look.GetUInt64(*at, &field));
        case pb::FieldDescriptor::CPPTYPE_FLOAT:
            return text_of(event_cell::of_real(double{look.GetFloat(*at, &field)}));
        case pb::FieldDescriptor::CPPTYPE_DOUBLE: return text_of(event_cell::of_real(look.GetDouble(*at, &field)));
        case pb::FieldDescriptor::CPPTYPE_BOOL: return look.GetBool(*at, &field) ? "i1" : "i0";
        case pb::FieldDescriptor::CPPTYPE_ENUM: {
            const int number = look.GetEnumValue(*at, &field);
            const auto* name = field.enum_type()->FindValueByNumber(number);
            return "t" + (name ? name->name() : std::to_string(number));
        }
        case pb::FieldDescriptor::CPPTYPE_STRING:
            return (field.type() == pb::FieldDescriptor::TYPE_BYTES ? "b" : "t") + look.GetString(*at, &field);
        default: return "?";
    }
}

/// Reads all columns of `KindsListed`, or those at some places.
class reader {
public:
    explicit reader(masking personal = masking::off, std::vector<std::string> names = {}) {
        for (message_column& each : columns_of(*KindsListed::descriptor()))
            if (names.empty() || std::find(names.begin(), names.end(), each.name) != names.end())
                columns.push_back(std::move(each));
        std::vector<wanted_column> wanted;
        for (std::size_t i = 0; i < columns.size(); ++i) wanted.push_back({&columns[i], i});
        cells.resize(columns.size());
        fields.emplace(KindsListed::default_instance(), wanted, personal);
    }

    bool read(std::string bytes) {
        bytes_ = std::move(bytes);  // cells point to them
        return fields->read(bytes_, cells.data());
    }
    [[nodiscard]] std::string at(std::string_view name) const {
        for (std::size_t i = 0; i < columns.size(); ++i)
            if (columns[i].name == name) return text_of(cells[i]);
        return "no such column";
    }

    std::vector<message_column> columns;
    std::vector<event_cell> cells;
    std::optional<wire_columns> fields;

private:
    std::string bytes_;
};

void put_varint(std::string& to, std::uint64_t value) {
    for (; value >= 0x80; value >>= 7U) to += static_cast<char>(value | 0x80U);
    to += static_cast<char>(value);
}

/// Bytes that look like a message: right fields and wrong ones, of all encodings, again and again.
std::string random_bytes(std::mt19937_64& random, int depth) {
    std::string bytes;
    const auto below = [&](std::uint64_t limit) { return random() % limit; };
    for (std::uint64_t n = below(12); n > 0; --n) {
        const std::uint64_t number = below(20) == 0 ? 2000 : 1 + below(32);
        const auto* field = KindsListed::descriptor()->FindFieldByNumber(static_cast<int>(number));
        const bool has_bytes =
            field && (field->message_type() || field->cpp_type() == pb::FieldDescriptor::CPPTYPE_STRING);
        std::uint64_t encoded_as = below(10) == 0 ? below(6) : has_bytes || below(8) == 0 ? 2 : 0;
        if (encoded_as == 0 && field && below(3) > 0)
            encoded_as = number == 8 || number == 10 || number == 12  ? 1
                         : number == 7 || number == 9 || number == 11 ? 5
                                                                      : 0;
        put_varint(bytes, number << 3U | encoded_as);
        if (encoded_as == 0) put_varint(bytes, below(2) == 0 ? below(8) : random());
        if (encoded_as == 1 || encoded_as == 5)
            for (int i = 0; i < (encoded_as == 1 ? 8 : 4); ++i) bytes += static_cast<char>(random());
        if (encoded_as == 3) {
            put_varint(bytes, 8);
            put_varint(bytes, below(300));
            put_varint(bytes, (below(10) == 0 ? number + 1 : number) << 3U | 4U);
        }
        if (encoded_as != 2) continue;
        std::string inside;
        if (depth > 0 && below(3) > 0) inside = random_bytes(random, depth - 1);
        else
            for (std::uint64_t i = below(12); i > 0; --i)
                inside += static_cast<char>(below(40) == 0 ? 200 : 'a' + below(26));
        put_varint(bytes, inside.size());
        bytes += inside;
    }
    if (below(30) == 0 && !bytes.empty()) bytes.resize(below(bytes.size()));
    return bytes;
}

}  // namespace

TEST_CASE("property: every column says what Protobuf reads, of any bytes that it takes") {
    const std::uint64_t seed = foldline_tests::seed_of_this_run();
    CAPTURE(seed);
    std::mt19937_64 random{seed};
    reader all;
    const pb::LogSilencer quiet;
    int sound = 0;
    for (int round = 0; round < 20'000; ++round) {
        const std::string bytes = random_bytes(random, 3);
        KindsListed message;
        const bool is_message = message.ParseFromString(bytes);
        const bool is_read = all.read(bytes);
        if (!is_message) continue;  // ours may not have looked where it is broken
        ++sound;
        REQUIRE_MESSAGE(is_read, round, ": ", all.fields->why());
        for (std::size_t i = 0; i < all.columns.size(); ++i)
            REQUIRE_MESSAGE(text_of(all.cells[i]) == expected_in(message, all.columns[i]), round, ": ",
                            all.columns[i].name);
    }
    CHECK(sound > 5'000);
}

TEST_CASE("property: what all columns together refuse, Protobuf refuses") {
    const std::uint64_t seed = foldline_tests::seed_of_this_run();
    CAPTURE(seed);
    std::mt19937_64 random{seed};
    reader all;
    const pb::LogSilencer quiet;
    int refused = 0;
    for (int round = 0; round < 20'000; ++round) {
        const std::string bytes = random_bytes(random, 2);
        if (all.read(bytes)) continue;
        ++refused;
        REQUIRE_FALSE(KindsListed{}.ParseFromString(bytes));
    }
    CHECK(refused > 100);
}

TEST_CASE("wire: numbers of all encodings keep their signs") {
    KindsListed message;
    message.set_small(-1);
    message.set_large(INT64_MIN);
    message.set_large_unsigned(UINT64_MAX);
    message.set_small_zigzag(INT32_MIN);
    message.set_large_zigzag(INT64_MIN);
    message.set_large_fixed(UINT64_MAX);
    message.set_small_signed_fixed(-7);
    message.set_large_signed_fixed(-8);
    message.set_coarse(0.5F);
    message.set_flag(true);
    message.set_far(9);
    reader all;
    REQUIRE(all.read(message.SerializeAsString()));
    CHECK(all.at("small") == "i-1");
    CHECK(all.at("large") == "i-9223372036854775808");
    CHECK(all.at("large_unsigned") == "i18446744073709551615");
    CHECK(all.at("small_zigzag") == "i-2147483648");
    CHECK(all.at("large_zigzag") == "i-9223372036854775808");
    CHECK(all.at("large_fixed") == "i18446744073709551615");
    CHECK(all.at("small_signed_fixed") == "i-7");
    CHECK(all.at("large_signed_fixed") == "i-8");
    CHECK(all.at("coarse") == "r0.500000");
    CHECK(all.at("flag") == "i1");
    CHECK(all.at("far") == "i9");
}

TEST_CASE("wire: what is absent is null where that can be told, else its default") {
    reader all;
    REQUIRE(all.read(""));
    CHECK(all.at("small") == "i0");
    CHECK(all.at("text") == "t");
    CHECK(all.at("raw") == "b");
    CHECK(all.at("colour") == "tRED");
    CHECK(all.at("maybe") == "null");
    CHECK(all.at("part") == "null");
    CHECK(all.at("part.name") == "null");
    CHECK(all.at("wrapped") == "null");
    CHECK(all.at("at") == "null");
    CHECK(all.at("numbers") == "t[]");
    CHECK(all.at("counts") == "t{}");
    CHECK(all.at("word") == "null");
    KindsListed message;
    message.mutable_part();
    message.mutable_wrapped();
    REQUIRE(all.read(message.SerializeAsString()));
    CHECK(all.at("part.name") == "t");
    CHECK(all.at("wrapped") == "i0");
}

TEST_CASE("wire: of a field that comes twice the last one holds, and messages merge") {
    KindsListed first;
    first.set_text("first");
    first.mutable_part()->set_name("kept");
    KindsListed second;
    second.set_text("second");
    second.mutable_part()->set_price_e4(-5);
    reader all;
    REQUIRE(all.read(first.SerializeAsString() + second.SerializeAsString()));
    CHECK(all.at("text") == "tsecond");
    CHECK(all.at("part.name") == "tkept");
    CHECK(all.at("part.price_e4") == "i-5");
}

TEST_CASE("wire: the last member of a oneof takes the place of the others, also of one that is not asked for") {
    KindsListed word;
    word.set_word("w");
    KindsListed chosen;
    chosen.mutable_chosen()->set_name("c");
    reader some{masking::off, {"word", "chosen.name"}};
    REQUIRE(some.read(word.SerializeAsString() + chosen.SerializeAsString()));
    CHECK(some.at("word") == "null");
    CHECK(some.at("chosen.name") == "tc");
    KindsListed number;
    number.set_number(1);
    REQUIRE(some.read(chosen.SerializeAsString() + number.SerializeAsString()));
    CHECK(some.at("chosen.name") == "null");
}

TEST_CASE("wire: an enum's unknown number is the text of its digits") {
    KindsListed message;
    message.set_colour(static_cast<foldline_tests::columns::v1::Colour>(77));
    reader all;
    REQUIRE(all.read(message.SerializeAsString()));
    CHECK(all.at("colour") == "t77");
}

TEST_CASE("wire: bytes that end too early are refused, and text that is not UTF-8 where it is asked for") {
    KindsListed message;
    message.set_text("long enough");
    std::string bytes = message.SerializeAsString();
    reader all;
    CHECK_FALSE(all.read(bytes.substr(0, bytes.size() - 1)));
    bytes.back() = '\xFF';
    CHECK_FALSE(all.read(bytes));
    CHECK(all.fields->why().find("text") != std::string::npos);
    CHECK(reader{masking::off, {"small"}}.read(bytes));
}

TEST_CASE("wire: personal fields are masked, in JSON and in messages inside as well") {
    KindsListed message;
    message.set_secret("hush");
    message.mutable_part()->set_owner("ann");
    message.add_parts()->set_owner("ann");
    reader masked{masking::on};
    REQUIRE(masked.read(message.SerializeAsString()));
    CHECK(masked.at("secret") == "t***");
    CHECK(masked.at("part.owner") == "t***");
    for (std::size_t i = 0; i < masked.columns.size(); ++i) {
        CHECK(text_of(masked.cells[i]).find("ann") == std::string::npos);
        CHECK(text_of(masked.cells[i]).find("hush") == std::string::npos);
    }
    reader shown;
    REQUIRE(shown.read(message.SerializeAsString()));
    CHECK(shown.at("part.owner") == "tann");
    CHECK(shown.at("parts").find("ann") != std::string::npos);
}

TEST_CASE("wire: a list gives its elements packed or not, and a map the last of each key") {
    std::map<std::string, message_column> lists;
    for (message_column& each : lists_of(*KindsListed::descriptor())) lists.emplace(each.name, each);
    std::vector<event_cell> elements;
    wire_elements numbers{lists.at("numbers"), masking::off};
    const std::string packed{"\x9A\x01\x02\x01\x02", 5};
    const std::string unpacked{"\x98\x01\x03", 3};
    REQUIRE(numbers.read(packed + unpacked, elements));
    REQUIRE(elements.size() == 3);
    CHECK(elements[0].integer == 1);
    CHECK(elements[2].integer == 3);
    CHECK_FALSE(numbers.read(std::string{"\x9A\x01\x01\x80", 4}, elements));

    KindsListed one;
    (*one.mutable_counts())["a"] = 1;
    KindsListed other;
    (*other.mutable_counts())["a"] = 2;
    (*other.mutable_counts())["b"] = 3;
    wire_elements counts{lists.at("counts"), masking::off};
    REQUIRE(counts.read(one.SerializeAsString() + other.SerializeAsString(), elements));
    CHECK(elements.size() == 2);
}

TEST_CASE("wire: texts of times have one width, and the order of the times") {
    time_text buffer;
    CHECK(text_of_time(0, buffer) == "1970-01-01T00:00:00.000000Z");
    CHECK(text_of_time(1'291'191'960'250'000, buffer) == "2010-12-01T08:26:00.250000Z");
    CHECK(text_of_time(-1, buffer) == "1969-12-31T23:59:59.999999Z");
}
