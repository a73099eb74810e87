#include <foldline/testing/old_event.hpp>

#include <foldline_tests/bank/v1/account.pb.h>
#include <foldline_tests/codec/v1/legacy.pb.h>
#include <foldline_tests/codec/v1/shapes.pb.h>
#include <foldline/core/codec.hpp>
#include <foldline/core/error.hpp>

#include <doctest/doctest.h>

using namespace foldline;
using namespace foldline_tests;

namespace {

bank::v1::MoneyWithdrawn withdrawn() {
    bank::v1::MoneyWithdrawn event;
    event.set_amount_major(3);
    return event;
}

}  // namespace

TEST_CASE("to_event: a retired event is refused, and the refusal says what to do") {
    CHECK_THROWS_WITH_AS((void)to_event(withdrawn()),
                         doctest::Contains("foldline_tests.bank.v1.MoneyWithdrawn is retired: no new event of it is "
                                           "written; write the one that took its place"),
                         definition_error);
    CHECK_THROWS_AS((void)to_event(withdrawn(), std::string{}), definition_error);
}

TEST_CASE("old event: a retired event is as an older program stored it") {
    const event_data event = testing::old_event(withdrawn(), metadata{.actor = "tester"});
    CHECK(event.type == event_type{"money-withdrawn", 1});
    CHECK(event.schema == &schema_of(withdrawn()));
    CHECK(event.payload == withdrawn().SerializeAsString());
    CHECK(decode_metadata(event.metadata).actor == "tester");
    CHECK(testing::old_event(withdrawn()).metadata.empty());
}

TEST_CASE("old event: any other event is what to_event makes of it") {
    bank::v1::MoneyDeposited deposited;
    deposited.set_amount_minor(7);
    const event_data old = testing::old_event(deposited);
    const event_data fresh = to_event(deposited);
    CHECK(old.type == fresh.type);
    CHECK(old.schema == fresh.schema);
    CHECK(old.payload == fresh.payload);
    CHECK(old.metadata == fresh.metadata);
}

TEST_CASE("old event: what to_event would never write is no old event either") {
    bank::v1::MoneyDeposited unreadable;
    unreadable.set_note("\xC3(");
    CHECK_THROWS_AS((void)testing::old_event(unreadable), invalid_request);
    CHECK_THROWS_AS((void)testing::old_event(codec::v1::LegacyStored{}), invalid_request);
    CHECK_THROWS_AS((void)testing::old_event(codec::v1::NotAnEvent{}), definition_error);
}
