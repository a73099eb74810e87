// Payloads as JSON: as Protobuf writes it, and the same bytes come back of it.

#include "exact_json.hpp"

#include "foldline_tests/columns/v1/columns.pb.h"
#include "support/seed.hpp"

#include <foldline/core/codec.hpp>

#include <doctest/doctest.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/util/json_util.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

namespace {

using namespace foldline;
using namespace foldline_tests;
using columns::v1::KindsListed;
using columns::v1::Part;
namespace pb = google::protobuf;

/// Without its fields of well-known types.
event_schema plain_schema() {
    event_schema schema = schema_of(KindsListed{});
    pb::FileDescriptorSet files;
    files.ParseFromString(schema.descriptor_set);
    for (auto& file : *files.mutable_file())
        for (auto& message : *file.mutable_message_type()) {
            auto& fields = *message.mutable_field();
            for (int i = fields.size() - 1; i >= 0; --i)
                if (fields[i].type_name().starts_with(".google.protobuf.")) fields.DeleteSubrange(i, 1);
        }
    schema.descriptor_set = files.SerializeAsString();
    return schema;
}

std::string encoded(const pb::Message& message) {
    std::string bytes;
    pb::io::StringOutputStream to{&bytes};
    pb::io::CodedOutputStream coded{&to};
    coded.SetSerializationDeterministic(true);
    message.SerializeToCodedStream(&coded);
    coded.Trim();
    return bytes;
}

nlohmann::json as_protobuf_writes_it(const pb::Message& message) {
    pb::util::JsonPrintOptions options;
    options.preserve_proto_field_names = true;
    std::string text;
    REQUIRE(pb::util::MessageToJsonString(message, &text, options).ok());
    return nlohmann::json::parse(text);
}

/// Protobuf writes more digits of a `float` than tell it from its neighbours.
nlohmann::json with_short_floats(nlohmann::json kinds) {
    if (auto& coarse = kinds["coarse"]; coarse.is_number()) coarse = coarse.get<float>();
    if (kinds.contains("inner")) kinds["inner"] = with_short_floats(std::move(kinds["inner"]));
    return kinds;
}

class random_kinds {
public:
    explicit random_kinds(std::uint64_t seed) : random_(seed) {}

    KindsListed made(int depth = 2) {
        KindsListed kinds;
        if (one_in(2)) kinds.set_small(static_cast<std::int32_t>(number()));
        if (one_in(2)) kinds.set_large(number());
        if (one_in(2)) kinds.set_small_unsigned(static_cast<std::uint32_t>(number()));
        if (one_in(2)) kinds.set_large_unsigned(static_cast<std::uint64_t>(number()));
        if (one_in(2)) kinds.set_large_zigzag(number());
        if (one_in(2)) kinds.set_small_fixed(static_cast<std::uint32_t>(number()));
        if (one_in(2)) kinds.set_large_signed_fixed(number());
        if (one_in(2)) kinds.set_coarse(real<float>());
        if (one_in(2)) kinds.set_fine(real<double>());
        if (one_in(2)) kinds.set_flag(true);
        if (one_in(2)) kinds.set_text(text());
        if (one_in(2)) kinds.set_raw(std::string(one_in(4) ? 1 : 7, static_cast<char>(number())));
        if (one_in(2)) kinds.set_colour(static_cast<columns::v1::Colour>(one_in(2) ? 5 : number() % 9));
        if (one_in(2)) kinds.set_maybe(static_cast<std::int32_t>(number() % 2));
        if (one_in(2)) fill(*kinds.mutable_part());
        while (one_in(2)) kinds.add_numbers(static_cast<std::int32_t>(number()));
        while (one_in(2)) fill(*kinds.add_parts());
        while (one_in(2)) (*kinds.mutable_counts())[text()] = number() % 3;
        while (one_in(2)) fill((*kinds.mutable_parts_by_number())[static_cast<std::int32_t>(number())]);
        if (one_in(3)) kinds.set_word("");
        else if (one_in(3)) kinds.mutable_chosen();
        else if (one_in(3)) kinds.set_number(0);
        if (depth > 0 && one_in(2)) *kinds.mutable_inner() = made(depth - 1);
        if (one_in(2)) kinds.set_far(number());
        return kinds;
    }

private:
    bool one_in(int chances) { return std::uniform_int_distribution<int>{1, chances}(random_) == 1; }
    std::int64_t number() {
        constexpr auto most = std::numeric_limits<std::int64_t>::max();
        for (const std::int64_t edge : {std::int64_t{0}, std::int64_t{-1}, most, -most - 1, std::int64_t{1} << 53U})
            if (one_in(10)) return edge;
        return static_cast<std::int64_t>(random_()) >> std::uniform_int_distribution<int>{0, 63}(random_);
    }
    template <class Real>
    Real real() {
        using limits = std::numeric_limits<Real>;
        for (const Real edge : {limits::infinity(), -limits::infinity(), limits::max(), limits::denorm_min(),
                                static_cast<Real>(0.1), static_cast<Real>(16'777'217), limits::quiet_NaN()})
            if (one_in(10)) return edge;
        return std::ldexp(static_cast<Real>(number()), std::uniform_int_distribution<int>{-80, 20}(random_));
    }
    std::string text() {
        const std::vector<std::string> texts{"",          "plain",        "\"\\\b\n\x7f",     std::string("\0", 1),
                                             "caf\u00e9", "\u202e\ufeff", "\xf0\x9f\x98\x80", "1e5"};
        return texts[std::uniform_int_distribution<std::size_t>{0, texts.size() - 1}(random_)];
    }
    void fill(Part& part) {
        part.set_name(text());
        part.set_price_e4(number());
        while (one_in(2)) part.add_tags(text());
    }

