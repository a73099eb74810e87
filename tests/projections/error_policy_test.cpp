#include <foldline/core/error.hpp>
#include <foldline/projections/error_policy.hpp>
#include <foldline/projections/lease_store.hpp>
#include <foldline/projections/projection.hpp>
#include <foldline/projections/sql_session.hpp>

#include <doctest/doctest.h>

#include <new>
#include <stdexcept>
#include <system_error>

using namespace foldline;

namespace {

template <class Error>
failure_class class_when(Error thrown) {
    return class_of(std::make_exception_ptr(thrown));
}

}  // namespace

TEST_CASE("error policy: what the handler threw about the event is the event's") {
    CHECK(class_when(std::runtime_error{"no such customer"}) == failure_class::event);
    CHECK(class_when(std::system_error{std::make_error_code(std::errc::invalid_argument)}) == failure_class::event);
    CHECK(class_when(42) == failure_class::event);
    CHECK(class_when(event_failure{{"item-sold", 1}, {"till", "1"}, {}, {}, "no"}) == failure_class::event);
    CHECK(class_when(invalid_request{"two of one"}) == failure_class::event);
}

TEST_CASE("error policy: a refused statement is the event's, though it is a storage error too") {
    CHECK(class_when(sql_error{19, "insert", "constraint"}) == failure_class::event);
}

TEST_CASE("error policy: what cannot be reached is not the event's fault") {
    CHECK(class_when(unavailable{"the mail server is gone"}) == failure_class::unreachable);
}

TEST_CASE("error policy: the disk, a busy file, memory and a lost claim are nobody's fault") {
    CHECK(class_when(storage_error{13, "commit", "disk full"}) == failure_class::storage);
    CHECK(class_when(store_in_use{"another process"}) == failure_class::storage);
    CHECK(class_when(std::bad_alloc{}) == failure_class::storage);
    CHECK(class_when(claim_lost{"taken over"}) == failure_class::storage);
}

TEST_CASE("error policy: damage, and what does not belong together, are for an operator") {
    CHECK(class_when(corrupt_data{"checksum"}) == failure_class::fatal);
    CHECK(class_when(corrupt_event{{"till", "1"}, {}, {}, "checksum"}) == failure_class::fatal);
    CHECK(class_when(incompatible_store{"another store"}) == failure_class::fatal);
    CHECK(class_when(definition_error{"another version"}) == failure_class::fatal);
    CHECK(class_when(store_not_found{"shop.db"}) == failure_class::fatal);
}

TEST_CASE("error policy: to stop is to try nothing again and to park nothing") {
    const error_policy policy = error_policy::stop();
    CHECK(policy.retries == 0);
    CHECK_FALSE(policy.park);
}

TEST_CASE("error policy: to park at once is to try nothing again, and to park") {
    const error_policy policy = error_policy::park_at_once();
    CHECK(policy.retries == 0);
    CHECK(policy.park);
    CHECK(policy.most_parked == error_policy{}.most_parked);
}
