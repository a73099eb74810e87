// `copy`: a store of some events, or of events as they should have been.

#include "awkward_store.hpp"
#include "club.hpp"
#include "foldline_tests/shop/v1/order.pb.h"
#include "support/shop_upcasters.hpp"
#include "transferred.hpp"

#include <foldline/upcasters/upcasting_event_store.hpp>

#include <memory>
#include <string>

namespace {

using namespace foldline;
using namespace foldline_tests;

void require_copied(const ran& done, const std::string& copy) {
    REQUIRE_MESSAGE(done.code == 0, done.err);
    CHECK(is_sound(copy));
    CHECK(is_alone(copy));
}

}  // namespace

TEST_CASE("copy: all events are the same ones, in a store of its own") {
    const awkward_store from;
    const std::string copy = from / "copy.db";
    require_copied(ran{{"copy", from.path(), copy, "--index", "merged"}}, copy);
    CHECK(differences(from.path(), copy) == "No differences.\n");
}

TEST_CASE("copy: what is left out leaves no gap") {
    const awkward_store from;
    const std::string copy = from / "copy.db";
    require_copied(ran{{"copy", from.path(), copy, "--type", "measured@1", "--after", "2"}}, copy);
    const auto events = events_in(exported(copy));
    REQUIRE(events.size() == 12);
    CHECK(events[0].at("position") == "1");
    CHECK(events[0].at("streamversion") == "1");
    const auto first = events_in(exported(from.path()))[2];
    for (const char* kept : {"id", "time", "recordedtime", "subject", "data"})
        CHECK(events[0].at(kept) == first.at(kept));
    CHECK(events.back().at("position") == "12");
}

TEST_CASE("copy: a write that is not whole any more is not known by its id") {
    const awkward_store from;
    const std::string whole = from / "whole.db";
    const std::string half = from / "half.db";
    require_copied(ran{{"copy", from.path(), whole, "--stream", "lab-1"}}, whole);
    CHECK(exported(whole).find("\"writesize\":3") != std::string::npos);
    require_copied(ran{{"copy", from.path(), half, "--before", "25"}}, half);
    CHECK(events_in(exported(half)).size() == 24);
    CHECK(exported(half).find("writesize") == std::string::npos);
}

TEST_CASE("copy: a category is renamed") {
    const awkward_store from;
    const std::string copy = from / "copy.db";
    require_copied(ran{{"copy", from.path(), copy, "--category", "lab", "--rename-category", "lab=bench"}}, copy);
    for (const auto& event : events_in(exported(copy)))
        CHECK(event.at("subject").get<std::string>().rfind("bench-", 0) == 0);
    CHECK(ran{{"copy", from.path(), copy + "2", "--rename-category", "lab=Bench"}}.code == 2);
}

TEST_CASE("copy: redacted, nothing personal is in any byte of the file") {
    club members;
    people::v1::MemberJoined member;
    member.set_email("canary@example.org");
    member.mutable_address()->set_street("Canary Road 5");
    member.add_former_addresses()->set_street("Canary Lane 7");
    (*member.mutable_addresses_by_name())["work"].set_street("Canary Hill 9");
    people::v1::Address attached;
    attached.set_street("Canary Walk 3");
    member.mutable_attachment()->PackFrom(attached);
    member.set_plan("gold");
    member.mutable_address()->set_country("UK");
    event_data event = to_event(member);
    event.payload += std::string("\xfa\x3e\x06", 3) + "Canary";
    members.store("member-1", event);
    const std::string copy = (members.folder / "redacted.db").string();
    require_copied(ran{{"copy", members.path(), copy, "--redact"}}, copy);
    CHECK(content_of(members.path()).find("anary") != std::string::npos);
    CHECK(content_of(copy).find("anary") == std::string::npos);
    const auto shown = events_in(exported(copy)).front().at("data");
    CHECK(shown.at("plan") == "gold");
    CHECK(shown.at("address").at("country") == "UK");
}

TEST_CASE("copy: an event that nobody can read is not redacted, and there is no copy") {
    const awkward_store from;
    const std::string copy = from / "copy.db";
    const ran refused{{"copy", from.path(), copy, "--redact"}};
    CHECK(refused.code == 5);
    CHECK(refused.complains("cannot be redacted"));
    CHECK_FALSE(std::filesystem::exists(copy));
    CHECK(is_alone(copy));
}

TEST_CASE("copy: upcast, it holds what the program makes of old events") {
    club orders;
    shop::v1::OrderPlaced placed;
    placed.set_customer("ann");
    placed.set_total_major(7);
    orders.store("order-1", placed);
    shop::v1::CartViewed viewed;
    orders.store("order-1", viewed);
    shop::v1::OrderScripted scripted;
    scripted.set_script("psn");
    orders.store("order-2", scripted);
    const std::string copy = (orders.folder / "copy.db").string();
    const upcaster_chain chain = shop_upcasters();
    cli::application shop;
    shop.reading = [&](event_store& stored) { return std::make_unique<upcasting_event_store>(stored, chain); };

    require_copied(ran{{"copy", orders.path(), copy, "--upcast"}, shop}, copy);
    const auto events = events_in(exported(copy));
    REQUIRE(events.size() == 4);
    CHECK(events[0].at("type") == "order-placed@3");
    CHECK(events[0].at("streamversion") == "1");
    CHECK(events[1].at("subject") == "order-2");
    CHECK(events[1].at("id") != events[2].at("id"));
    CHECK(events[3].at("streamversion") == "3");
    for (const auto& event : events) CHECK(event.contains("data"));
    CHECK(ran{{"copy", orders.path(), copy + "2", "--upcast"}}.code == 3);
}

TEST_CASE("copy: a store that is there is not touched") {
    const awkward_store from;
    const std::string copy = from / "copy.db";
    write_to(copy, "mine");
    CHECK(ran{{"copy", from.path(), copy}}.code != 0);
    CHECK(content_of(copy) == "mine");
}