    std::mt19937_64 random_;
};

}  // namespace

TEST_CASE("exact JSON: it is what Protobuf writes, and the bytes come back, whatever a message holds") {
    cli::exact_json codec{plain_schema()};
    const std::uint64_t seed = seed_of_this_run();
    CAPTURE(seed);
    random_kinds random{seed};
    for (int i = 0; i < 1'000; ++i) {
        const KindsListed kinds = random.made();
        const std::string payload = encoded(kinds);
        CAPTURE(kinds.ShortDebugString());
        const auto data = codec.json_of(payload);
        REQUIRE(data);
        CHECK(with_short_floats(*data) == with_short_floats(as_protobuf_writes_it(kinds)));
        const std::string text = data->dump(-1, ' ', true);
        CHECK(codec.payload_of(nlohmann::ordered_json::parse(text)) == payload);
    }
}

TEST_CASE("exact JSON: there is none of what JSON cannot tell") {
    cli::exact_json codec{plain_schema()};
    const auto is_told = [&](const KindsListed& kinds, const std::string& more = {}) {
        return codec.json_of(encoded(kinds) + more).has_value();
    };
    KindsListed kinds;
    CHECK(is_told(kinds));
    kinds.set_fine(-0.0);
    CHECK_FALSE(is_told(kinds));
    kinds.set_fine(std::bit_cast<double>(0x7ff8000000000001U));
    CHECK_FALSE(is_told(kinds));
    kinds.Clear();
    CHECK_FALSE(is_told(kinds, "\xf8\x7c\x01"));                  // a field that the schema does not know
    CHECK_FALSE(is_told(kinds, std::string("\x08\x00", 2)));      // a default that is written
    CHECK_FALSE(is_told(kinds, std::string("\x08\x81\x00", 3)));  // a number in more bytes than it takes
    CHECK_FALSE(is_told(kinds, "\x72\x01\xff"));                  // text that is not UTF-8
    CHECK_FALSE(is_told(kinds, "\x10\x01\x08\x01"));              // fields in another order
    CHECK_FALSE(is_told(kinds, "\xaa\x01\x05\x0a\x01z\x10\x01\xaa\x01\x05\x0a\x01y\x10\x01"));  // keys in another order
    CHECK_FALSE(is_told(kinds, "\xaa\x01\x05\x0a\x01z\x10\x01\xaa\x01\x05\x0a\x01z\x10\x02"));  // a key twice
}

TEST_CASE("exact JSON: nothing is made of JSON that is no such message") {
    cli::exact_json codec{plain_schema()};
    for (const char* text : {"[]",
                             "null",
                             "1",
                             R"({"none":1})",
                             R"({"small":"x"})",
                             R"({"small":2147483648})",
                             R"({"small":1.5})",
                             R"({"small_unsigned":-1})",
                             R"({"large":"9223372036854775808"})",
                             R"({"flag":1})",
                             R"({"fine":"1"})",
                             R"({"text":1})",
                             R"({"raw":"="})",
                             R"({"colour":"PINK"})",
                             R"({"part":[]})",
                             R"({"parts":{}})",
                             R"({"numbers":1})",
                             R"({"counts":[]})",
                             R"({"parts_by_number":{"x":{}}})",
                             R"({"inner":{"inner":{"far":[]}}})"}) {
        CAPTURE(text);
        CHECK_FALSE(codec.payload_of(nlohmann::ordered_json::parse(text)));
    }
}
