// The code in the README of the room.

#include "club.hpp"
#include "foldline_tests/shop/v1/order.pb.h"
#include "support/shop_upcasters.hpp"

#include <foldline/cli/application.hpp>
#include <foldline/upcasters/upcasting_event_store.hpp>

#include <doctest/doctest.h>

#include <array>
#include <filesystem>
#include <memory>
#include <string>

namespace {

using namespace foldline;
using namespace foldline_tests;

// [doc:application]
int shop_main(int argc, char** argv) {
    cli::application shop;
    shop.name = "shop";
    shop.about = "Keeps orders.";
    shop.reading = [](event_store& stored) {  // old events are shown as the shop reads them
        return std::make_unique<upcasting_event_store>(stored, shop_upcasters());
    };
    return cli::run(argc, argv, shop);
}
// [doc:end]

}  // namespace

TEST_CASE("readme: an application has the verbs under its own name") {
    club orders;
    orders.store("order-1", shop::v1::NoteAdded{});
    std::string program = "shop";
    std::string verb = "backup";
    std::string store = orders.path();
    std::string copy = orders.path() + ".copy";
    std::string shape = "--format=ndjson";
    std::array<char*, 5> argv{program.data(), verb.data(), store.data(), copy.data(), shape.data()};
    CHECK(shop_main(static_cast<int>(argv.size()), argv.data()) == 0);
    CHECK(std::filesystem::exists(copy));
    std::string stats = "steal";
    argv[1] = stats.data();
    CHECK(shop_main(2, argv.data()) == 2);
}
