#include <foldline/core/error.hpp>
#include <foldline/projections/partition.hpp>

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <string>

namespace partition_test {

using namespace foldline;

constexpr std::uint32_t all_bits = 0xFFFF'FFFF;

/// Any partition of up to `most` bits.
partition any_partition(int most) {
    const int bits = *rc::gen::inRange(0, most + 1);
    const std::uint32_t mask = bits == 0 ? 0 : all_bits >> (32 - bits);
    return {*rc::gen::arbitrary<std::uint32_t>() & mask, mask};
}

}  // namespace partition_test

using namespace partition_test;

TEST_CASE("partition: the hash of an order key is the same for ever") {
    // They are stored. If one of these changes, every event of a stored partition belongs to another one.
    CHECK(order_hash("") == 0x2D06'8005'38D3'94C2U);
    CHECK(order_hash("order-1") == 0x5FC4'6503'368E'2876U);
    CHECK(order_hash("invoice-536365") == 0xA579'29DD'9991'C077U);
    CHECK(order_hash("käufer-Ω") == 0x2D85'28E1'B068'E1A8U);
    CHECK(order_hash(std::string_view{"a\0b", 3}) == 0xD5A0'6CD0'7812'5351U);
    CHECK(order_hash(std::string(1'000, 'x')) == 0xC0A4'877B'962C'BA82U);
}

TEST_CASE("partition: the whole owns every hash") {
    const partition all;
    CHECK(all.is_whole());
    for (const std::uint64_t hash : {std::uint64_t{0}, std::uint64_t{1}, ~std::uint64_t{0}}) CHECK(all.owns(hash));
}

TEST_CASE("partition: owns the hashes that end in its bits") {
    const partition part{5, 7};
    CHECK(part.owns(5));
    CHECK(part.owns(0xFFFF'FFFF'FFFF'FF0DU));
    CHECK_FALSE(part.owns(4));
    CHECK_FALSE(part.owns(0xFFFF'FFFF'FFFF'FF0CU));
}

TEST_CASE("partition: what is halved is one again") {
    CHECK(rc::check("halves of a partition are a whole again, whichever comes first", [] {
        const partition whole = any_partition(31);
        const auto [one, other] = halves_of(whole);
        RC_ASSERT(whole_of(one, other) == whole);
        RC_ASSERT(whole_of(other, one) == whole);
    }));
}

TEST_CASE("partition: each hash of a whole is in exactly one of its halves, and no other hash is") {
    CHECK(rc::check("halves share out what their whole owns", [] {
        const partition whole = any_partition(31);
        const auto [one, other] = halves_of(whole);
        std::uint64_t hash = *rc::gen::arbitrary<std::uint64_t>();
        if (*rc::gen::arbitrary<bool>()) hash = (hash & ~std::uint64_t{whole.mask}) | whole.segment;
        RC_ASSERT((one.owns(hash) != other.owns(hash)) == whole.owns(hash));
        RC_ASSERT(!(one.owns(hash) && other.owns(hash)));
    }));
}

TEST_CASE("partition: so many partitions own each hash exactly once") {
    CHECK(rc::check("partitions(n) are n that share out everything", [] {
        const auto count = *rc::gen::inRange<std::size_t>(1, 1'025);
        const std::vector<partition> parts = partitions(count);
        RC_ASSERT(parts.size() == count);
        for (int i = 0; i < 20; ++i) {
            const auto hash = *rc::gen::arbitrary<std::uint64_t>();
            RC_ASSERT(std::count_if(parts.begin(), parts.end(), [&](partition p) { return p.owns(hash); }) == 1);
        }
    }));
}

TEST_CASE("partition: partitions come in order, and none is more than twice as large as another") {
    for (std::size_t count = 1; count <= 1'024; ++count) {
        CAPTURE(count);
        const std::vector<partition> parts = partitions(count);
        REQUIRE(parts.size() == count);
        REQUIRE(
            std::is_sorted(parts.begin(), parts.end(), [](partition a, partition b) { return a.segment < b.segment; }));
        const auto [small, large] =
            std::minmax_element(parts.begin(), parts.end(), [](partition a, partition b) { return a.mask < b.mask; });
        REQUIRE(large->mask <= 2 * std::uint64_t{small->mask} + 1);
        // Sizes that add up to everything, none owned twice: together with the property above, nothing is left out.
        double sum = 0;
        for (const partition part : parts) sum += 1.0 / (1.0 + part.mask);
        REQUIRE(sum == 1.0);
    }
    CHECK(partitions(1) == std::vector{partition{}});
    CHECK(partitions(3) == std::vector{partition{0, 3}, partition{1, 1}, partition{2, 3}});
}

TEST_CASE("partition: 0 partitions and more than 1,024 are refused") {
    CHECK_THROWS_AS((void)partitions(0), invalid_request);
    CHECK_THROWS_AS((void)partitions(1'025), limit_exceeded);
    CHECK(partitions(1'024).size() == 1'024);
}

TEST_CASE("partition: one of 32 bits is not halved") {
    CHECK_THROWS_AS((void)halves_of(partition{7, all_bits}), invalid_request);
    const auto [one, other] = halves_of(partition{7, all_bits >> 1U});
    CHECK(one == partition{7, all_bits});
    CHECK(other == partition{0x8000'0007, all_bits});
}

TEST_CASE("partition: what are no halves of one are not made one") {
    const partition quarter{1, 3};
    CHECK(whole_of(quarter, {3, 3}) == partition{1, 1});
    CHECK_THROWS_AS((void)whole_of(quarter, {2, 3}), invalid_request);
    CHECK_THROWS_AS((void)whole_of(quarter, {0, 3}), invalid_request);
    CHECK_THROWS_AS((void)whole_of(quarter, quarter), invalid_request);
    CHECK_THROWS_AS((void)whole_of(quarter, {3, 7}), invalid_request);
    CHECK_THROWS_AS((void)whole_of({}, {}), invalid_request);
}

TEST_CASE("partition: what is none is refused") {
    CHECK_THROWS_AS((void)halves_of(partition{0, 5}), invalid_request);
    CHECK_THROWS_AS((void)halves_of(partition{4, 3}), invalid_request);
    CHECK_THROWS_AS((void)whole_of(partition{0, 2}, partition{2, 2}), invalid_request);
}

TEST_CASE("partition: is written as its number among those of its size") {
    CHECK(to_string(partition{}) == "all");
    CHECK(to_string(partition{0, 1}) == "0/2");
    CHECK(to_string(partition{3, 7}) == "3/8");
    CHECK(to_string(partition{all_bits, all_bits}) == "4294967295/4294967296");
}
