#include "support/account.hpp"
#include "support/account_upcasters.hpp"
#include "support/memory_world.hpp"

#include <foldline_tests/bank/v1/account.pb.h>
#include <foldline_tests/bank/v2/account.pb.h>
#include <foldline/core/error.hpp>
#include <foldline/testing/event_store_contract.hpp>
#include <foldline/testing/old_event.hpp>
#include <foldline/upcasters/known_events_store.hpp>
#include <foldline/upcasters/upcasting_event_store.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace foldline;
using namespace foldline_tests;

namespace {

using policy = unknown_event_policy;

event_data foreign(std::uint32_t version = 1) {
    event_data event;
    event.type = {"statement-printed", version};
    return event;
}

bank::v1::AccountOpened opened() {
    bank::v1::AccountOpened event;
    event.set_owner("Ada");
    return event;
}

bank::v1::MoneyDeposited deposited(std::int64_t amount) {
    bank::v1::MoneyDeposited event;
    event.set_amount_minor(amount);
    return event;
}

event_catalog bank_events() { return event_catalog{}.add(account::events{}); }

/// The stream account-1: opened, a foreign event, deposited, and two foreign ones of two versions at its end.
struct account_world : memory_world {
    account_world() {
        (void)store.append(
            append_request::to({"account", "1"}, expected_version::any(),
                               {to_event(opened()), foreign(), to_event(deposited(5)), foreign(), foreign(2)}));
    }
};

std::vector<std::string> types_read(const event_store& store, const read_query& query = read_query::all()) {
    std::vector<std::string> types;
    (void)store.read(query, batch_limit{100},
                     [&](const event_view& event) { types.push_back(store.type_of(event.type).to_string()); });
    return types;
}

template <policy Policy>
struct opened_known : testing::opened_store {
    explicit opened_known(const testing::store_parts& parts)
        : memory(parts.time, parts.ids, parts.limits), known(memory, {}, Policy) {}
    event_store& store() override { return known; }
    memory_event_store memory;
    known_events_store known;
};

using names = std::vector<std::string>;

}  // namespace

TEST_CASE("known events: a store that keeps unknown ones keeps the contract") {
    CHECK_NOTHROW(testing::run_event_store_contract(
        [](const testing::store_parts& parts) { return std::make_unique<opened_known<policy::kept>>(parts); }));
}

TEST_CASE("known events: unknown ones are kept, and counted") {
    account_world world;
    const known_events_store store{world.store, bank_events(), policy::kept};
    CHECK(types_read(store) == types_read(world.store));
    CHECK(store.counts() ==
          std::map<std::string, std::uint64_t>{{"statement-printed@1", 2}, {"statement-printed@2", 1}});
}

TEST_CASE("known events: unknown ones are skipped, counted by type, and told of once") {
    account_world world;
    names told;
    const known_events_store store{world.store, bank_events(), policy::skipped,
                                   [&](event_type type, const event_view& event) {
                                       told.push_back(type.to_string() + " at " + std::to_string(event.position.value));
                                   }};
    CHECK(store.counts().empty());
    CHECK(types_read(store) == names{"account-opened@1", "money-deposited@1"});
    CHECK(types_read(store, read_query::category("account").backward()) ==
          names{"money-deposited@1", "account-opened@1"});
    CHECK(store.counts().at("statement-printed@1") == 4);
    CHECK(store.counts().at("statement-printed@2") == 2);
    CHECK(told == names{"statement-printed@1 at 2", "statement-printed@2 at 5"});
}

TEST_CASE("known events: a page goes past what was skipped, also at its end") {
    account_world world;
    const known_events_store store{world.store, bank_events(), policy::skipped};
    const auto page = store.read(read_query::stream({"account", "1"}), batch_limit{100}, [](const event_view&) {});
    CHECK(page.events == 5);
    CHECK(page.last_version == stream_version{5});
    CHECK(page.at_end);
    const auto first = store.read(read_query::all(), batch_limit{2}, [](const event_view&) {});
    CHECK(first.last_position == global_position{2});
    CHECK_FALSE(first.at_end);
}

TEST_CASE("known events: an aggregate goes on behind events that it skipped, and without the policy does not load") {
    account_world world;
    known_events_store store{world.store, bank_events(), policy::skipped};
    const repository<account> accounts{store};
    const auto loaded = accounts.load("1");
    CHECK(loaded.state.balance_minor == 5);
    CHECK(loaded.version == stream_version{5});
    CHECK_THROWS_AS((void)repository<account>{world.store}.load("1"), event_failure);
}

TEST_CASE("known events: with refusal the read fails at the first unknown one, and says where and what to do") {
    account_world world;
    const known_events_store store{world.store, bank_events(), policy::refused};
    names seen;
    const auto read = [&] {
        (void)store.read(read_query::all(), batch_limit{100},
                         [&](const event_view& event) { seen.push_back(store.type_of(event.type).to_string()); });
    };
    try {
        read();
        FAIL("nothing was thrown");
    } catch (const event_failure& failure) {
        CHECK(failure.type == "statement-printed@1");
        CHECK(failure.stream == "account-1");
        CHECK(failure.version == stream_version{2});
        CHECK(failure.position == global_position{2});
        CHECK(std::string(failure.what()).find("add the type to its catalog") != std::string::npos);
    }
    CHECK(seen == names{"account-opened@1"});
    CHECK(types_read(store, read_query::all().before(global_position{2})) == names{"account-opened@1"});
    CHECK(store.counts().empty());
}

TEST_CASE("known events: a type that is first stored later is unknown too") {
    memory_world world;
    const known_events_store store{world.store, bank_events(), policy::skipped};
    (void)world.store.append(append_request::to({"account", "1"}, expected_version::any(), {foreign(9)}));
    CHECK(types_read(store).empty());
    CHECK(store.counts().at("statement-printed@9") == 1);
}

TEST_CASE("known events: above upcasters what becomes of an old event is looked at, and not the old event") {
    memory_world world;
    bank::v1::MoneyWithdrawn old;
    old.set_amount_major(3);
    (void)world.store.append(
        append_request::to({"account", "1"}, expected_version::any(), {testing::old_event(old), foreign()}));
    upcasting_event_store upcasting{world.store, account_upcasters()};
    const known_events_store store{upcasting, bank_events(), policy::skipped};
    CHECK(types_read(store) == names{"money-withdrawn@2"});
    CHECK(store.counts() == std::map<std::string, std::uint64_t>{{"statement-printed@1", 1}});
}

TEST_CASE("known events: states that skipped what is known now are void") {
    memory_world world;
    event_catalog more = bank_events();
    static const event_schema printed{{"statement-printed", 1}, "bank.StatementPrinted", {}};
    more.add(printed);
    const auto fingerprint = [&](const event_catalog& known, policy unknown) {
        return known_events_store{world.store, known, unknown}.reading_fingerprint();
    };
    CHECK(fingerprint(bank_events(), policy::skipped) != fingerprint(more, policy::skipped));
    CHECK(fingerprint(bank_events(), policy::skipped) == fingerprint(bank_events(), policy::skipped));
    CHECK(fingerprint(bank_events(), policy::kept) == world.store.reading_fingerprint());
    CHECK(fingerprint(bank_events(), policy::refused) == fingerprint(more, policy::refused));
}
