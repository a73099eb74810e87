#include <foldline/testing/decider_spec.hpp>

#include "support/account.hpp"

#include <foldline_tests/bank/v1/account.pb.h>
#include <foldline_tests/bank/v2/account.pb.h>
#include <foldline/core/error.hpp>
#include <foldline/testing/spec_failure.hpp>

#include <doctest/doctest.h>

#include <string>

namespace {

using foldline::testing::decider_spec;
using foldline::testing::given;
using foldline::testing::spec_failure;
using namespace foldline_tests;
using bank::v1::AccountClosed;
using bank::v1::AccountOpened;
using bank::v1::MoneyDeposited;
using bank::v2::MoneyWithdrawn;

AccountOpened opened(const std::string& owner = "ada") {
    AccountOpened event;
    event.set_owner(owner);
    return event;
}
MoneyDeposited deposited(std::int64_t amount_minor, const std::string& text = {}) {
    MoneyDeposited event;
    event.set_amount_minor(amount_minor);
    event.set_note(text);
    return event;
}
MoneyWithdrawn withdrawn(std::int64_t amount_minor, const std::string& reason = {}) {
    MoneyWithdrawn event;
    event.set_amount_minor(amount_minor);
    event.set_reason(reason);
    return event;
}

/// What a specification that does not hold says, without the place in front of it.
std::string difference(auto&& specify) {
    try {
        specify();
    } catch (const spec_failure& failure) {
        const std::string text = failure.what();
        return text.substr(text.find(": ") + 2);
    }
    return "it holds";
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// An aggregate whose decisions hold several events, and whose refusal has no name.
struct transfer {
    static constexpr std::string_view category = "transfer";
    struct move {
        std::string note;
    };
    using events = foldline::event_list<MoneyWithdrawn, MoneyDeposited>;
    using commands = foldline::command_list<move>;
    enum class refusal { first = 7, second };
    struct state {
        std::int64_t events = 0;
    };
    using decision = foldline::decision<events, refusal>;
    static void evolve(state& now, const MoneyWithdrawn&) { ++now.events; }
    static void evolve(state& now, const MoneyDeposited&) { ++now.events; }
    static decision decide(const state& now, const move& command) {
        if (now.events > 0) return foldline::rejected{refusal::first};
        return {withdrawn(5), deposited(5, command.note)};
    }
};

}  // namespace

TEST_CASE("decider_spec: what an aggregate does is specified by events, a command and events") {
    given<account>().when(open_account{"ada"}).then(opened());
    given<account>(opened(), deposited(10)).when(withdraw_money{4, {}}).then(withdrawn(4));
    given<account>(opened(), deposited(10)).when(withdraw_money{11, {}}).then_rejected(account::refusal::overdrawn);
    given<account>().when(close_account{}).then_nothing();
    given<transfer>().when(transfer::move{"x"}).then(withdrawn(5), deposited(5, "x"));
    decider_spec<account>().given(opened()).given(deposited(3)).when(withdraw_money{3, {}}).then(withdrawn(3));
}

TEST_CASE("decider_spec: the state is looked at after the events that were given, and after those that came") {
    given<account>(opened(), deposited(10, "gift"))
        .then_state([](const account::state& now) { CHECK(now.notes == std::vector<std::string>{"gift"}); })
        .when(withdraw_money{4, "rent"})
        .then(withdrawn(4, "rent"))
        .then_state([](const account::state& now) { return now.balance_minor == 6; });
    CHECK(difference([] { given<account>(opened()).then_state([](const auto& now) { return !now.open; }); }) ==
          "the state is not as expected");
    CHECK(difference([] {
              given<account>().when(open_account{"ada"}).then_state([](const auto& now) { return !now.open; });
          }) == "the state is not as expected");
}

TEST_CASE("decider_spec: an event that differs is shown field by field") {
    const std::string text = difference([] {
        given<account>(opened()).when(deposit_money{7, "paid"}).then(deposited(8));
    });
    CHECK(text ==
          "expected 1 event, came 1 (expected -> came):\n"
          "  event 1, money-deposited@1:\n"
          "    modified: amount_minor: 8 -> 7\n"
          "    added: note: \"paid\"\n");
}

TEST_CASE("decider_spec: an event of another type, a missing and a surplus one are named with their index") {
    CHECK(difference([] {
              given<account>(opened()).when(deposit_money{7, {}}).then(withdrawn(7));
          }) ==
          "expected 1 event, came 1 (expected -> came):\n"
          "  event 1: expected money-withdrawn@2 { amount_minor: 7 }, but money-deposited@1 { amount_minor: 7 } "
          "came\n");
    CHECK(contains(difference([] { given<account>().when(open_account{"ada"}).then(opened(), deposited(1)); }),
                   "  event 2: expected money-deposited@1 { amount_minor: 1 }, but none came\n"));
    CHECK(contains(difference([] { given<transfer>().when(transfer::move{}).then(withdrawn(5)); }),
                   "  event 2: none expected, but money-deposited@1 { amount_minor: 5 } came\n"));
    CHECK(contains(difference([] { given<transfer>().when(transfer::move{}).then(deposited(5), withdrawn(5)); }),
                   "  event 1: expected money-deposited@1"));
}

TEST_CASE("decider_spec: a rejection where events were expected is told by its name, or by its number") {
    CHECK(difference([] {
              given<account>().when(deposit_money{1, {}}).then(deposited(1));
          }) == "expected 1 event, but the command was rejected with unknown_account\n");
    CHECK(difference([] { given<transfer>(withdrawn(1)).when(transfer::move{}).then_nothing(); }) ==
          "expected nothing to happen, but the command was rejected with refusal 7\n");
}

TEST_CASE("decider_spec: another refusal, no event or events where a refusal was expected are told") {
    CHECK(difference([] {
              given<account>().when(deposit_money{1, {}}).then_rejected(account::refusal::overdrawn);
          }) ==
          "expected the command to be rejected with overdrawn, but the command was rejected with unknown_account\n");
    CHECK(difference([] { given<account>().when(close_account{}).then_rejected(account::refusal::not_empty); }) ==
          "expected the command to be rejected with not_empty, but no event came\n");
    CHECK(difference([] { given<account>().when(open_account{"a"}).then_rejected(account::refusal::overdrawn); }) ==
          "expected the command to be rejected with overdrawn, but 1 event came:\n"
          "  event 1: account-opened@1 { owner: \"a\" }\n");
    CHECK(contains(difference([] { given<account>().when(open_account{"a"}).then_nothing(); }), "account-opened@1"));
}

TEST_CASE("decider_spec: a failure names the file and the line of its `when`") {
    const int line = __LINE__ + 2;
    try {
        given<account>().when(close_account{}).then(opened());
        FAIL("not thrown");
    } catch (const spec_failure& failure) {
        CHECK(contains(failure.what(), "decider_spec_test.cpp:" + std::to_string(line) + ": "));
    }
}

TEST_CASE("decider_spec: an event that no store would take fails the specification") {
    CHECK_THROWS_AS((void)given<account>().when(open_account{"\xff"}), foldline::invalid_request);
}

TEST_CASE("decider_spec: a specification can be continued in several ways, since it is not used up") {
    const auto open = given<account>(opened());
    open.when(deposit_money{1, {}}).then(deposited(1));
    open.when(withdraw_money{1, {}}).then_rejected(account::refusal::overdrawn);
}
