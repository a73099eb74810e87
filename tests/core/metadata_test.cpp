#include "support/seed.hpp"

#include <foldline/storage.pb.h>
#include <foldline/core/error.hpp>
#include <foldline/core/metadata.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>

using namespace foldline;

namespace {

metadata full() {
    return {"correlation",
            "causation",
            "actor",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            {{"z", "last comes first"},
             {"a", ""},
             {"z", "twice"},
             {"", "nameless"},
             {std::string("n\0l", 3), "\xF0\x9F\x98\x80"}}};
}

/// What Protobuf makes of them.
std::string encoded_by_protobuf(const metadata& data) {
    storage::Metadata message;
    message.set_correlation_id(data.correlation_id);
    message.set_causation_id(data.causation_id);
    message.set_actor(data.actor);
    message.set_traceparent(data.traceparent);
    for (const auto& [name, value] : data.headers) {
        auto& header = *message.add_headers();
        header.set_name(name);
        header.set_value(value);
    }
    return message.SerializeAsString();
}

}  // namespace

TEST_CASE("metadata: the bytes are those of the Protobuf message, for sizes of every length") {
    CHECK(encode(full()) == encoded_by_protobuf(full()));
    for (const std::size_t size : {0U, 1U, 120U, 121U, 122U, 123U, 124U, 125U, 126U, 127U, 128U, 129U, 16'374U, 16'380U,
                                   16'383U, 16'384U, 2'097'151U, 2'097'152U}) {
        CAPTURE(size);
        const std::string text(size, 'x');
        CHECK(encode({.causation_id = text}) == encoded_by_protobuf({.causation_id = text}));
        CHECK(encode({.headers = {{text, ""}}}) == encoded_by_protobuf({.headers = {{text, ""}}}));
        CHECK(encode({.headers = {{"n", text}}}) == encoded_by_protobuf({.headers = {{"n", text}}}));
    }
}

TEST_CASE("metadata: the bytes are those of the Protobuf message, for random metadata") {
    const auto seed = foldline_tests::seed_of_this_run();
    CAPTURE(seed);
    std::mt19937_64 random{seed};
    const auto text = [&] {
        std::string made;
        for (auto parts = random() % 4 == 0 ? 0 : random() % (random() % 8 == 0 ? 300 : 20); parts > 0; --parts)
            made += random() % 5 == 0 ? "\xE2\x82\xAC" : std::string(1, static_cast<char>(random() % 128));
        return made;
    };
    for (int i = 0; i < 2'000; ++i) {
        metadata data{text(), text(), text(), text(), {}};
        for (auto headers = random() % 5; headers > 0; --headers) data.headers.emplace_back(text(), text());
        const std::string bytes = encode(data);
        REQUIRE(bytes == encoded_by_protobuf(data));
        REQUIRE(decode_metadata(bytes) == data);
    }
}

TEST_CASE("metadata: every field and the order of the headers come back") {
    CHECK(decode_metadata(encode(full())) == full());
    metadata reversed = full();
    std::reverse(reversed.headers.begin(), reversed.headers.end());
    CHECK(decode_metadata(encode(reversed)) == reversed);
    CHECK(decode_metadata(encode(reversed)) != full());
}

TEST_CASE("metadata: what says nothing takes no bytes") {
    CHECK(encode(metadata{}).empty());
    CHECK(decode_metadata("") == metadata{});
    CHECK(decode_metadata({}) == metadata{});
}

TEST_CASE("metadata: the same metadata are the same bytes") { CHECK(encode(full()) == encode(full())); }

TEST_CASE("metadata: each field is refused if it is not UTF-8, and named") {
    const std::string bad = "\xC3(";
    const auto refusal = [](const metadata& data) -> std::string {
        try {
            (void)encode(data);
            return {};
        } catch (const invalid_request& refused) {
            return refused.what();
        }
    };
    metadata data;
    data.correlation_id = bad;
    CHECK(refusal(data) == "the metadata field 'correlation_id' is not UTF-8");
    data = {};
    data.causation_id = bad;
    CHECK(refusal(data) == "the metadata field 'causation_id' is not UTF-8");
    data = {};
    data.actor = bad;
    CHECK(refusal(data) == "the metadata field 'actor' is not UTF-8");
    data = {};
    data.traceparent = bad;
    CHECK(refusal(data) == "the metadata field 'traceparent' is not UTF-8");
    data = {};
    data.headers = {{"good", "good"}, {bad, "value"}};
    CHECK(refusal(data) == "the metadata field 'headers' is not UTF-8");
    data.headers = {{"name", bad}};
    CHECK(refusal(data) == "the metadata field 'headers' is not UTF-8");
}

TEST_CASE("metadata: bytes that are none are an event failure, never something else") {
    for (const std::string& bytes : {std::string("\xFF"),
                                     std::string("\x0A\x05"
                                                 "ab"),
                                     std::string(10, '\x80'), std::string("\x0A\x02\xC3("),
                                     std::string("\x2A\x03\x0A\x01\xFF"), std::string("\x0C")}) {
        CAPTURE(bytes.size());
        CHECK_THROWS_AS((void)decode_metadata(bytes), event_failure);
    }
}

TEST_CASE("metadata: every cut and every flipped bit is metadata or an event failure") {
    const std::string whole = encode(full());
    std::size_t refused = 0;
    const auto look = [&](const std::string& bytes) {
        try {
            (void)decode_metadata(bytes);
        } catch (const event_failure&) {
            ++refused;
        }
    };
    for (std::size_t size = 0; size < whole.size(); ++size) look(whole.substr(0, size));
    for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
        std::string flipped = whole;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
        look(flipped);
    }
    CHECK(refused > 100);
}

TEST_CASE("metadata: the correlation id alone is what decoding everything says") {
    CHECK(correlation_of("").empty());
    CHECK(correlation_of(encode({.causation_id = "cause", .headers = {{"correlation_id", "x"}}})).empty());
    for (const std::string& id : {std::string("c"), std::string("correlation 1"), std::string(300, 'c')}) {
        const metadata whole{id, "cause", "actor", "trace", {{"name", "value"}}};
        CHECK(correlation_of(encode(whole)) == id);
        CHECK(correlation_of(encode({.correlation_id = id})) == id);
        // Of a field that comes twice, Protobuf takes the last.
        CHECK(correlation_of(encode({.correlation_id = "other"}) + encode(whole)) == id);
    }
    // Fields of a later schema are passed over, whatever they are.
    const std::string of_every_kind = std::string("\x30\x96\x01", 3) + std::string("\x39", 1) + std::string(8, '\1') +
                                      std::string("\x42\x02hi", 4) + std::string("\x4D", 1) + std::string(4, '\1');
    CHECK(correlation_of(of_every_kind + encode({.correlation_id = "c"})) == "c");
    CHECK(correlation_of(encode({.correlation_id = "c"}) + of_every_kind) == "c");
}

TEST_CASE("metadata: bytes that are none carry no correlation id") {
    const std::string whole = encode({.correlation_id = "correlation", .causation_id = "cause"});
    for (std::size_t size = 1; size < whole.size(); ++size) {
        const std::string_view cut = std::string_view{whole}.substr(0, size);
        CAPTURE(size);
        bool decodes = true;
        std::string expected;
        try {
            expected = decode_metadata(cut).correlation_id;
        } catch (const event_failure&) {
            decodes = false;
        }
        CHECK(correlation_of(cut) == (decodes ? expected : ""));
    }
    CHECK(correlation_of(encode({.correlation_id = "c"}) + "\x0B").empty());
    CHECK(correlation_of(std::string(11, '\xFF')).empty());
}
